"""Ladders: every step once, to whoever is there, in the order of the clock."""

import asyncio
from datetime import date
from uuid import UUID, uuid4

import asyncpg
import pytest

from infra.errors import Conflict, DomainError, Forbidden
from services.calendar.queries import load_calendar
from services.calendar.rules import Span
from services.deadlines import recounting, service
from services.deadlines.models import Deadline, RungKind
from services.deadlines.rules import RULES, Rung, deadline_rule
from services.deadlines.service import ExtendDeadline
from services.deadlines.stepping import take_due_steps
from tenants import audit, policies
from tenants.policies import policy
from tenants.session import reading, unit_of_work
from tests.harness.clockwork import set_clock, settle
from tests.harness.county import County

TASK = deadline_rule(
    "test.task",
    "试验事项",
    amount=policy("test.task_days", 10, "calendar days", "test"),
    span=Span.CALENDAR_DAYS,
    subject_type="Clue",
    max_extension=policy("test.task_extension", 20, "calendar days", "test"),
)
STATUTORY = deadline_rule(
    "test.statutory",
    "法定事项",
    amount=policy("test.statutory_days", 15, "calendar days", "test"),
    span=Span.CALENDAR_DAYS,
    subject_type="Clue",
    ladder=(Rung(RungKind.REMIND, -3), Rung(RungKind.DUE)),
    rolls=True,
)


async def begin(county: County, post: str | None = "officer1", **how: object) -> UUID:
    """A deadline of the test rule; its subject."""
    subject = uuid4()
    async with unit_of_work(county.scope, "test.start") as session:
        owner = county.posts[post] if post else None
        await service.start(session, TASK, subject, owner, **how)  # type: ignore[arg-type]
    return subject


async def trace(admin: asyncpg.Connection, subject: UUID) -> list[tuple[str, bool]]:
    """Rungs taken, in order, with whether they came late."""
    rows = await admin.fetch(
        "SELECT rung, is_late FROM deadline_step s JOIN deadline d"
        " ON d.tenant_id = s.tenant_id AND d.id = s.deadline_id"
        " WHERE d.subject_id = $1 ORDER BY s.round, s.step",
        subject,
    )
    return [(row["rung"], row["is_late"]) for row in rows]


async def inbox(admin: asyncpg.Connection, county: County, who: str) -> list[str]:
    """Templates of the messages that an account has, the oldest first."""
    rows = await admin.fetch(
        "SELECT template FROM message WHERE account_id = $1 ORDER BY id", county.accounts[who]
    )
    return [row["template"] for row in rows]


async def dates(admin: asyncpg.Connection, subject: UUID) -> tuple[date, date, date, bool]:
    row = await admin.fetchrow(
        "SELECT plain_on, rolled_on, due_on, is_provisional FROM deadline WHERE subject_id = $1",
        subject,
    )
    return row["plain_on"], row["rolled_on"], row["due_on"], row["is_provisional"]


async def test_a_ladder_climbs_step_by_step_each_once(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, "2026-03-02 10:00")
    subject = await begin(county)
    assert await dates(admin, subject) == (
        date(2026, 3, 12),
        date(2026, 3, 12),
        date(2026, 3, 12),
        False,
    )
    expected: list[tuple[str, bool]] = []
    for moment, rung in (
        ("2026-03-09 08:59", None),
        ("2026-03-09 09:00", "REMIND"),
        ("2026-03-12 23:59", None),
        ("2026-03-13 00:00", "DUE"),
        ("2026-03-13 09:01", "ABOVE"),
        ("2026-03-17 09:01", "LEADER"),
        ("2026-03-19 09:01", "DRAFT"),
        ("2026-04-19 09:01", None),
    ):
        await set_clock(admin, moment)
        await settle()
        await settle()
        if rung:
            expected.append((rung, False))
        assert await trace(admin, subject) == expected, moment
    assert await inbox(admin, county, "officer1") == ["deadline.remind", "deadline.due"]
    assert await inbox(admin, county, "area_lead") == ["deadline.above"]
    assert await inbox(admin, county, "leader") == ["deadline.leader"]
    state = await admin.fetchrow("SELECT state, missed_at FROM deadline")
    assert state["state"] == "MISSED" and state["missed_at"] is not None
    async with reading(county.scope) as session:
        assert await audit.broken_links(session, county.number) == []


async def test_what_is_done_in_time_climbs_no_further(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, "2026-03-02 10:00")
    done, left = await begin(county), await begin(county)
    await set_clock(admin, "2026-03-10 10:00")
    async with unit_of_work(county.scope, "test.done") as session:
        met = await service.satisfy(session, TASK, done)
        assert met is not None and met.met_at is not None
    await set_clock(admin, "2026-04-10 10:00")
    await settle()
    assert await trace(admin, done) == []
    assert len(await trace(admin, left)) == 5  # the control: its clock went on


