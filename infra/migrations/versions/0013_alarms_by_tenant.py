"""alarms of one moment tenant by tenant"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_deadline_alarm_fires", table_name="deadline_alarm")
    op.create_index(
        "ix_deadline_alarm_fires", "deadline_alarm", ["fires_at", "tenant_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_deadline_alarm_fires", table_name="deadline_alarm")
    op.create_index("ix_deadline_alarm_fires", "deadline_alarm", ["fires_at"], unique=False)
