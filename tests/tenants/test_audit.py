"""The audit chain: one link per changing unit of work, and every tampering shows."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from tenants import audit
from tenants.organisation import AddUnit, UnitKind, add_unit
from tenants.scope import Scope
from tenants.session import reading, unit_of_work
from tests.harness.county import County

TAMPERINGS = {
    "a subject": "UPDATE audit_link SET subjects = 'unit:other' WHERE seq = 3",
    "the account": "UPDATE audit_link SET account_id = 'system' WHERE seq = 3",
    "the instant": "UPDATE audit_link SET at = '2020-01-01' WHERE seq = 3",
    "a boundary between two texts": "UPDATE audit_link SET action = action || '|' || subjects,"
    " subjects = '' WHERE seq = 3",
    "a hash": "UPDATE audit_link SET hash = sha256(hash) WHERE seq = 3",
    "a link removed": "DELETE FROM audit_link WHERE seq = 3",
    "two links exchanged": "UPDATE audit_link SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END"
    " WHERE seq IN (2, 3); UPDATE audit_link SET seq = -seq WHERE seq < 0",
    "the first link removed": "DELETE FROM audit_link WHERE seq = 1",
    "the newest links cut off": "DELETE FROM audit_link WHERE seq >= 3",
    "everything cut off": "DELETE FROM audit_link",
}


async def _add(county: County, number: int) -> None:
    scope = Scope.county(county.number, county.accounts["admin"])
    async with unit_of_work(scope, "unit.add") as session:
        await add_unit(session, AddUnit(f"extra{number}", f"社区{number}", UnitKind.COMMUNITY))


async def _broken(county: County) -> list[int]:
    async with reading(county.scope) as session:
        return await audit.broken_links(session, county.number)


async def test_each_unit_of_work_adds_one_link(county: County, other_county: County) -> None:
    for number in range(3):
        await _add(county, number)
    async with unit_of_work(county.scope, "test.nothing") as session:
        await session.scalar(text("SELECT count(*) FROM unit"))
    async with reading(county.scope) as session:
        rows = await session.execute(
            text("SELECT seq, account_id, action, subjects FROM audit_link ORDER BY seq")
        )
        links = rows.all()
    assert [link.seq for link in links] == [1, 2, 3, 4]
    assert [link.action for link in links] == ["test.open", *["unit.add"] * 3]
    assert {link.account_id for link in links[1:]} == {str(county.accounts["admin"])}
    assert all("unit:" in link.subjects for link in links)
    assert await _broken(county) == []
    assert await _broken(other_county) == []


async def test_simultaneous_units_of_work_make_one_chain(county: County) -> None:
    await asyncio.gather(*(_add(county, number) for number in range(20)))
    async with reading(county.scope) as session:
        assert await session.scalar(text("SELECT max(seq) FROM audit_link")) == 21
    assert await _broken(county) == []


@pytest.mark.parametrize("what", TAMPERINGS)
async def test_tampering_by_the_owner_is_found(
    county: County, admin: asyncpg.Connection, what: str
) -> None:
    for number in range(3):
        await _add(county, number)
    assert await _broken(county) == []
    # FORCE binds the owner as well; a thief with that role would first lift it.
    await admin.execute("SET ROLE wangge_owner")
    await admin.execute("ALTER TABLE audit_link DISABLE ROW LEVEL SECURITY")
    await admin.execute(TAMPERINGS[what])
    await admin.execute("ALTER TABLE audit_link ENABLE ROW LEVEL SECURITY; RESET ROLE")
    assert await _broken(county) != []


async def test_a_tenant_without_a_chain_cannot_be_changed(county: County) -> None:
    with pytest.raises(RuntimeError, match="has no audit chain"):
        async with unit_of_work(Scope.county(77), "unit.add") as session:
            await add_unit(session, AddUnit("lost", "未开通", UnitKind.COMMUNITY))