async def test_steps_after_an_outage_are_all_taken_once_and_marked(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, "2026-03-02 10:00")
    subject = await begin(county)
    await set_clock(admin, "2026-03-18 10:00")
    await asyncio.gather(*(take_due_steps() for _ in range(4)))
    rungs = [("REMIND", True), ("DUE", True), ("ABOVE", True), ("LEADER", True)]
    assert await trace(admin, subject) == rungs
    assert await take_due_steps() == 0


async def test_schedulers_side_by_side_take_each_step_once(
    county: County, other_county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, "2026-03-02 10:00")
    for place in (county, other_county):
        for _ in range(8):
            await begin(place)
    await set_clock(admin, "2026-03-30 10:00")
    taken = await asyncio.gather(*(take_due_steps() for _ in range(6)))
    assert sum(taken) + await take_due_steps() == 16 * 5
    assert await admin.fetchval("SELECT count(*) FROM deadline_step") == 16 * 5
    told = await admin.fetchval(
        "SELECT count(*) FROM event WHERE kind IN ('deadline.stepped', 'deadline.ladder_ended')"
    )
    assert told == 16 * 5
    missed = await admin.fetchval(
        "SELECT sum(numerator) FROM metric_delta WHERE metric = 'deadlines.missed'"
    )
    assert missed == 16
    for place in (county, other_county):
        async with reading(place.scope) as session:
            assert await audit.broken_links(session, place.number) == []


async def test_a_vacant_post_and_a_deputy(county: County, admin: asyncpg.Connection) -> None:
    await set_clock(admin, "2026-03-02 10:00")
    await admin.execute(
        "UPDATE holding SET valid_to = '2026-03-01' WHERE post_id = $1", county.posts["officer1"]
    )
    await begin(county)
    await set_clock(admin, "2026-03-09 09:00")
    await settle()
    assert await inbox(admin, county, "area_lead") == ["deadline.vacant"]
    # The control: with a deputy in the post, the deputy hears of it and nobody above.
    await admin.execute(
        "INSERT INTO holding (tenant_id, id, post_id, account_id, is_deputy, valid_from)"
        " VALUES ($1, gen_random_uuid(), $2, $3, true, '2026-03-01')",
        county.number,
        county.posts["officer1"],
        county.accounts["officer2"],
    )
    await set_clock(admin, "2026-03-13 00:00")
    await settle()
    assert await inbox(admin, county, "officer2") == ["deadline.due"]
    assert await inbox(admin, county, "area_lead") == ["deadline.vacant"]


async def test_a_statutory_end_on_a_rest_day_rolls_and_both_dates_are_kept(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, "2026-04-20 10:00")
    subject = uuid4()
    async with unit_of_work(county.scope, "test.start") as session:
        await service.start(session, STATUTORY, subject, county.posts["officer1"])
    # 1–5 May 2026 are the holiday; the 5th is the 15th day, the 6th the next workday.
    assert await dates(admin, subject) == (
        date(2026, 5, 5),
        date(2026, 5, 6),
        date(2026, 5, 6),
        False,
    )
    await set_clock(admin, "2026-05-02 09:00")
    await settle()
    assert [rung for rung, _ in await trace(admin, subject)] == ["REMIND"]  # by the plain day
    await set_clock(admin, "2026-05-06 23:59")
    await settle()
    assert [rung for rung, _ in await trace(admin, subject)] == ["REMIND"]
    await set_clock(admin, "2026-05-07 00:00")
    await settle()
    assert [rung for rung, _ in await trace(admin, subject)] == ["REMIND", "DUE"]


async def test_a_pause_keeps_what_is_left(county: County, admin: asyncpg.Connection) -> None:
    await set_clock(admin, "2026-03-02 10:00")
    subject = await begin(county)
    await set_clock(admin, "2026-03-06 10:00")
    async with unit_of_work(county.scope, "test.pause") as session:
        await service.pause(session, TASK, subject)
    await set_clock(admin, "2026-03-31 10:00")
    await settle()
    assert await trace(admin, subject) == []
    async with unit_of_work(county.scope, "test.resume") as session:
        again = await service.resume(session, TASK, subject)
        assert again is not None and again.due_on == date(2026, 4, 6)
    await set_clock(admin, "2026-04-07 00:00")
    await settle()
    assert [rung for rung, _ in await trace(admin, subject)] == ["REMIND", "DUE"]


