"""oversight."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "oversight_document",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("issuer_number", sa.Integer(), nullable=False),
        sa.Column("target_number", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("demand", sa.Text(), nullable=False),
        sa.Column("basis_rule", sa.Text(), nullable=True),
        sa.Column("basis_id", sa.Uuid(), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status IN ('DRAFT', 'DISCARDED')) = (number IS NULL)",
            name=op.f("ck_oversight_document_signed"),
        ),
        sa.CheckConstraint(
            "(basis_rule IS NULL) = (basis_id IS NULL)", name=op.f("ck_oversight_document_basis")
        ),
        sa.CheckConstraint(
            "(year IS NULL) = (number IS NULL)", name=op.f("ck_oversight_document_number")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_oversight_document")),
        sa.UniqueConstraint(
            "tenant_id",
            "year",
            "number",
            "issuer_number",
            name=op.f("uq_oversight_document_tenant_id_year_number_issuer_number"),
        ),
    )
    op.create_index(
        "ix_oversight_document_drafted",
        "oversight_document",
        ["tenant_id", "drafted_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_oversight_document_basis",
        "oversight_document",
        ["tenant_id", "basis_id"],
        unique=True,
        postgresql_where=sa.text("basis_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_oversight_document_basis",
        table_name="oversight_document",
        postgresql_where=sa.text("basis_id IS NOT NULL"),
    )
    op.drop_index("ix_oversight_document_drafted", table_name="oversight_document")
    op.drop_table("oversight_document")
