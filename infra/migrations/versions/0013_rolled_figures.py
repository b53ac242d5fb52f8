"""Figures rolled up into the blocks above."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "metric_block",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "metric", name=op.f("pk_metric_block")),
    )
    for part in ("numerator", "denominator"):
        op.add_column(
            "metric_total",
            sa.Column(
                f"rolled_{part}", sa.BigInteger(), server_default=sa.text("0"), nullable=False
            ),
        )
    op.create_index(
        "ix_metric_total_unrolled",
        "metric_total",
        ["metric", "tenant_id"],
        unique=False,
        postgresql_where=sa.text(
            "numerator <> rolled_numerator OR denominator <> rolled_denominator"
        ),
    )


def downgrade() -> None:
    op.drop_index("ix_metric_total_unrolled", table_name="metric_total")
    for part in ("numerator", "denominator"):
        op.drop_column("metric_total", f"rolled_{part}")
    op.drop_table("metric_block")
