"""How a clue is concluded, and what follows from the conduct that was found (S3-13)."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from infra.errors import Forbidden
from services.clues.conclusions import (
    AssignClue,
    ConcludeClue,
    ProposeConclusion,
    ReturnConclusion,
    assign_clue,
    conclude_clue,
    propose_conclusion,
    return_conclusion,
)
from services.clues.models import ClueOutcome, ClueStatus, ReplyChannel
from services.clues.policies import SUBJECT_CONDUCTS, SUBJECT_TRAINING
from services.clues.service import ReplyClue, TriageClue, reply_clue, triage_clue
from services.institutions.annual import RecordAnnualInspection, record_inspection
from services.institutions.lists import AddListEntry, add_entry
from services.institutions.models import AnnualResult, ListKind, ListReason
from services.problems.models import ViolationType
from tenants import policies
from tenants.organisation import hold_post
from tenants.session import unit_of_work
from tests.harness.clockwork import set_clock
from tests.harness.county import SINCE, County
from tests.services.clues.test_triage import reported
from tests.services.problems.steps import do, refused, registered

NOW = "2026-03-02 09:00"
TEXT = "经核查，周末开设数学班二十人。"


async def verifying(county: County, admin: asyncpg.Connection) -> UUID:
    """A clue that the first grid's officer verifies."""
    clue = await reported(county, admin)
    await do(county, "clue_officer", triage_clue, TriageClue(clue, ClueStatus.ACCEPTED))
    await do(county, "clue_officer", assign_clue, AssignClue(clue, county.posts["officer1"]))
    return clue


async def proposed(
    county: County,
    admin: asyncpg.Connection,
    clue: UUID,
    outcome: ClueOutcome = ClueOutcome.SUBSTANTIATED,
    conduct: ViolationType | None = None,
    institution: UUID | None = None,
) -> ConcludeClue:
    """A proposal of the clue desk, and the signature it waits for."""
    command = ProposeConclusion(clue, outcome, TEXT, conduct, institution)
    await do(county, "clue_officer", propose_conclusion, command)
    found = await admin.fetchval(
        "SELECT id FROM clue_conclusion WHERE clue_id = $1 AND status = 'PROPOSED'", clue
    )
    return ConcludeClue(found)


async def followed(admin: asyncpg.Connection) -> dict[str, object]:
    """What follows from conclusions, over the whole database."""
    row = await admin.fetchrow(
        """SELECT
        (SELECT string_agg(kind || ' ' || reason, ',') FROM list_entry
          WHERE removed_at IS NULL) AS listed,
        (SELECT string_agg(year || ' ' || result, ',') FROM annual_inspection
          WHERE superseded_at IS NULL) AS inspected,
        (SELECT string_agg(status || ' ' || violation_type, ',') FROM problem) AS problems,
        (SELECT count(*) FROM rectification_notice WHERE status = 'DRAFT') AS drafts,
        (SELECT count(*) FROM false_report_education) AS educations,
        (SELECT count(*) FROM event WHERE kind = 'institution.blacklisted') AS told"""
    )
    assert row is not None
    return dict(row)


NOTHING = {
    "listed": None, "inspected": None, "problems": None, "drafts": 0, "educations": 0, "told": 0,
}  # fmt: skip


