"""The session door: no statement without context, no row of another tenant, no supervisor's write.

Every table is covered from its declaration; each refusal stands beside the same statement where
it is allowed.
"""

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database.base import Kind
from infra.database.engine import Role, engine
from tenants.models import Unit
from tenants.organisation import AddUnit, UnitKind, add_unit
from tenants.scope import Scope
from tenants.session import ContextMissing, guarded, reading, unit_of_work
from tests.harness.county import County, open_supervisor
from tests.tenants.catalogue import declared_tables
from tests.tenants.rows import insert_statement, isolated_tables, outcome, seed

A, B = 61052600, 61082500
RAN, REFUSED = "00000", "42501"

PEEK = text(
    "SELECT pg_backend_pid(), current_setting('app.tenant_id', true),"
    " current_setting('app.account_id', true)"
).execution_options(wangge_opening=True)
"""Looks past the hook at what a connection remembers."""


async def test_a_statement_without_context_is_refused(database: str) -> None:
    scope = Scope.county(A)
    async with guarded(scope).connect() as connection:
        with pytest.raises(ContextMissing):
            await connection.execute(text("SELECT 1"))
    async with AsyncSession(guarded(scope)) as session:
        with pytest.raises(ContextMissing):
            await session.get(Unit, (A, A))
    async with reading(scope) as session:
        assert await session.scalar(text("SELECT 1")) == 1


async def test_a_statement_after_a_commit_is_refused(database: str) -> None:
    """Application code never commits; if it did, nothing would run under a stale scope."""
    async with reading(Scope.county(A)) as session:
        await session.commit()
        with pytest.raises(ContextMissing):
            await session.execute(text("SELECT count(*) FROM unit"))


async def test_the_database_itself_refuses_a_missing_context(database: str) -> None:
    """Without the hook, on a fresh connection and on one whose context has ended."""
    bare = text("SELECT count(*) FROM unit").execution_options(wangge_opening=True)
    async with guarded(Scope.county(A)).connect() as connection:
        with pytest.raises(DBAPIError, match="unrecognized configuration parameter"):
            await connection.execute(bare)
    async with reading(Scope.county(A)) as session:
        assert await session.scalar(text("SELECT count(*) FROM unit")) == 0
    async with guarded(Scope.county(A)).connect() as connection:
        with pytest.raises(DBAPIError, match="invalid input syntax for type integer"):
            await connection.execute(bare)


async def test_context_ends_with_its_transaction(county: County) -> None:
    account = county.accounts["officer1"]
    async with unit_of_work(Scope.county(county.number, account), "test.look") as session:
        pid, tenant, seen = (await session.execute(PEEK)).one()
        assert (tenant, seen) == (str(county.number), str(account))
    async with guarded(county.scope).connect() as connection:
        assert (await connection.execute(PEEK)).one() == (pid, "", "")
        # What a session-wide setting would have left behind: the test can fail.
        session_wide = text("SELECT set_config('app.tenant_id', '7', false)")
        await connection.execute(session_wide.execution_options(wangge_opening=True))
        await connection.commit()
        assert (await connection.execute(PEEK)).one()[1] == "7"
        await connection.invalidate()


async def test_one_tenant_never_meets_rows_of_another(
    database: str, admin: asyncpg.Connection
) -> None:
    await seed(admin, A, B)
    for role_scope in (Scope.county(A), Scope.system(A)):
        async with reading(role_scope) as session:
            for name, table in isolated_tables().items():
                may_change = not table.info["append_only"]
                for tenant, own in ((A, True), (B, False)):
                    where = f'"{name}" WHERE tenant_id = {tenant}'
                    context = (role_scope.kind, name, tenant)
                    count = await session.scalar(text(f"SELECT count(*) FROM {where}"))
                    assert count == (1 if own else 0), context
                    insert = text(await insert_statement(admin, name, tenant, 2))
                    expected = (RAN, 1) if own else (REFUSED, 0)
                    # audit_head has one row per tenant: its own second one is a duplicate.
                    if not own or [c.name for c in table.primary_key] != ["tenant_id"]:
                        assert await outcome(session, insert) == expected, context
                    changed = (RAN, 1 if own else 0) if may_change else (REFUSED, 0)
                    same = "SET tenant_id = tenant_id WHERE"
                    update = text(f"UPDATE {where}".replace("WHERE", same))
                    assert await outcome(session, update) == changed, context
                    delete = text(f"DELETE FROM {where}")
                    assert await outcome(session, delete) == changed, context
                moved = text(f'UPDATE "{name}" SET tenant_id = {B}')
                assert await outcome(session, moved) == (REFUSED, 0), (name, "moved to B")


async def test_the_refusals_come_from_the_policies(
    database: str, admin: asyncpg.Connection
) -> None:
    """The control: with policies that let everything pass the same statements reach B's rows."""
    await seed(admin, A, B)
    for name in isolated_tables():
        await admin.execute(f'ALTER POLICY own_tenant ON "{name}" USING (true) WITH CHECK (true)')
    async with reading(Scope.county(A)) as session:
        for name in isolated_tables():
            where = f'"{name}" WHERE tenant_id = {B}'
            assert await session.scalar(text(f"SELECT count(*) FROM {where}")) == 1, name


async def test_the_scheduler_sees_system_tables_of_all_tenants_and_nothing_else(
    database: str, admin: asyncpg.Connection
) -> None:
    await seed(admin, A, B)
    async with reading(Scope.system(None)) as session:
        for name, table in isolated_tables().items():
            count = text(f'SELECT tenant_id FROM "{name}"')
            seen = table.info["kind"] is Kind.SYSTEM or "select" in table.info["scheduler"]
            assert await outcome(session, count) == ((RAN, 2) if seen else (REFUSED, 0)), name
        # Of the audit chain it sees what the next link needs, and no link.
        head = text("SELECT seq, hash FROM audit_head")
        assert await outcome(session, head) == (RAN, 2)


