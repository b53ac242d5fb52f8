"""A county that moved to another city keeps its number; both cities' ranges follow it.

枞阳县 came from 安庆 to 铜陵 in January 2016 (its code was 340823, it is 340722).
"""

from uuid import UUID

import pytest
from sqlalchemy import text

from services.metrics.service import record
from tenants import principal
from tenants.access import RoleCode
from tenants.auth import tokens
from tenants.models import Level, UnitKind
from tenants.numbers import block, tenant_number
from tenants.organisation import AddUnit, add_account, add_post, add_unit, hold_post
from tenants.principal import Principal
from tenants.provisioning import OpenTenant, move_tenant, open_tenant
from tenants.scope import Scope
from tenants.session import reading, unit_of_work
from tests.harness.county import SINCE
from tests.schema.asking import data

ANHUI, ANQING, TONGLING = 34000000, 34080000, 34070000
ZONGYANG, TONGCHENG = 34082300, 34088100
_PLACES = (
    ("340000", "安徽省", Level.PROVINCE, None),
    ("340800", "安庆市", Level.CITY, ANHUI),
    ("340700", "铜陵市", Level.CITY, ANHUI),
    ("340823", "枞阳县", Level.COUNTY, ANQING),
    ("340881", "桐城市", Level.COUNTY, ANQING),
)


@pytest.fixture
async def supervisors(database: str) -> dict[int, tuple[int, UUID]]:
    """The places with an office each; accounts of those that supervise."""
    accounts = {}
    for code, name, level, parent in _PLACES:
        number = tenant_number(code)
        _, hi = block(level, number)
        await open_tenant(OpenTenant(number, hi, name, level, code, parent, code))
        async with unit_of_work(Scope.county(number), "test.open") as session:
            unit = await add_unit(session, AddUnit("office", name, UnitKind.CITY_OFFICE))
            if level is Level.COUNTY:
                continue
            post = await add_post(session, unit.id, "s", "监管岗", RoleCode.CITY_SUPERVISOR)
            account = await add_account(session, "s")
            await hold_post(session, post.id, account.id, SINCE)
            accounts[number] = (number, account.id)
    return accounts


async def _principal(account: tuple[int, UUID]) -> Principal:
    loaded = await principal.load(*account)
    assert loaded is not None
    return loaded


async def _seen(account: tuple[int, UUID]) -> set[int]:
    """Tenants whose offices the account's range shows."""
    async with reading((await _principal(account)).scope) as session:
        return set(await session.scalars(text("SELECT tenant_id FROM unit")))


async def test_the_ranges_follow_a_county_that_moved(
    supervisors: dict[int, tuple[int, UUID]],
) -> None:
    before = await _principal(supervisors[ANQING])
    assert await _seen(supervisors[ANQING]) == {ANQING, ZONGYANG, TONGCHENG}
    assert await _seen(supervisors[TONGLING]) == {TONGLING}
    await move_tenant(ZONGYANG, TONGLING)
    assert await _seen(supervisors[ANQING]) == {ANQING, TONGCHENG}
    assert await _seen(supervisors[TONGLING]) == {TONGLING, ZONGYANG}
    whole = {ANHUI, ANQING, TONGLING, ZONGYANG, TONGCHENG}
    assert await _seen(supervisors[ANHUI]) == whole
    after = await _principal(supervisors[ANQING])
    assert after.epoch > before.epoch
    assert not (await _principal(supervisors[ANHUI])).scope.has_exceptions


async def test_moving_back_leaves_no_exception(supervisors: dict[int, tuple[int, UUID]]) -> None:
    await move_tenant(ZONGYANG, TONGLING)
    await move_tenant(ZONGYANG, ANQING)
    for account in supervisors.values():
        assert not (await _principal(account)).scope.has_exceptions
    assert await _seen(supervisors[ANQING]) == {ANQING, ZONGYANG, TONGCHENG}


async def test_a_city_moves_with_its_counties(supervisors: dict[int, tuple[int, UUID]]) -> None:
    await move_tenant(ANQING, TONGLING)
    assert await _seen(supervisors[TONGLING]) == {TONGLING, ANQING, ZONGYANG, TONGCHENG}


async def test_nonsense_is_refused(supervisors: dict[int, tuple[int, UUID]]) -> None:
    with pytest.raises(ValueError, match="below itself"):
        await move_tenant(ANQING, ZONGYANG)
    with pytest.raises(LookupError):
        await move_tenant(ZONGYANG, 99000000)


async def test_figures_and_lists_of_both_cities_follow(
    supervisors: dict[int, tuple[int, UUID]],
) -> None:
    for number, count in ((ZONGYANG, 5), (TONGCHENG, 2), (TONGLING, 1)):
        async with unit_of_work(Scope.system(number), "test.record") as session:
            await record(session, "clues.received", numerator=count)

    async def told(number: int) -> dict[str, int]:
        """The figure of every tenant that the jurisdiction is shown."""
        token = tokens.issue(tokens.Identity(*supervisors[number]))
        answer = await data(
            token,
            "{ tenants(first: 100) { nodes { publicCode cluesReceived { value } } } }",
        )
        return {n["publicCode"]: n["cluesReceived"]["value"] for n in answer["tenants"]["nodes"]}

    whole = {"340000": 8, "340700": 1, "340800": 7, "340823": 5, "340881": 2}
    assert await told(ANHUI) == whole
    assert await told(ANQING) == {"340800": 7, "340823": 5, "340881": 2}
    assert await told(TONGLING) == {"340700": 1}
    await move_tenant(ZONGYANG, TONGLING)
    assert await told(ANHUI) == whole | {"340700": 6, "340800": 2}
    assert await told(ANQING) == {"340800": 2, "340881": 2}
    assert await told(TONGLING) == {"340700": 6, "340823": 5}
