"""A problem's way to its write-off: who may take which step, and what time does to it."""

import asyncio
from datetime import date
from uuid import UUID

import asyncpg
import pytest

from infra.errors import Forbidden
from services.deadlines.service import ExtendDeadline, extend
from services.deadlines.stepping import take_due_steps
from services.problems.models import ProblemSource, ProblemStatus, ViolationType
from services.problems.rectification import (
    ExtendRectification,
    FixOnSite,
    IssueNotice,
    RecheckProblem,
    SubmitEvidence,
    extend_rectification,
    fix_on_site,
    issue_notice,
    recheck_problem,
    submit_evidence,
)
from services.problems.service import (
    ConfirmProblem,
    DismissProblem,
    FindProblem,
    NotifyProblem,
    confirm_problem,
    dismiss_problem,
    find_problem,
    notify_problem,
)
from tests.harness.clockwork import set_clock, settle
from tests.harness.county import County
from tests.services.files.uploads import staged
from tests.services.problems.steps import (
    confirmed,
    do,
    found,
    handed_in,
    noticed,
    rechecked,
    refused,
    registered,
)

START, DUE = "2026-03-02 09:00", date(2026, 3, 12)


async def row(admin: asyncpg.Connection, problem: UUID) -> asyncpg.Record:
    """A problem as it stands."""
    held = await admin.fetchrow("SELECT * FROM problem WHERE id = $1", problem)
    assert held is not None
    return held


async def figure(admin: asyncpg.Connection, metric: str) -> tuple[int, int]:
    """Numerator and denominator of a figure, folded or not."""
    held = await admin.fetchrow(
        "SELECT coalesce(sum(n), 0)::int, coalesce(sum(d), 0)::int FROM ("
        " SELECT numerator n, denominator d FROM metric_delta WHERE metric = $1 UNION ALL"
        " SELECT numerator, denominator FROM metric_total WHERE metric = $1) x",
        metric,
    )
    assert held is not None
    return held[0], held[1]


async def events(admin: asyncpg.Connection, kind: str) -> int:
    """How often something happened."""
    return int(await admin.fetchval("SELECT count(*) FROM event WHERE kind = $1", kind))


async def test_found_confirmed_noticed_rectified_rechecked_written_off(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, START)
    problem = await confirmed(county, await registered(county))
    assert (await row(admin, problem))["unit_id"] == county.units["school1"]
    await do(county, "county_officer", notify_problem, NotifyProblem(problem))
    again = await refused(county, "county_officer", notify_problem, NotifyProblem(problem))
    assert again == [("ALREADY_NOTIFIED", "id")]
    await noticed(county, problem, DUE)
    await handed_in(county, problem)
    assert (await row(admin, problem))["status"] == ProblemStatus.PENDING_RECHECK
    closed = await rechecked(county, problem, "area_lead", is_passed=True)
    assert closed.status == ProblemStatus.WRITTEN_OFF
    assert closed.written_off_at is not None and closed.overdue_at is None
    assert await admin.fetchval("SELECT state FROM deadline WHERE subject_id = $1", problem) == (
        "MET"
    )
    assert await figure(admin, "problems.found") == (1, 0)
    assert await figure(admin, "problems.written_off") == (1, 1)
    assert await figure(admin, "problems.overdue") == (0, 1)
    for kind in ("problem.found", "problem.confirmed", "problem.notice_issued"):
        assert await events(admin, kind) == 1, kind
    assert await events(admin, "problem.written_off") == 1
    photo = await admin.fetchrow("SELECT status, unit_id FROM file")
    assert photo is not None and tuple(photo) == ("ATTACHED", county.units["school1"])


async def test_a_notice_without_goal_time_and_measures_has_three_faults(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, START)
    problem = await confirmed(county, await registered(county))
    bare = IssueNotice(problem, None, None, "　")
    assert await refused(county, "county_officer", issue_notice, bare) == [
        ("GOAL_MISSING", "goal"),
        ("DUE_MISSING", "dueOn"),
        ("MEASURES_MISSING", "measures"),
    ]
    for due_on in (date(2026, 3, 2), date(2026, 4, 2)):
        late = IssueNotice(problem, "公示到位", due_on, "张贴公示")
        assert await refused(county, "county_officer", issue_notice, late) == [
            ("DUE_OUT_OF_RANGE", "dueOn")
        ]
    # The control: the last day that policy allows is taken.
    await noticed(county, problem, date(2026, 4, 1))
    assert await admin.fetchval("SELECT due_on FROM deadline WHERE rule = 'problem.rectify'") == (
        date(2026, 4, 1)
    )