async def test_subject_training_black_lists_by_the_conduct(
    county: County, admin: asyncpg.Connection
) -> None:
    """The institution is licensed for arts: what it did counts, not what it is."""
    await set_clock(admin, NOW)
    institution = await registered(county)
    listing = AddListEntry(institution, ListKind.WHITE, ListReason.COMPLIANT, "办公会纪要")
    await do(county, "leader", add_entry, listing)
    passed = RecordAnnualInspection(institution, 2026, AnnualResult.QUALIFIED, "年检公告")
    await do(county, "county_officer", record_inspection, passed)
    clue = await verifying(county, admin)
    conduct = ViolationType.NON_SUBJECT_DOING_SUBJECT
    sign = await proposed(county, admin, clue, conduct=conduct, institution=institution)
    # Nothing follows before a person has signed.
    assert (await followed(admin))["listed"] == "WHITE COMPLIANT"
    signed = await do(county, "leader", conclude_clue, sign)
    assert signed.status == ClueStatus.SUBSTANTIATED
    assert await followed(admin) == {
        "listed": "BLACK SUBJECT_TRAINING",
        "inspected": "2026 UNQUALIFIED",
        "problems": f"CONFIRMED {conduct}",
        "drafts": 0,
        "educations": 0,
        "told": 1,
    }
    entry = await admin.fetchrow("SELECT basis_kind, basis_id, signed_by_post_id FROM list_entry"
                                 " WHERE kind = 'BLACK'")  # fmt: skip
    assert entry is not None and tuple(entry) == ("CLUE", clue, county.posts["leader"])
    linked = await admin.fetchval(
        "SELECT p.origin_id FROM clue_conclusion c JOIN problem p ON p.id = c.problem_id"
    )
    assert linked == clue
    # What a leader signed is no officer's to change.
    assert await refused(county, "county_officer", record_inspection, passed) == [
        ("SIGNED_RESULT", "year")
    ]
    assert await refused(county, "leader", record_inspection, passed) == []


async def test_anything_else_is_a_problem_with_a_notice_to_issue(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, NOW)
    institution = await registered(county, unit="school2")
    clue = await verifying(county, admin)
    sign = await proposed(
        county, admin, clue, ClueOutcome.PARTIALLY, ViolationType.OVER_COLLECTION, institution
    )
    await do(county, "leader", conclude_clue, sign)
    assert await followed(admin) == NOTHING | {"problems": "CONFIRMED OVER_COLLECTION", "drafts": 1}
    unit = await admin.fetchval("SELECT unit_id FROM problem")
    assert unit == county.units["school2"]


async def test_the_conducts_are_those_of_the_table(
    county: County, admin: asyncpg.Connection
) -> None:
    others = {
        ViolationType.UNLICENSED, ViolationType.FAKE_DEREGISTRATION, ViolationType.FORBIDDEN_TIME,
    }  # fmt: skip
    for number, conduct in enumerate(sorted(set(SUBJECT_TRAINING) | others), 1):
        institution = await registered(county, number)
        clue = await verifying(county, admin)
        sign = await proposed(county, admin, clue, conduct=conduct, institution=institution)
        await do(county, "leader", conclude_clue, sign)
        listed = await admin.fetchval(
            "SELECT count(*) FROM list_entry WHERE institution_id = $1", institution
        )
        assert (listed == 1) == (conduct in SUBJECT_TRAINING), conduct


async def test_a_county_has_its_own_conducts(county: County, admin: asyncpg.Connection) -> None:
    await set_clock(admin, NOW)
    async with unit_of_work(county.scope, "test.policy") as session:
        await policies.set_value(session, SUBJECT_CONDUCTS, ["FORBIDDEN_TIME"], SINCE, "县办法")
    institution = await registered(county)
    for conduct, listed in (
        (ViolationType.ONE_TO_ONE, None),
        (ViolationType.FORBIDDEN_TIME, "BLACK SUBJECT_TRAINING"),
    ):
        clue = await verifying(county, admin)
        sign = await proposed(county, admin, clue, conduct=conduct, institution=institution)
        await do(county, "leader", conclude_clue, sign)
        assert (await followed(admin))["listed"] == listed


async def test_nobody_registered_is_a_problem_of_the_place(
    county: County, admin: asyncpg.Connection
) -> None:
    clue = await verifying(county, admin)
    sign = await proposed(county, admin, clue, conduct=ViolationType.ONE_TO_MANY)
    await do(county, "leader", conclude_clue, sign)
    assert await followed(admin) == NOTHING | {"problems": "CONFIRMED ONE_TO_MANY"}
    held = await admin.fetchrow("SELECT subject_name, unit_id FROM problem")
    assert held is not None and tuple(held) == ("某培训中心", county.units["school1"])


