"""Grids through their commands: places, officers, and whose a place is."""

import asyncio
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from infra.errors import DomainError, Forbidden
from services.grids import queries
from services.grids.models import GridTerritory, TerritoryKind
from services.grids.service import (
    AppointGridOfficer,
    AssignTerritory,
    appoint_grid_officer,
    assign_territory,
)
from tenants.models import PolicyValue, Post, Unit
from tenants.scope import Scope
from tenants.session import reading, unit_of_work
from tests.harness.county import County

DIVISION, ZONE = TerritoryKind.DIVISION, TerritoryKind.SCHOOL_ZONE


async def _assign(
    county: County,
    unit: str,
    kind: TerritoryKind,
    code: str,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> None:
    officer = await county.principal("county_officer")
    async with unit_of_work(officer.scope, "test") as session:
        command = AssignTerritory(county.units[unit], kind, code, "辖区", valid_from, valid_to)
        await assign_territory(session, officer, command)


async def _appoint(county: County, unit_id: UUID, account_id: UUID | None = None) -> Post:
    officer = await county.principal("county_officer")
    async with unit_of_work(officer.scope, "test") as session:
        command = AppointGridOfficer(unit_id, "网格员岗", account_id)
        return await appoint_grid_officer(session, officer, command)


async def _policy(county: County, key: str, value: int | None) -> None:
    async with unit_of_work(county.scope, "test") as session:
        session.add(
            PolicyValue(
                tenant_id=county.number,
                key=key,
                value=value,
                valid_from=date(2020, 1, 1),
                source="test",
            )
        )


async def _owner(scope: Scope, code: str) -> UUID | None:
    async with reading(scope) as session:
        unit = await queries.owner_unit_for(session, code)
        return unit.id if unit else None


async def test_a_place_belongs_to_the_smallest_territory_around_it(county: County) -> None:
    await _assign(county, "area1", DIVISION, "610526")
    await _assign(county, "area2", DIVISION, "610526001000")
    await _assign(county, "school2", ZONE, "zone-7")
    nobody = Scope.public(county.number)
    for scope in (county.scope, nobody):
        assert await _owner(scope, "610526001002") == county.units["area2"]
        assert await _owner(scope, "610526001") == county.units["area2"]
        assert await _owner(scope, "610526002001") == county.units["area1"]
        assert await _owner(scope, "zone-7") == county.units["school2"]
        assert await _owner(scope, "school1") == county.units["school1"]
        assert await _owner(scope, "610825") is None
        assert await _owner(scope, "") is None


async def test_past_and_coming_care_does_not_own(county: County) -> None:
    await _assign(
        county, "area1", DIVISION, "610526", valid_from=date(2020, 1, 1), valid_to=date(2021, 1, 1)
    )
    await _assign(county, "area2", DIVISION, "610526", valid_from=date(2200, 1, 1))
    assert await _owner(county.scope, "610526") is None


async def test_a_place_has_one_grid_at_a_time(county: County) -> None:
    await _assign(county, "area1", DIVISION, "610526")
    with pytest.raises(DomainError, match="TERRITORY_TAKEN"):
        await _assign(county, "area2", DIVISION, "610526000000")
    await _assign(county, "area2", ZONE, "610526")


async def test_of_two_simultaneous_assignments_one_is_refused(county: County) -> None:
    outcomes = await asyncio.gather(
        _assign(county, "area1", DIVISION, "610526"),
        _assign(county, "area2", DIVISION, "610526"),
        return_exceptions=True,
    )
    assert sorted(type(outcome) for outcome in outcomes if outcome) == [DomainError]
    async with reading(county.scope) as session:
        assert len((await session.scalars(select(GridTerritory))).all()) == 1


async def test_all_faults_of_a_place_are_told_at_once(county: County) -> None:
    officer = await county.principal("county_officer")
    wrong = AssignTerritory(
        county.units["area1"], DIVISION, "６１", "一", date(2026, 2, 1), date(2026, 1, 1)
    )
    async with reading(officer.scope) as session:
        with pytest.raises(DomainError) as refused:
            await assign_territory(session, officer, wrong)
    assert [fault.field for fault in refused.value.faults] == [("code",), ("name",), ("validTo",)]


async def test_a_bureau_is_no_grid(county: County) -> None:
    with pytest.raises(DomainError, match="NOT_FOUND"):
        await _assign(county, "bureau", DIVISION, "610526")


async def test_grid_officers_cannot_redraw_grids(county: County) -> None:
    officer = await county.principal("officer1")
    async with reading(officer.scope) as session:
        with pytest.raises(Forbidden):
            await assign_territory(
                session, officer, AssignTerritory(county.units["school1"], DIVISION, "61", "省")
            )


async def test_officers_end_at_the_policy(county: County) -> None:
    school = county.units["school1"]  # one officer stands there already
    account = county.accounts["leader"]
    post = await _appoint(county, school, account)
    assert post.code == "school1/officer-1"
    assert post.id in (await county.principal("leader")).post_ids
    await _appoint(county, school)
    with pytest.raises(DomainError, match="OFFICERS_ABOVE_MAX"):
        await _appoint(county, school)
    await _policy(county, "grid.officers.max", None)
    await _appoint(county, school)


async def test_of_simultaneous_appointments_only_three_stand(county: County) -> None:
    outcomes = await asyncio.gather(
        *(_appoint(county, county.units["school1"]) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Post) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, DomainError) for outcome in outcomes) == 2


async def test_an_unknown_account_is_named(county: County, other_county: County) -> None:
    foreign = other_county.accounts["leader"]
    with pytest.raises(DomainError) as refused:
        await _appoint(county, county.units["school1"], foreign)
    assert refused.value.faults[0].field == ("accountId",)


@pytest.mark.parametrize(
    ("least", "expected"), [("default", False), (2, True), (None, False), (0, False)]
)
async def test_understaffed_follows_the_policy(
    county: County, least: int | str | None, expected: bool
) -> None:
    if least != "default":
        assert not isinstance(least, str)
        await _policy(county, "grid.officers.min", least)
    async with reading(county.scope) as session:
        rows = await session.execute(select(Unit.code, queries.IS_UNDERSTAFFED))
        shown = dict(rows.all())
    assert shown["school1"] is expected
    assert shown["area1"] is (least not in (None, 0))