async def test_a_supervisor_writes_nowhere(database: str, admin: asyncpg.Connection) -> None:
    await seed(admin, A, B)
    scope = Scope.jurisdiction(61000000, 61000000, 61999999, None)
    async with reading(scope) as session:
        for name, table in declared_tables().items():
            first = next(iter(table.columns)).name
            attempts = (
                f'INSERT INTO "{name}" ("{first}") VALUES (NULL)',
                f'UPDATE "{name}" SET "{first}" = "{first}"',
                f'DELETE FROM "{name}"',
                f'TRUNCATE "{name}"',
                f'SELECT "{first}" FROM "{name}" FOR UPDATE',
            )
            for statement in attempts:
                assert await outcome(session, text(statement)) == (REFUSED, 0), statement
    async with reading(Scope.county(A)) as session:
        assert await outcome(session, text("UPDATE unit SET name = name")) == (RAN, 1)


async def test_a_supervisor_reads_granted_columns_in_range_only(
    database: str, admin: asyncpg.Connection
) -> None:
    await seed(admin, A, B)
    ranges = {(A, A + 99): [A], (B, B + 99): [B], (61000000, 61999999): [A, B], (0, 9): []}
    for (lo, hi), expected in ranges.items():
        async with reading(Scope.jurisdiction(61000000, lo, hi, None)) as session:
            for name, table in isolated_tables().items():
                seen = text(f'SELECT tenant_id FROM "{name}"')
                if not table.info["supervised"]:
                    assert await outcome(session, seen) == (REFUSED, 0), name
                    continue
                assert sorted(await session.scalars(seen)) == expected, name
                for column in table.columns:
                    hidden = column.info["sensitivity"] in ("personal", "sealed")
                    select = text(f'SELECT "{column.name}" FROM "{name}"')
                    wanted = (REFUSED, 0) if hidden else (RAN, len(expected))
                    assert await outcome(session, select) == wanted, (name, column.name)


async def test_the_public_reads_published_columns_of_published_tables(
    database: str, admin: asyncpg.Connection
) -> None:
    await seed(admin, A, B)
    async with reading(Scope.public(A)) as session:
        for name, table in isolated_tables().items():
            for column in table.columns:
                shown = "select" in table.info["public"] and column.info["sensitivity"] == "public"
                select = text(f'SELECT "{column.name}" FROM "{name}"')
                wanted = (RAN, 1) if shown else (REFUSED, 0)
                assert await outcome(session, select) == wanted, (name, column.name)
            delete = text(f'DELETE FROM "{name}"')
            assert await outcome(session, delete) == (REFUSED, 0), name


async def test_a_county_out_of_range_is_not_found(county: County, other_county: County) -> None:
    unit = (other_county.number, other_county.units["school1"])
    _, account = await open_supervisor()
    whole = Scope.jurisdiction(61000000, 61000000, 61999999, account)
    async with reading(whole) as session:
        assert await session.get(Unit, unit) is not None
    neighbour = Scope.jurisdiction(61050000, 61050000, 61059999, account)
    async with reading(neighbour) as session:
        assert await session.get(Unit, unit) is None
        assert await session.get(Unit, (county.number, county.units["school1"])) is not None


async def test_a_failed_unit_of_work_leaves_nothing(county: County) -> None:
    class Interrupted(Exception):
        pass

    async def attempt(fail: bool) -> None:
        async with unit_of_work(county.scope, "unit.add") as session:
            await add_unit(session, AddUnit("extra", "新增社区", UnitKind.COMMUNITY))
            if fail:
                raise Interrupted

    async def standing() -> tuple[int, int]:
        async with reading(county.scope) as session:
            units = await session.scalar(text("SELECT count(*) FROM unit"))
            links = await session.scalar(text("SELECT count(*) FROM audit_link"))
        return int(units or 0), int(links or 0)

    units, links = await standing()
    with pytest.raises(Interrupted):
        await attempt(fail=True)
    assert await standing() == (units, links)
    await attempt(fail=False)
    assert await standing() == (units + 1, links + 1)


async def test_a_lost_connection_says_so_and_the_next_one_works(
    county: County, admin: asyncpg.Connection
) -> None:
    async def lose_it() -> None:
        async with unit_of_work(county.scope, "unit.add") as session:
            pid = await session.scalar(text("SELECT pg_backend_pid()"))
            await admin.execute("SELECT pg_terminate_backend($1)", pid)
            await session.execute(text("SELECT count(*) FROM unit"))

    with pytest.raises(DBAPIError) as lost:
        await lose_it()
    assert lost.value.connection_invalidated
    async with reading(county.scope) as session:
        assert await session.scalar(text("SELECT count(*) FROM unit")) == 5


async def test_process_roles_are_who_they_say(database: str) -> None:
    """The fixtures connect as the real roles: a superuser would bypass row security silently."""
    for scope in (
        Scope.county(A),
        Scope.system(A),
        Scope.system(None),
        Scope.public(A),
        Scope.jurisdiction(A, A, A, None),
    ):
        async with reading(scope) as session:
            who = text(
                "SELECT current_user::text, rolsuper OR rolbypassrls FROM pg_roles"
                " WHERE rolname = session_user"
            )
            assert (await session.execute(who)).one() == (scope.role.value, False)
    assert engine(Role.API) is engine(Role.API)