async def test_an_extension_is_granted_once_by_a_leader(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, "2026-03-02 10:00")
    subject = await begin(county)
    await set_clock(admin, "2026-03-13 01:00")
    await settle()
    leader, officer = await county.principal("leader"), await county.principal("county_officer")
    deadline = await admin.fetchrow("SELECT id, version FROM deadline")

    async def extend(days: int, version: int, reason: str = "案情复杂需要延长") -> Deadline:
        command = ExtendDeadline(deadline["id"], version, days, reason)
        async with unit_of_work(leader.scope, "deadline.extend") as session:
            return await service.extend(session, leader, command)

    with pytest.raises(Forbidden):
        async with unit_of_work(officer.scope, "deadline.extend") as session:
            await service.extend(session, officer, ExtendDeadline(deadline["id"], 2, 5, "理由充分"))
    with pytest.raises(Conflict):
        await extend(5, deadline["version"] + 1)
    with pytest.raises(DomainError) as refused:
        await extend(21, deadline["version"], "短")
    assert [fault.code for fault in refused.value.faults] == ["DAYS_OUT_OF_RANGE", "TEXT_LENGTH"]
    extended = await extend(5, deadline["version"])
    assert (extended.due_on, extended.state, extended.round) == (date(2026, 3, 17), "RUNNING", 2)
    assert extended.missed_at is not None
    with pytest.raises(DomainError) as refused:
        await extend(1, extended.version)
    assert [fault.code for fault in refused.value.faults] == ["ALREADY_EXTENDED"]
    await set_clock(admin, "2026-03-18 00:00")
    await settle()
    assert [rung for rung, _ in await trace(admin, subject)] == [
        "REMIND",
        "DUE",
        "REMIND",
        "DUE",
    ]


async def test_a_tenants_own_ladder_and_length(county: County, admin: asyncpg.Connection) -> None:
    await set_clock(admin, "2026-03-02 10:00")
    async with unit_of_work(county.scope, "test.policy") as session:
        own = [["DUE", 0, "CALENDAR_DAYS"], ["LEADER", 1, "CALENDAR_DAYS"]]
        since = date(2026, 1, 1)
        await policies.set_value(session, RULES["test.task"].amount, 5, since, "本县规定")
        await policies.set_value(session, RULES["test.task"].ladder, own, since, "本县规定")
    subject = await begin(county)
    assert (await dates(admin, subject))[0] == date(2026, 3, 7)
    await set_clock(admin, "2026-03-30 10:00")
    await settle()
    assert [rung for rung, _ in await trace(admin, subject)] == ["DUE", "LEADER"]


async def test_done_and_due_at_the_same_moment_never_wait_crosswise(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, "2026-03-02 10:00")
    subjects = [await begin(county) for _ in range(12)]
    await set_clock(admin, "2026-03-13 10:00")

    async def done(subject: UUID) -> None:
        async with unit_of_work(county.scope, "test.done") as session:
            await service.satisfy(session, TASK, subject)

    async with asyncio.timeout(20):
        await asyncio.gather(*(done(one) for one in subjects), take_due_steps(), take_due_steps())
    assert await admin.fetchval("SELECT count(*) FROM deadline WHERE state <> 'MET'") == 0
    assert await admin.fetchval("SELECT count(*) FROM deadline_alarm") == 0


async def test_a_window_into_an_unknown_year_is_provisional_and_moves_with_the_notice(
    county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, "2026-12-20 10:00")
    rule = RULES["clue.triage"]
    subject = uuid4()
    async with unit_of_work(county.scope, "test.start") as session:
        started = await service.start(session, rule, subject, county.posts["officer1"], amount=20)
    assert started.is_provisional
    before = started.due_on
    await admin.execute(
        "INSERT INTO calendar_day (day, is_workday, source, is_official) SELECT d::date,"
        " extract(isodow FROM d) < 6 AND d > '2027-01-06', 'test notice', true"
        " FROM generate_series('2027-01-01'::date, '2027-12-31', '1 day') d"
        " ON CONFLICT (day) DO UPDATE SET is_workday = excluded.is_workday, is_official = true"
    )
    await admin.execute(
        "INSERT INTO calendar_change (version, year, source, days_changed, first_on, last_on,"
        " is_shipped, loaded_at) SELECT max(version) + 1, 2027, 'test notice', 365, '2027-01-01',"
        " '2027-12-31', false, now() FROM calendar_change"
    )
    async with reading(county.scope) as session:
        coming = await load_calendar(session)
    assert await recounting.preview(coming) == {county.number: 1}
    assert (await dates(admin, subject))[2] == before
    await settle()
    after = (await dates(admin, subject))[2]
    assert after == coming.working_days_after(date(2026, 12, 20), 20) > before
    assert (await dates(admin, subject))[3] is False
    assert await inbox(admin, county, "officer1") == ["deadline.moved"]
    assert await recounting.preview(coming) == {}
