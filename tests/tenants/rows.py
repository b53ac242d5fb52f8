"""One sample row per table and tenant, made from the catalogue, so that later tables are covered.

Foreign keys and CHECKs are dropped from the clone first: row security is what is looked at.
"""

from typing import Any

import asyncpg
from sqlalchemy import Table

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
    for row in rows:
        await admin.execute(f'ALTER TABLE {row["t"]} DROP CONSTRAINT "{row["conname"]}"')


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
    for name in isolated_tables():
        await admin.execute(f'DELETE FROM "{name}"')
        for tenant_id in tenants:
            await admin.execute(await insert_statement(admin, name, tenant_id, 1))


async def outcome(session: Any, statement: Any) -> tuple[str, int]:
    """SQLSTATE ('00000' when it ran) and rows touched, inside a savepoint that is undone."""
    savepoint = await session.begin_nested()
    try:
        result = await session.execute(statement)
        return "00000", result.rowcount
    except Exception as error:
        state = getattr(getattr(error, "orig", None), "sqlstate", None)
        if state is None:
            raise
        return state, 0
    finally:
        await savepoint.rollback()
