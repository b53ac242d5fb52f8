"""One sample row per table and tenant, made from the catalogue, so that later tables are covered.

Foreign keys and CHECKs are dropped from the clone first: row security is what is looked at.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy import Table, text

from infra.database.base import Kind
from tests.tenants.catalogue import declared_tables

_SAMPLES = {
    "bigint": "{n}",
    "integer": "{n}",
    "smallint": "{n}",
    "numeric": "{n}",
    "double precision": "{n}",
    "boolean": "true",
    "text": "'s{n}'",
    "character varying": "'s{n}'",
    "uuid": "gen_random_uuid()",
    "date": "date '2026-01-01' + {n}",
    "timestamp with time zone": "timestamptz '2026-01-01Z' + interval '{n} min'",
    "interval": "interval '0'",
    "jsonb": "'{{}}'",
    "bytea": "'\\x0{n}'",
    "tsvector": "''",
    "inet": "'127.0.0.1'",
}


def isolated_tables() -> dict[str, Table]:
    """Tables with row security: everything but reference tables."""
    return {
        name: table
        for name, table in declared_tables().items()
        if table.info["kind"] is not Kind.REFERENCE
    }


async def drop_constraints(admin: asyncpg.Connection) -> None:
    """Drop what would refuse sample rows in this clone."""
    rows = await admin.fetch(
        "SELECT conrelid::regclass::text AS t, conname FROM pg_constraint"
        " WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace"
        " AND conparentid = 0"
    )
    drops = [f'ALTER TABLE {row["t"]} DROP CONSTRAINT "{row["conname"]}"' for row in rows]
    await admin.execute(";".join(drops))


async def insert_statement(admin: asyncpg.Connection, table: str, tenant_id: int, n: int) -> str:
    """An INSERT of sample row `n` (1…9) of a tenant. Raises LookupError for an unknown type."""
    columns = await admin.fetch(
        "SELECT attname, format_type(atttypid, NULL) AS type FROM pg_attribute"
        " WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = '' ORDER BY attnum",
        f'public."{table}"',
    )
    values = []
    for column in columns:
        if column["attname"] == "tenant_id":
            values.append(str(tenant_id))
        elif column["type"].endswith("[]"):
            values.append("'{}'")
        elif column["type"] in _SAMPLES:
            values.append(_SAMPLES[column["type"]].format(n=n))
        else:
            raise LookupError(f"add a sample of type {column['type']} for {table}")
    names = ", ".join(f'"{column["attname"]}"' for column in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(values)})'


async def seed(admin: asyncpg.Connection, *tenants: int) -> None:
    """Sample row 1 of every isolated table for each tenant, and nothing else in them."""
    await drop_constraints(admin)
    await admin.execute(_TRIED)
    for name in isolated_tables():
        await admin.execute(f'DELETE FROM "{name}"')
        for tenant_id in tenants:
            await admin.execute(await insert_statement(admin, name, tenant_id, 1))


_TRIED = """
CREATE FUNCTION tried(statements text[]) RETURNS TABLE (state text, touched bigint)
LANGUAGE plpgsql AS $$
DECLARE statement text;
BEGIN
  FOREACH statement IN ARRAY statements LOOP
    touched := 0;
    BEGIN
      EXECUTE statement;
      GET DIAGNOSTICS touched = ROW_COUNT;
      RAISE SQLSTATE 'UNDO0';
    EXCEPTION WHEN OTHERS THEN
      state := CASE SQLSTATE WHEN 'UNDO0' THEN '00000' ELSE SQLSTATE END;
    END;
    RETURN NEXT;
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION tried TO PUBLIC
"""


async def outcomes(session: Any, statements: Sequence[str]) -> list[tuple[str, int]]:
    """SQLSTATE ('00000' when it ran) and rows touched of each, each of which is undone.

    With the rights of the session's role, in one round trip.
    """
    tried = text("SELECT state, touched FROM tried(:statements)")
    rows = (await session.execute(tried, {"statements": list(statements)})).all()
    return [(state, touched) for state, touched in rows]


async def wrong(session: Any, expected: Mapping[str, tuple[str, int]]) -> dict[str, Any]:
    """The statements whose outcome is another than expected, with what it was."""
    found = await outcomes(session, list(expected))
    pairs = zip(expected.items(), found, strict=True)
    return {statement: was for (statement, wanted), was in pairs if was != wanted}
