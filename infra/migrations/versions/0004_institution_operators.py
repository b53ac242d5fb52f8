"""institution operators."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "institution_operator",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_institution_operator_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "institution_id"],
            ["institution.tenant_id", "institution.id"],
            name=op.f("fk_institution_operator_tenant_id_institution_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_institution_operator")),
        sa.UniqueConstraint(
            "tenant_id",
            "account_id",
            "institution_id",
            name=op.f("uq_institution_operator_tenant_id_account_id_institution_id"),
        ),
    )
    op.create_index(
        "ix_institution_operator_institution",
        "institution_operator",
        ["tenant_id", "institution_id"],
    )


def downgrade() -> None:
    op.drop_table("institution_operator")
