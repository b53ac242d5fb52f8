"""The register through its commands."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from infra.errors import DomainError, Forbidden
from services.institutions.models import (
    Institution,
    InstitutionCategory,
    InstitutionGram,
    InstitutionStatus,
)
from services.institutions.service import (
    CloseInstitution,
    CorrectInstitution,
    RegisterInstitution,
    close_institution,
    correct_institution,
    register_institution,
)
from services.institutions.visibility import visible
from tenants.scope import Scope
from tenants.session import reading, unit_of_work
from tests.harness.county import PROVINCE, County
from tests.services.institutions.codes import uscc

ARTS = InstitutionCategory.NON_SUBJECT_ARTS


async def _register(county: County, number: int = 1, unit: str = "school1") -> Institution:
    officer = await county.principal("county_officer")
    command = RegisterInstitution(uscc(number), "蒲城星光艺术培训中心", ARTS, county.units[unit])
    async with unit_of_work(officer.scope, "test") as session:
        return await register_institution(session, officer, command)


async def _correct(county: County, command: CorrectInstitution) -> Institution:
    officer = await county.principal("county_officer")
    async with unit_of_work(officer.scope, "test") as session:
        return await correct_institution(session, officer, command)


async def _close(
    county: County, row: Institution, reason: str = "合同到期", version: int = 1
) -> Institution:
    officer = await county.principal("county_officer")
    async with unit_of_work(officer.scope, "test") as session:
        return await close_institution(session, officer, CloseInstitution(row.id, version, reason))


async def _seen(scope: Scope) -> list[str]:
    async with reading(scope) as session:
        found = await session.scalars(select(Institution.uscc).where(visible(scope)))
        return sorted(found)


async def test_registering_tells_indexes_and_counts(county: County) -> None:
    row = await _register(county)
    assert (row.version, row.status) == (1, InstitutionStatus.ACTIVE)
    async with reading(county.scope) as session:
        grams = (await session.scalars(select(InstitutionGram.gram))).all()
        assert "星光" in grams
        told = await session.execute(
            text("SELECT payload FROM event WHERE kind = 'institution.registered'")
        )
        assert told.scalars().all() == [{"institution_id": str(row.id)}]
        moved = await session.execute(text("SELECT metric, numerator FROM metric_delta"))
        assert moved.all() == [("institutions.active", 1)]
        subjects = await session.scalar(
            text("SELECT subjects FROM audit_link ORDER BY seq DESC LIMIT 1")
        )
        assert f"institution:{row.id}" in subjects


async def test_all_faults_are_told_at_once(county: County, other_county: County) -> None:
    officer = await county.principal("county_officer")
    foreign = other_county.units["school1"]
    command = RegisterInstitution("123", "一", ARTS, foreign, address="\x00")
    async with reading(officer.scope) as session:
        with pytest.raises(DomainError) as refused:
            await register_institution(session, officer, command)
    fields = [fault.field for fault in refused.value.faults]
    assert fields == [("uscc",), ("name",), ("address",), ("unitId",)]
    assert all(fault.zh and fault.en for fault in refused.value.faults)


async def test_a_code_is_unique_in_its_county_only(county: County, other_county: County) -> None:
    await _register(county)
    with pytest.raises(DomainError, match="USCC_TAKEN"):
        await _register(county)
    await _register(other_county)


async def test_of_two_simultaneous_registrations_one_is_refused(county: County) -> None:
    outcomes = await asyncio.gather(*(_register(county) for _ in range(3)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert [fault.code for error in refused for fault in error.faults] == ["USCC_TAKEN"] * 2
    assert await _seen(county.scope) == [uscc(1)]


async def test_corrections_replace_the_search_postings(county: County) -> None:
    row = await _register(county)
    changed = await _correct(
        county, CorrectInstitution(row.id, 1, name="蒲城晨曦体育培训中心", uscc=uscc(2))
    )
    assert (changed.version, changed.uscc) == (2, uscc(2))
    assert changed.address is None
    async with reading(county.scope) as session:
        grams = (await session.scalars(select(InstitutionGram.gram))).all()
    assert "晨曦" in grams
    assert "星光" not in grams


async def test_a_stale_version_conflicts(county: County) -> None:
    row = await _register(county)
    command = CorrectInstitution(row.id, 1, name="蒲城晨曦体育培训中心")
    outcomes = await asyncio.gather(
        _correct(county, command),
        _correct(county, replace(command, name="蒲城朝阳科技培训中心")),
        return_exceptions=True,
    )
    (conflict,) = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert conflict.faults[0].code == "CONFLICT"
    assert conflict.faults[0].field == ("expectedVersion",)


async def test_wrong_corrections_change_nothing(county: County) -> None:
    row = await _register(county)
    await _register(county, 2)
    wrong = CorrectInstitution(row.id, 1, uscc=uscc(2), name="", unit_id=row.id)
    with pytest.raises(DomainError) as refused:
        await _correct(county, wrong)
    assert [fault.code for fault in refused.value.faults] == [
        "USCC_TAKEN",
        "TEXT_LENGTH",
        "NOT_FOUND",
    ]
    assert await _seen(county.scope) == [uscc(1), uscc(2)]


async def test_closing_is_told_once(county: County) -> None:
    row = await _register(county)
    closed = await _close(county, row)
    assert closed.closed_at is not None
    with pytest.raises(DomainError, match="INSTITUTION_CLOSED"):
        await _close(county, row, version=2)
    with pytest.raises(DomainError, match="INSTITUTION_CLOSED"):
        await _correct(county, CorrectInstitution(row.id, 2, name="蒲城晨曦体育培训中心"))
    async with reading(county.scope) as session:
        count = await session.scalar(
            text("SELECT count(*) FROM event WHERE kind = 'institution.closed'")
        )
    assert count == 1


async def test_unknown_and_foreign_institutions_are_not_found(
    county: County, other_county: County
) -> None:
    foreign = await _register(other_county)
    with pytest.raises(DomainError, match="NOT_FOUND"):
        await _close(county, foreign)
    with pytest.raises(DomainError, match="NOT_FOUND"):
        await _correct(county, CorrectInstitution(foreign.id, 1))
    assert await _seen(other_county.scope) == [uscc(1)]


async def test_only_the_county_officer_manages(county: County) -> None:
    for name in ("officer1", "clue_officer", "leader", "admin"):
        principal = await county.principal(name)
        command = RegisterInstitution(uscc(1), "蒲城星光", ARTS, county.units["school1"])
        async with reading(principal.scope) as session:
            with pytest.raises(Forbidden):
                await register_institution(session, principal, command)


async def test_who_sees_which_institutions(county: County, other_county: County) -> None:
    await _register(county, 1, "school1")
    await _register(county, 2, "school2")
    await _register(other_county, 3)
    for name, numbers in (
        ("county_officer", (1, 2)),
        ("area_lead", (1,)),
        ("officer1", (1,)),
        ("officer2", (2,)),
    ):
        principal = await county.principal(name)
        assert await _seen(principal.scope) == [uscc(n) for n in numbers]
    province = Scope.jurisdiction(PROVINCE.number, PROVINCE.number, PROVINCE.hi, None)
    assert await _seen(province) == [uscc(1), uscc(2), uscc(3)]
    narrow = Scope.jurisdiction(PROVINCE.number, county.number, county.number + 99, None)
    assert await _seen(narrow) == [uscc(1), uscc(2)]
    assert await _seen(Scope.system(county.number)) == [uscc(1), uscc(2)]


async def test_every_posting_belongs_to_an_institution_of_its_county(
    county: County, other_county: County
) -> None:
    await _register(county)
    await _register(other_county)
    async with reading(county.scope) as session:
        tenants = await session.scalars(select(func.distinct(InstitutionGram.tenant_id)))
        assert list(tenants) == [county.number]
