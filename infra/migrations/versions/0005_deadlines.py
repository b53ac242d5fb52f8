"""deadlines."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deadline",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("owner_post_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("counted_from", sa.Date(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=True),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("plain_on", sa.Date(), nullable=False),
        sa.Column("rolled_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("extended_days", sa.Integer(), nullable=True),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'MET') = (met_at IS NOT NULL)", name=op.f("ck_deadline_met")),
        sa.CheckConstraint(
            "(state = 'PAUSED') = (remaining IS NOT NULL)", name=op.f("ck_deadline_paused")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_post_id"],
            ["post.tenant_id", "post.id"],
            name=op.f("fk_deadline_tenant_id_owner_post_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_deadline")),
    )
    op.create_index(
        "ix_deadline_calendar",
        "deadline",
        ["calendar_version"],
        unique=False,
        postgresql_where=sa.text("state = 'RUNNING'"),
    )
    op.create_index("ix_deadline_subject", "deadline", ["tenant_id", "subject_id"], unique=False)
    op.create_index(
        "ix_deadline_todo", "deadline", ["tenant_id", "owner_post_id", "due_at", "id"], unique=False
    )
    op.create_index(
        "uq_deadline_open",
        "deadline",
        ["tenant_id", "rule", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('RUNNING', 'PAUSED', 'MISSED')"),
    )
    op.create_table(
        "deadline_alarm",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("deadline_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("rung", sa.Text(), nullable=False),
        sa.Column("fires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("passed_kind", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "deadline_id"],
            ["deadline.tenant_id", "deadline.id"],
            name=op.f("fk_deadline_alarm_tenant_id_deadline_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "deadline_id", "step", name=op.f("pk_deadline_alarm")),
    )
    op.create_index(
        "ix_deadline_alarm_fires", "deadline_alarm", ["fires_at", "tenant_id"], unique=False
    )
    # Dead entries at the front of the index would make every empty poll read them all.
    op.execute(
        "ALTER TABLE deadline_alarm SET (autovacuum_vacuum_scale_factor = 0,"
        " autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)"
    )
    op.create_table(
        "deadline_step",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("deadline_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("rung", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("told_post_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "told_post_id"],
            ["post.tenant_id", "post.id"],
            name=op.f("fk_deadline_step_tenant_id_told_post_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_deadline_step")),
        sa.UniqueConstraint(
            "tenant_id",
            "deadline_id",
            "round",
            "step",
            name=op.f("uq_deadline_step_tenant_id_deadline_id_round_step"),
        ),
    )


def downgrade() -> None:
    op.drop_table("deadline_step")
    op.drop_index("ix_deadline_alarm_fires", table_name="deadline_alarm")
    op.drop_table("deadline_alarm")
    op.drop_index(
        "uq_deadline_open",
        table_name="deadline",
        postgresql_where=sa.text("state IN ('RUNNING', 'PAUSED', 'MISSED')"),
    )
    op.drop_index("ix_deadline_todo", table_name="deadline")
    op.drop_index("ix_deadline_subject", table_name="deadline")
    op.drop_index(
        "ix_deadline_calendar",
        table_name="deadline",
        postgresql_where=sa.text("state = 'RUNNING'"),
    )
    op.drop_table("deadline")
