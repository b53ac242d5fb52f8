"""Only the ledger's functions change balances and add transfers."""

import importlib

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_DOORS = (
    "ledger_post(uuid, text, bytea, uuid, uuid, bigint, text, text, uuid, date, text,"
    " timestamptz, uuid, text, boolean)",
    "ledger_resolve(uuid, text, bytea, uuid, text, bigint)",
    "ledger_post_batch(uuid[], text[], bytea[], uuid[], uuid[], bigint[], text[], text[],"
    " uuid[], date[], boolean[])",
)


def upgrade() -> None:
    # A function's new owner must be allowed to make one, at that moment.
    op.execute("GRANT CREATE ON SCHEMA public TO wangge_ledger")
    for door in _DOORS:
        # It runs as its owner, whatever a caller has put before the schema on its path.
        op.execute(f"ALTER FUNCTION {door} SECURITY DEFINER SET search_path = public, pg_temp")
        op.execute(f"ALTER FUNCTION {door} OWNER TO wangge_ledger")
    op.execute("REVOKE CREATE ON SCHEMA public FROM wangge_ledger")


def downgrade() -> None:
    former = importlib.import_module("infra.migrations.versions.0008_ledger")
    for door in _DOORS:
        # Nobody but a superuser may take it back from its owner.
        op.execute(f"DROP FUNCTION {door}")
        op.execute(former.FUNCTIONS[door])
