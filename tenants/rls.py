"""Grants and row-security policies, generated from `Table.info` and `Column.info` alone."""

import hashlib
from collections.abc import Iterator

from sqlalchemy import MetaData, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database.base import Kind, Sensitivity
from infra.database.roles import PROCESS_ROLES, Role

OWN = "tenant_id = (select current_setting('app.tenant_id')::int)"
RANGE = (
    "tenant_id BETWEEN (select current_setting('app.tenant_lo')::int)"
    " AND (select current_setting('app.tenant_hi')::int)"
    " AND tenant_id <> ALL ((select current_setting('app.tenant_out'))::int[])"
    " OR tenant_id = ANY ((select current_setting('app.tenant_in'))::int[])"
)
_TENANT_ROLES = (Role.API, Role.WORKER)
_VERBS = ["select", "insert", "update", "delete"]


def _columns(table: Table, *allowed: Sensitivity) -> str:
    return ", ".join(f'"{c.name}"' for c in table.columns if c.info.get("sensitivity") in allowed)


def statements(table: Table) -> Iterator[str]:
    """What makes a table's rights exactly those its declaration states, whatever they were.

    Raises ValueError for a table without kind or a column without sensitivity.
    """
    if "kind" not in table.info:
        raise ValueError(f"table {table.name} states no kind")
    for column in table.columns:
        if "sensitivity" not in column.info:
            raise ValueError(f"column {table.name}.{column.name} states no sensitivity")
    name = f'"{table.name}"'
    roles = _everybody()
    yield f"REVOKE ALL ON {name} FROM PUBLIC, {roles}"
    yield f"GRANT SELECT ON {name} TO {Role.BACKUP}"
    # Opening tenants and backfills; this login is used by operators' commands alone.
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {Role.MIGRATOR}"
    # A declaration that became narrower must not leave its former policy behind.
    for policy in ("own_tenant", "jurisdiction", "all_tenants", "functions"):
        yield f"DROP POLICY IF EXISTS {policy} ON {name}"
    kind = table.info["kind"]
    if kind is Kind.REFERENCE:
        yield f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY"
        yield f"GRANT SELECT ON {name} TO {', '.join(PROCESS_ROLES)}"
        return
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    public_verbs = table.info["public"]
    verbs = ["select", "insert"] if table.info["append_only"] else _VERBS
    kept = table.info["ledger"] - {"select"}
    granted = ", ".join(verb.upper() for verb in verbs if verb not in kept)
    yield f"GRANT {granted} ON {name} TO {', '.join(_TENANT_ROLES)}"
    if table.info["ledger"]:
        granted = ", ".join(verb.upper() for verb in _VERBS if verb in table.info["ledger"])
        yield f"GRANT {granted} ON {name} TO {Role.LEDGER}"
        # Its functions name the tenant in every statement; to ask again took a tenth of a transfer.
        yield from _policy(name, "functions", "ALL", [Role.LEDGER], "true", "true")
    own = [*_TENANT_ROLES, *([Role.PUBLIC] if public_verbs else [])]
    yield from _policy(name, "own_tenant", "ALL", own, OWN, OWN)
    yield from _granted(table, Role.PUBLIC, public_verbs)
    if table.info["supervised"]:
        shown = _columns(table, Sensitivity.PUBLIC, Sensitivity.INTERNAL)
        yield f"GRANT SELECT ({shown}) ON {name} TO {Role.SUPERVISOR}"
        yield from _policy(name, "jurisdiction", "SELECT", [Role.SUPERVISOR], RANGE, None)
    if kind is Kind.SYSTEM:
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {Role.SCHEDULER}"
        yield from _policy(name, "all_tenants", "ALL", [Role.SCHEDULER], "true", "true")
    elif table.info["scheduler"]:
        yield from _granted(table, Role.SCHEDULER, table.info["scheduler"])
        yield from _policy(name, "all_tenants", "ALL", [Role.SCHEDULER], "true", "true")


def _granted(table: Table, role: Role, verbs: frozenset[str]) -> Iterator[str]:
    """Some verbs for a role; what it selects are the public columns."""
    if "select" in verbs:
        yield f'GRANT SELECT ({_columns(table, Sensitivity.PUBLIC)}) ON "{table.name}" TO {role}'
    for verb in sorted(verbs - {"select"}):
        yield f'GRANT {verb.upper()} ON "{table.name}" TO {role}'


def _policy(
    table: str, name: str, verb: str, roles: list[Role], using: str, check: str | None
) -> Iterator[str]:
    with_check = f" WITH CHECK ({check})" if check else ""
    yield (
        f"CREATE POLICY {name} ON {table} FOR {verb} TO {', '.join(roles)}"
        f" USING ({using}){with_check}"
    )


# A function runs with its caller's rights, so whoever has none on its tables gains nothing; but for
# the ledger's own, which only their owner may grant.
_FUNCTIONS = f"""
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT oid::regprocedure FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND pg_get_userbyid(proowner) = current_user LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {", ".join((*_TENANT_ROLES, Role.LEDGER))}',
      name);
  END LOOP;
END $$"""  # noqa: S608 - constants


async def reconcile(connection: AsyncConnection, metadata: MetaData) -> int:
    """Bring every table's rights to its declaration; returns how many tables were changed.

    A table's comment carries the digest of its statements, so an unchanged table takes no lock
    and older code beside us keeps running.
    """
    await connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {_everybody()}"))
    comments = await connection.execute(
        text(
            "SELECT relname, obj_description(oid, 'pg_class') FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )
    )
    known = {row.relname: row.obj_description for row in comments}
    if "alembic_version" in known:
        # /readyz and the doctor compare the applied revision with their own code's.
        readers = ", ".join((*PROCESS_ROLES, Role.BACKUP))
        await connection.execute(text(f"GRANT SELECT ON alembic_version TO {readers}"))
    for owner in (Role.LEDGER, Role.OWNER):
        await connection.execute(text(f"SET LOCAL ROLE {owner}"))
        await connection.execute(text(_FUNCTIONS))
    changed = 0
    for table in metadata.sorted_tables:
        wanted = list(statements(table))
        digest = "rights:" + hashlib.sha256("\n".join(wanted).encode()).hexdigest()[:16]
        if known.get(table.name) == digest:
            continue
        for statement in wanted:
            await connection.execute(text(statement))
        await connection.execute(text(f"COMMENT ON TABLE \"{table.name}\" IS '{digest}'"))
        changed += 1
    return changed


def _everybody() -> str:
    return ", ".join((*PROCESS_ROLES, Role.BACKUP, Role.MIGRATOR, Role.LEDGER))