async def test_at_once_needs_a_photo_and_another_eye(
    county: County, admin: asyncpg.Connection
) -> None:
    problem = await confirmed(county, await registered(county))
    without = FixOnSite(problem, "当场更换", ())
    assert await refused(county, "officer1", fix_on_site, without) == [
        ("EVIDENCE_MISSING", "evidenceFileIds")
    ]
    foreign = FixOnSite(problem, "当场更换", (await staged(county, "officer2"),))
    assert await refused(county, "officer1", fix_on_site, foreign) == [
        ("NOT_FOUND", "evidenceFileIds")
    ]
    assert await admin.fetchval("SELECT count(*) FROM rectification_evidence") == 0
    photo = await staged(county, "officer1")
    fixed = await do(county, "officer1", fix_on_site, FixOnSite(problem, "当场更换", (photo,)))
    assert (fixed.mode, fixed.status) == ("IMMEDIATE", ProblemStatus.PENDING_RECHECK)
    failed = await rechecked(county, problem, "area_lead", is_passed=False)
    # What was not put right at once needs a notice, with goal, time and measures.
    assert (failed.status, failed.round) == (ProblemStatus.CONFIRMED, 2)


@pytest.mark.parametrize("who", ["area_lead", "county_officer"])
async def test_neither_finder_nor_sender_rechecks(county: County, who: str) -> None:
    institution = await registered(county)
    mine = await found(county, institution, who)
    await do(county, "second_officer", confirm_problem, ConfirmProblem(mine))
    photo = await staged(county, who)
    await do(county, who, fix_on_site, FixOnSite(mine, "当场更换", (photo,)))
    command = RecheckProblem(mine, True, "现场复核")
    assert await refused(county, who, recheck_problem, command) == [("SAME_HAND", "id")]
    sent = await confirmed(county, institution)
    photo = await staged(county, who)
    await do(county, who, fix_on_site, FixOnSite(sent, "当场更换", (photo,)))
    command = RecheckProblem(sent, True, "现场复核")
    assert await refused(county, who, recheck_problem, command) == [("SAME_HAND", "id")]
    # The control: whoever did neither may.
    assert await refused(county, "second_officer", recheck_problem, command) == []


async def test_the_rounds_end_in_enforcement(county: County, admin: asyncpg.Connection) -> None:
    await set_clock(admin, START)
    problem = await confirmed(county, await registered(county))
    await noticed(county, problem, DUE)
    await handed_in(county, problem)
    second = await rechecked(county, problem, "area_lead", is_passed=False)
    assert (second.status, second.round) == (ProblemStatus.RECTIFYING, 2)
    due = await admin.fetchval(
        "SELECT due_on FROM deadline WHERE subject_id = $1 AND state = 'RUNNING'", problem
    )
    assert due == date(2026, 3, 17)
    await handed_in(county, problem)
    last = await rechecked(county, problem, "area_lead", is_passed=False)
    assert last.status == ProblemStatus.ENFORCEMENT
    assert await events(admin, "problem.referred") == 1
    assert await admin.fetchval("SELECT count(*) FROM recheck WHERE NOT is_passed") == 2


async def test_lateness_is_marked_once_and_never_cleared(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, START)
    problem = await confirmed(county, await registered(county))
    await noticed(county, problem, DUE)
    await set_clock(admin, "2026-03-12 23:59")
    await settle()
    assert (await row(admin, problem))["status"] == ProblemStatus.RECTIFYING
    await set_clock(admin, "2026-03-13 00:01")
    await settle()
    late = await row(admin, problem)
    assert late["status"] == ProblemStatus.OVERDUE and late["overdue_at"] is not None
    longer = ExtendRectification(problem, 10, "配件需要外地采购")
    with pytest.raises(Forbidden):
        await do(county, "county_officer", extend_rectification, longer)
    extended = await do(county, "leader", extend_rectification, longer)
    assert extended.status == ProblemStatus.RECTIFYING
    assert extended.overdue_at == late["overdue_at"]
    assert await refused(county, "leader", extend_rectification, longer) == [
        ("ALREADY_EXTENDED", "id")
    ]
    await set_clock(admin, "2026-03-23 00:01")
    await settle()
    assert (await row(admin, problem))["status"] == ProblemStatus.OVERDUE
    await handed_in(county, problem)
    closed = await rechecked(county, problem, "area_lead", is_passed=True)
    assert closed.overdue_at == late["overdue_at"]
    assert await figure(admin, "problems.overdue") == (1, 1)


