"""files."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'ATTACHED') = (attached_at IS NOT NULL) AND (status = 'ATTACHED') = (subject_kind IS NOT NULL) AND (subject_kind IS NULL) = (subject_id IS NULL)",
            name=op.f("ck_file_attached"),
        ),
        sa.CheckConstraint("size_bytes > 0 AND length(sha256) = 32", name=op.f("ck_file_content")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_file_tenant_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "uploaded_by"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_file_tenant_id_uploaded_by"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_file")),
    )
    op.create_index("ix_file_subject", "file", ["tenant_id", "subject_id"], unique=False)
    op.create_index("ix_file_uploaded", "file", ["tenant_id", "uploaded_by"], unique=False)
    op.create_table(
        "staged_upload",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_staged_upload_tenant_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_staged_upload")),
    )
    op.create_index(
        "ix_staged_upload_account", "staged_upload", ["tenant_id", "account_id"], unique=False
    )
    op.create_index(
        "ix_staged_upload_expired",
        "staged_upload",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("swept_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_staged_upload_expired",
        table_name="staged_upload",
        postgresql_where=sa.text("swept_at IS NULL"),
    )
    op.drop_index("ix_staged_upload_account", table_name="staged_upload")
    op.drop_table("staged_upload")
    op.drop_index("ix_file_uploaded", table_name="file")
    op.drop_index("ix_file_subject", table_name="file")
    op.drop_table("file")
