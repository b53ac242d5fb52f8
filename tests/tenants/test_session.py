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
from tests.harness.cluster import Cluster, Furnished
from tests.harness.county import County, open_supervisor
from tests.tenants.catalogue import declared_tables
from tests.tenants.rows import insert_statement, isolated_tables, seed, wrong

A, B = 61052600, 61082500
RAN, REFUSED = "00000", "42501"

PEEK = text(
    "SELECT pg_backend_pid(), current_setting('app.tenant_id', true),"
    " current_setting('app.account_id', true)"
).execution_options(wangge_opening=True)
"""Looks past the hook at what a connection remembers."""


@pytest.fixture
async def opened(opened: Furnished, request: pytest.FixtureRequest, cluster: Cluster) -> Furnished:
    """For `seeded` tests, a sample row of each table for A and for B."""
    if "seeded" not in request.fixturenames:
        return opened

    async def rows(name: str) -> None:
        async with cluster.admin(name) as admin:
            await seed(admin, A, B)

    return await cluster.furnished("seeded", rows)


@pytest.fixture
def seeded(database: str) -> None:
    """Says that the test's database has the sample rows."""


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
    seeded: None, admin: asyncpg.Connection
) -> None:
    for role_scope in (Scope.county(A), Scope.system(A)):
        expected: dict[str, tuple[str, int]] = {}
        for name, table in isolated_tables().items():
            may_change = not table.info["append_only"]
            may_add = "insert" not in table.info["ledger"]
            for tenant, own in ((A, True), (B, False)):
                where = f'"{name}" WHERE tenant_id = {tenant}'
                expected[f"SELECT FROM {where}"] = (RAN, 1 if own else 0)
                # audit_head has one row per tenant: its own second one is a duplicate.
                if not own or [c.name for c in table.primary_key] != ["tenant_id"]:
                    insert = await insert_statement(admin, name, tenant, 2)
                    expected[insert] = (RAN, 1) if own and may_add else (REFUSED, 0)
                changed = (RAN, 1 if own else 0) if may_change else (REFUSED, 0)
                same = "SET tenant_id = tenant_id WHERE"
                expected[f"UPDATE {where}".replace("WHERE", same)] = changed
                expected[f"DELETE FROM {where}"] = changed
            # To B.
            expected[f'UPDATE "{name}" SET tenant_id = {B}'] = (REFUSED, 0)
        async with reading(role_scope) as session:
            assert await wrong(session, expected) == {}, role_scope.kind


async def test_the_refusals_come_from_the_policies(seeded: None, admin: asyncpg.Connection) -> None:
    """The control: with policies that let everything pass the same statements reach B's rows."""
    for name in isolated_tables():
        await admin.execute(f'ALTER POLICY own_tenant ON "{name}" USING (true) WITH CHECK (true)')
    async with reading(Scope.county(A)) as session:
        seen = {f'SELECT FROM "{n}" WHERE tenant_id = {B}': (RAN, 1) for n in isolated_tables()}
        assert await wrong(session, seen) == {}


async def test_the_scheduler_sees_system_tables_of_all_tenants_and_nothing_else(
    seeded: None,
) -> None:
    expected = {
        f'SELECT tenant_id FROM "{name}"': (RAN, 2)
        if table.info["kind"] is Kind.SYSTEM or "select" in table.info["scheduler"]
        else (REFUSED, 0)
        for name, table in isolated_tables().items()
    }
    # Of the audit chain it sees what the next link needs, and no link.
    expected["SELECT seq, hash FROM audit_head"] = (RAN, 2)
    async with reading(Scope.system(None)) as session:
        assert await wrong(session, expected) == {}


async def test_a_supervisor_writes_nowhere(seeded: None) -> None:
    scope = Scope.jurisdiction(61000000, 61000000, 61999999, None)
    refused: dict[str, tuple[str, int]] = {}
    for name, table in declared_tables().items():
        first = next(iter(table.columns)).name
        attempts = (
            f'INSERT INTO "{name}" ("{first}") VALUES (NULL)',
            f'UPDATE "{name}" SET "{first}" = "{first}"',
            f'DELETE FROM "{name}"',
            f'TRUNCATE "{name}"',
            f'SELECT "{first}" FROM "{name}" FOR UPDATE',
        )
        refused |= dict.fromkeys(attempts, (REFUSED, 0))
    async with reading(scope) as session:
        assert await wrong(session, refused) == {}
    async with reading(Scope.county(A)) as session:
        assert await wrong(session, {"UPDATE unit SET name = name": (RAN, 1)}) == {}


async def test_a_supervisor_reads_granted_columns_in_range_only(seeded: None) -> None:
    ranges = {(A, A + 99): [A], (B, B + 99): [B], (61000000, 61999999): [A, B], (0, 9): []}
    for (lo, hi), tenants in ranges.items():
        expected: dict[str, tuple[str, int]] = {}
        for name, table in isolated_tables().items():
            if not table.info["supervised"]:
                expected[f'SELECT tenant_id FROM "{name}"'] = (REFUSED, 0)
                continue
            for tenant in (A, B):
                seen = f'SELECT tenant_id FROM "{name}" WHERE tenant_id = {tenant}'
                expected[seen] = (RAN, int(tenant in tenants))
            for column in table.columns:
                hidden = column.info["sensitivity"] in ("personal", "sealed")
                select = f'SELECT "{column.name}" FROM "{name}"'
                expected[select] = (REFUSED, 0) if hidden else (RAN, len(tenants))
        async with reading(Scope.jurisdiction(61000000, lo, hi, None)) as session:
            assert await wrong(session, expected) == {}, (lo, hi)


async def test_the_public_reads_published_columns_of_published_tables(seeded: None) -> None:
    expected: dict[str, tuple[str, int]] = {}
    for name, table in isolated_tables().items():
        for column in table.columns:
            shown = "select" in table.info["public"] and column.info["sensitivity"] == "public"
            select = f'SELECT "{column.name}" FROM "{name}"'
            expected[select] = (RAN, 1) if shown else (REFUSED, 0)
        expected[f'DELETE FROM "{name}"'] = (REFUSED, 0)
    async with reading(Scope.public(A)) as session:
        assert await wrong(session, expected) == {}


async def test_the_judge_of_statements_undoes_them(seeded: None) -> None:
    """The control of `wrong`: it tells what was not expected, and leaves everything as it was."""
    every = {"DELETE FROM unit": (RAN, 2), "DELETE FROM nothing": (RAN, 0)}
    async with reading(Scope.county(A)) as session:
        for _ in range(2):
            found = await wrong(session, every)
            assert found == {"DELETE FROM unit": (RAN, 1), "DELETE FROM nothing": ("42P01", 0)}


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