@pytest.mark.parametrize(
    ("outcome", "educations"), [(ClueOutcome.UNSUBSTANTIATED, 0), (ClueOutcome.FALSE, 1)]
)
async def test_what_is_not_true_has_no_consequence_but_education(
    county: County, admin: asyncpg.Connection, outcome: ClueOutcome, educations: int
) -> None:
    clue = await verifying(county, admin)
    sign = await proposed(county, admin, clue, outcome)
    await do(county, "leader", conclude_clue, sign)
    assert await followed(admin) == NOTHING | {"educations": educations}
    events = await admin.fetch("SELECT kind FROM event WHERE kind LIKE 'clue.%' ORDER BY id")
    assert "clue.substantiated" not in [row["kind"] for row in events]
    # Whatever came out, the reporter is owed an answer (S3-16).
    answer = ReplyClue(clue, "经核查，未发现所述情形。", ReplyChannel.RECEIPT)
    assert await refused(county, "clue_officer", reply_clue, answer) == []


async def test_who_proposed_does_not_sign(county: County, admin: asyncpg.Connection) -> None:
    clue = await verifying(county, admin)
    sign = await proposed(county, admin, clue, ClueOutcome.FALSE)
    for who in ("clue_officer", "county_officer", "officer1", "area_lead"):
        with pytest.raises(Forbidden):
            await do(county, who, conclude_clue, sign)
    async with unit_of_work(county.scope, "test.seat") as session:
        await hold_post(
            session, county.posts["leader"], county.accounts["clue_officer"], SINCE, is_deputy=True
        )
    assert await refused(county, "clue_officer", conclude_clue, sign) == [
        ("SAME_HAND", "conclusionId")
    ]
    assert await refused(county, "leader", conclude_clue, sign) == []


async def test_what_was_read_is_what_is_signed(county: County, admin: asyncpg.Connection) -> None:
    clue = await verifying(county, admin)
    read = await proposed(county, admin, clue, ClueOutcome.FALSE)
    newer = await proposed(county, admin, clue, ClueOutcome.UNSUBSTANTIATED)
    assert await refused(county, "leader", conclude_clue, read) == [("WRONG_STATE", "conclusionId")]
    back = ReturnConclusion(newer.conclusion_id, "证据不足，请补充核查")
    returned = await do(county, "leader", return_conclusion, back)
    assert returned.status == ClueStatus.VERIFYING
    last = await proposed(county, admin, clue, ClueOutcome.UNSUBSTANTIATED)
    answers = await asyncio.gather(
        *(refused(county, "leader", conclude_clue, last) for _ in range(3))
    )
    assert sorted(map(len, answers)) == [0, 1, 1]
    states = await admin.fetch("SELECT status FROM clue_conclusion ORDER BY proposed_at")
    assert [row["status"] for row in states] == ["REPLACED", "RETURNED", "SIGNED"]


async def test_the_conduct_goes_with_what_is_true(
    county: County, other_county: County, admin: asyncpg.Connection
) -> None:
    theirs = await registered(other_county)
    clue = await verifying(county, admin)
    missing = ProposeConclusion(clue, ClueOutcome.PARTIALLY, "短", institution_id=theirs)
    assert await refused(county, "clue_officer", propose_conclusion, missing) == [
        ("TEXT_LENGTH", "text"),
        ("CONDUCT_MISSING", "conduct"),
        ("NOT_FOUND", "institutionId"),
    ]
    unwanted = ProposeConclusion(clue, ClueOutcome.FALSE, TEXT, ViolationType.OTHER)
    assert await refused(county, "clue_officer", propose_conclusion, unwanted) == [
        ("CONDUCT_UNWANTED", "conduct")
    ]


async def test_an_assigned_clue_is_its_verifiers(county: County, admin: asyncpg.Connection) -> None:
    clue = await reported(county, admin)
    early = AssignClue(clue, county.posts["officer2"])
    assert await refused(county, "clue_officer", assign_clue, early) == [("WRONG_STATE", "id")]
    await do(county, "clue_officer", triage_clue, TriageClue(clue, ClueStatus.ACCEPTED))
    for post, code in (("finance", "POST_UNFIT"), ("operator", "POST_UNFIT")):
        command = AssignClue(clue, county.posts[post])
        assert await refused(county, "clue_officer", assign_clue, command) == [(code, "postId")]
    given = await do(county, "clue_officer", assign_clue, early)
    assert (given.status, given.owner_unit_id) == (ClueStatus.VERIFYING, county.units["school2"])
    assert given.owner_reason == "ASSIGNED"
