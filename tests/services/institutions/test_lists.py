"""The lists and what is asked of them: licence, standing, publication, annual inspection."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from infra.errors import Forbidden
from services.institutions.annual import RecordAnnualInspection, record_inspection
from services.institutions.lists import (
    AddListEntry,
    RemoveListEntry,
    add_entry,
    remove_entry,
)
from services.institutions.models import AnnualResult, ListKind, ListReason
from services.institutions.publications import (
    DraftPublication,
    SignPublication,
    draft_publication,
    sign_publication,
)
from services.institutions.service import (
    CloseInstitution,
    RecordLicence,
    close_institution,
    record_licence,
)
from services.institutions.standing import Standing, is_licensed, standing
from tenants.organisation import hold_post
from tenants.session import reading, unit_of_work
from tests.harness.clockwork import set_clock
from tests.harness.county import County
from tests.services.problems.steps import do, refused, registered

PAPER = "局长办公会纪要"
NOW, TODAY = "2026-03-02 09:00", date(2026, 3, 2)


def white(institution: UUID) -> AddListEntry:
    """On the white list."""
    return AddListEntry(institution, ListKind.WHITE, ListReason.COMPLIANT, PAPER)


def black(institution: UUID) -> AddListEntry:
    """On the black list."""
    return AddListEntry(institution, ListKind.BLACK, ListReason.REFUSED_RECTIFICATION, PAPER)


async def asked(county: County, question: Any, *arguments: Any) -> Any:
    """What another noun would be told."""
    async with reading(county.scope) as session:
        return await question(session, *arguments)


async def test_black_ends_white_in_the_same_transaction(
    county: County, admin: asyncpg.Connection
) -> None:
    institution = await registered(county)
    await do(county, "leader", add_entry, white(institution))
    assert await refused(county, "leader", add_entry, white(institution)) == [
        ("ALREADY_LISTED", "institutionId")
    ]
    entry = await do(county, "leader", add_entry, black(institution))
    rows = await admin.fetch("SELECT kind, removed_at, effective_at FROM list_entry ORDER BY id")
    assert [(r["kind"], r["removed_at"] is None) for r in rows] == [
        ("WHITE", False),
        ("BLACK", True),
    ]
    assert rows[0]["removed_at"] == rows[1]["effective_at"]
    assert await refused(county, "leader", add_entry, white(institution)) == [
        ("ON_BLACK_LIST", "institutionId")
    ]
    command = RemoveListEntry(entry.id, "整改到位，经集体研究")
    await do(county, "leader", remove_entry, command)
    assert await refused(county, "leader", remove_entry, command) == [("ALREADY_REMOVED", "id")]
    assert await refused(county, "leader", add_entry, white(institution)) == []
    figures = await admin.fetch(
        "SELECT metric, sum(numerator)::int FROM metric_delta WHERE metric LIKE 'lists.%'"
        " GROUP BY 1 ORDER BY 1"
    )
    assert [tuple(row) for row in figures] == [("lists.black", 0), ("lists.white", 1)]


async def test_of_both_lists_at_once_one_is_entered(
    county: County, admin: asyncpg.Connection
) -> None:
    institution = await registered(county)
    commands = [white(institution), black(institution)] * 4
    await asyncio.gather(*(refused(county, "leader", add_entry, one) for one in commands))
    live = await admin.fetch("SELECT kind FROM list_entry WHERE removed_at IS NULL")
    assert [row["kind"] for row in live] == ["BLACK"]
    # The control: the table itself refuses a second live entry.
    with pytest.raises(asyncpg.UniqueViolationError):
        await admin.execute(
            "INSERT INTO list_entry (tenant_id, id, kind, institution_id, reason, basis_kind,"
            " basis_text, signed_by_post_id, effective_at) SELECT tenant_id, gen_random_uuid(),"
            " 'WHITE', institution_id, 'COMPLIANT', 'DOCUMENT', 'x', signed_by_post_id, now()"
            " FROM list_entry LIMIT 1"
        )


async def test_reasons_and_texts_are_told_at_once(county: County) -> None:
    institution = await registered(county)
    wrong = AddListEntry(institution, ListKind.WHITE, ListReason.SUBJECT_TRAINING, "")
    assert await refused(county, "leader", add_entry, wrong) == [
        ("REASON_UNFIT", "reason"),
        ("TEXT_LENGTH", "document"),
    ]
    closing = CloseInstitution(institution, 1, "自行停止办学")
    await do(county, "county_officer", close_institution, closing)
    assert await refused(county, "leader", add_entry, white(institution)) == [
        ("INSTITUTION_CLOSED", "institutionId")
    ]
    with pytest.raises(Forbidden):
        await do(county, "county_officer", add_entry, black(institution))


async def test_the_standing_of_any_day(county: County, admin: asyncpg.Connection) -> None:
    await set_clock(admin, NOW)
    institution = await registered(county)
    assert await asked(county, standing, institution, TODAY) == Standing(False, False, None)
    await do(county, "leader", add_entry, white(institution))
    await set_clock(admin, "2026-03-10 15:00")
    await do(county, "leader", add_entry, black(institution))
    result = RecordAnnualInspection(institution, 2025, AnnualResult.QUALIFIED, "年检公告")
    await do(county, "county_officer", record_inspection, result)
    for day, wanted in (
        (date(2026, 3, 1), Standing(False, False, None)),
        (date(2026, 3, 9), Standing(True, False, None)),
        # From the instant it was signed, not from the next day.
        (date(2026, 3, 10), Standing(False, True, AnnualResult.QUALIFIED)),
        (date(2030, 1, 1), Standing(False, True, AnnualResult.QUALIFIED)),
    ):
        assert await asked(county, standing, institution, day) == wanted, day


async def test_a_licence_lasts_to_its_last_day(
    county: County, other_county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, NOW)
    institution, other = await registered(county), await registered(county, 2)
    assert not await asked(county, is_licensed, institution, TODAY)
    command = RecordLicence(institution, 1, "教民161052670000019", date(2027, 6, 30))
    await do(county, "county_officer", record_licence, command)
    assert await asked(county, is_licensed, institution, date(2027, 6, 30))
    assert not await asked(county, is_licensed, institution, date(2027, 7, 1))
    assert not await asked(other_county, is_licensed, institution, TODAY)
    taken = replace(command, institution_id=other)
    assert await refused(county, "county_officer", record_licence, taken) == [
        ("LICENCE_TAKEN", "licenceNo")
    ]
    wrong = RecordLicence(other, 1, "1 2", date(2026, 3, 1))
    assert await refused(county, "county_officer", record_licence, wrong) == [
        ("LICENCE_INVALID", "licenceNo"),
        ("LICENCE_ENDED", "licensedUntil"),
    ]
    stale = replace(command, licence_no="教民161052670000020")
    assert await refused(county, "county_officer", record_licence, stale) == [
        ("CONFLICT", "expectedVersion")
    ]
    closing = CloseInstitution(institution, 2, "自行停止办学")
    await do(county, "county_officer", close_institution, closing)
    assert not await asked(county, is_licensed, institution, TODAY)


async def test_a_later_result_keeps_the_former_as_history(
    county: County, admin: asyncpg.Connection
) -> None:
    institution = await registered(county)
    first = RecordAnnualInspection(institution, 2024, AnnualResult.QUALIFIED, "年检公告")
    second = replace(first, result=AnnualResult.UNQUALIFIED, document="复查决定")
    for command in (first, second):
        await do(county, "county_officer", record_inspection, command)
    rows = await admin.fetch("SELECT result, superseded_at FROM annual_inspection ORDER BY id")
    assert [(r["result"], r["superseded_at"] is None) for r in rows] == [
        ("QUALIFIED", False),
        ("UNQUALIFIED", True),
    ]
    future = replace(first, year=2999, document="")
    assert await refused(county, "county_officer", record_inspection, future) == [
        ("YEAR_UNFIT", "year"),
        ("TEXT_LENGTH", "document"),
    ]


async def test_a_publication_is_signed_by_another_hand_and_stays_as_it_is(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, NOW)
    one, two = await registered(county), await registered(county, 2)
    await do(county, "leader", add_entry, white(one))
    draft = await do(county, "county_officer", draft_publication, DraftPublication())
    await do(county, "leader", add_entry, black(two))
    sign = SignPublication(draft.id)
    assert await refused(county, "leader", sign_publication, sign) == [("LISTS_CHANGED", "id")]
    fresh = await do(county, "county_officer", draft_publication, DraftPublication())
    assert await refused(county, "leader", sign_publication, sign) == [("NOT_A_DRAFT", "id")]
    # The leader's account also stands in for the officer who drafts: still the same hand.
    async with unit_of_work(county.scope, "test.seat") as session:
        await hold_post(
            session, county.posts["leader"], county.accounts["county_officer"],
            date(2020, 1, 2), is_deputy=True,
        )  # fmt: skip
    sign = SignPublication(fresh.id)
    assert await refused(county, "county_officer", sign_publication, sign) == [("SAME_HAND", "id")]
    signed = await do(county, "leader", sign_publication, sign)
    assert (signed.batch_no, signed.month_on) == (1, date(2026, 3, 1))
    snapshot = "SELECT kind, name FROM list_publication_entry WHERE publication_id = $1 ORDER BY 1"
    listed = [("BLACK", "第2艺术培训中心"), ("WHITE", "第1艺术培训中心")]
    assert [tuple(row) for row in await admin.fetch(snapshot, fresh.id)] == listed
    await do(county, "leader", add_entry, black(one))
    assert [tuple(row) for row in await admin.fetch(snapshot, fresh.id)] == listed
    assert await refused(county, "second_officer", draft_publication, DraftPublication()) == [
        ("MONTH_PUBLISHED", "")
    ]
    kinds = await admin.fetchval("SELECT count(*) FROM event WHERE kind = 'list.published'")
    assert kinds == 1
    await set_clock(admin, "2026-04-01 09:00")
    april = await do(county, "second_officer", draft_publication, DraftPublication())
    assert (await do(county, "leader", sign_publication, SignPublication(april.id))).batch_no == 2
    async with unit_of_work(county.scope, "test.forge") as session:
        with pytest.raises(Exception, match="permission denied"):
            await session.execute(text("UPDATE list_publication_entry SET name = 'x'"))