async def test_the_clock_marks_late_evidence_before_the_scheduler_comes(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, START)
    institution = await registered(county)
    late, early = await confirmed(county, institution), await confirmed(county, institution)
    for problem in (late, early):
        await noticed(county, problem, DUE)
    await set_clock(admin, "2026-03-12 23:58")
    await handed_in(county, early)
    await set_clock(admin, "2026-03-13 00:01")
    await handed_in(county, late)
    await settle()
    assert (await row(admin, late))["overdue_at"] is not None
    assert (await row(admin, early))["overdue_at"] is None
    for problem in (late, early):
        assert (await row(admin, problem))["status"] == ProblemStatus.PENDING_RECHECK
    assert await figure(admin, "problems.overdue") == (1, 2)


async def test_news_of_a_passed_deadline_undoes_no_extension(
    county: County, admin: asyncpg.Connection
) -> None:
    """The step is taken, the leader extends, and only then does a worker hear of the step."""
    await set_clock(admin, START)
    problem = await confirmed(county, await registered(county))
    await noticed(county, problem, DUE)
    await set_clock(admin, "2026-03-13 00:01")
    await take_due_steps()
    longer = ExtendRectification(problem, 10, "配件需要外地采购")
    await do(county, "leader", extend_rectification, longer)
    await settle(duties=False)
    held = await row(admin, problem)
    assert (held["status"], held["overdue_at"] is None) == (ProblemStatus.RECTIFYING, False)


async def test_more_time_for_the_deadline_itself_is_more_time_for_the_problem(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, START)
    problem = await confirmed(county, await registered(county))
    await noticed(county, problem, DUE)
    await set_clock(admin, "2026-03-13 00:01")
    await settle()
    assert (await row(admin, problem))["status"] == ProblemStatus.OVERDUE
    deadline = await admin.fetchrow(
        "SELECT id, version FROM deadline WHERE rule = 'problem.rectify' AND subject_id = $1",
        problem,
    )
    longer = ExtendDeadline(deadline["id"], deadline["version"], 10, "配件需要外地采购")
    await do(county, "leader", extend, longer)
    await settle()
    held = await row(admin, problem)
    assert (held["status"], held["overdue_at"] is None) == (ProblemStatus.RECTIFYING, False)
    await set_clock(admin, "2026-03-24 00:01")
    await settle()
    assert (await row(admin, problem))["status"] == ProblemStatus.OVERDUE


async def test_what_is_found_names_somebody(county: County, other_county: County) -> None:
    mine, theirs = await registered(county, unit="school2"), await registered(other_county)
    typed = (ProblemSource.INSPECTION, ViolationType.UNLICENSED, "居民楼内上课。")
    for command, faults in (
        (FindProblem(*typed), [("SUBJECT_MISSING", "subjectName")]),
        (FindProblem(*typed, institution_id=theirs), [("NOT_FOUND", "institutionId")]),
        # Another grid's institution answers as an unknown one does.
        (FindProblem(*typed, institution_id=mine), [("NOT_FOUND", "institutionId")]),
        (
            FindProblem(ProblemSource.CLUE, ViolationType.OTHER, "短", subject_name="某"),
            [
                ("TEXT_LENGTH", "facts"),
                ("TEXT_LENGTH", "subjectName"),
                ("SOURCE_UNFIT", "source"),
                ("SUBJECT_MISSING", "subjectName"),
            ],
        ),
        (
            FindProblem(
                *typed, subject_name="某家教点", unit_id=county.units["school1"],
                place_text="二号楼",
            ),
            [],
        ),
    ):  # fmt: skip
        assert await refused(county, "officer1", find_problem, command) == faults


async def test_each_step_once_whoever_comes_at_the_same_time(
    county: County, admin: asyncpg.Connection
) -> None:
    problem = await found(county, await registered(county))
    steps = [
        refused(county, "area_lead", confirm_problem, ConfirmProblem(problem)),
        refused(county, "county_officer", confirm_problem, ConfirmProblem(problem)),
        refused(county, "second_officer", dismiss_problem, DismissProblem(problem, "不属实")),
    ]
    answers = await asyncio.gather(*steps)
    assert sorted(map(len, answers)) == [0, 1, 1]
    assert (await row(admin, problem))["version"] == 2
    early = SubmitEvidence(problem, "已整改", (await staged(county, "officer1"),))
    assert await refused(county, "officer1", submit_evidence, early) == [("WRONG_STATE", "id")]
