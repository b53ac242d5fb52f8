"""Commands of deadlines: start, pause, resume, satisfy, cancel, extend once, move."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError, Fault, expect_version
from infra.outbox import publish
from infra.text import text_fault
from services.calendar.queries import load_calendar
from services.calendar.rules import Due, Span, due
from services.deadlines import queries, rules
from services.deadlines.errors import DeadlineErrorCode
from services.deadlines.events import DeadlineExtended, DeadlineMoved
from services.deadlines.models import OPEN, Deadline, DeadlineAlarm, DeadlineState, RungKind
from services.deadlines.policies import REMIND_HOUR
from services.deadlines.rules import DeadlineRule
from services.deadlines.stepping import MISSED_METRIC
from services.metrics.service import record
from tenants import policies
from tenants.access import Permission, require
from tenants.principal import Principal
from tenants.session import now_of, scope_of, today_of


@dataclass(frozen=True)
class ExtendDeadline:
    """`days` calendar days more for a deadline that is at `expected_version`, and why."""

    deadline_id: UUID
    expected_version: int
    days: int
    reason: str


async def start(
    session: AsyncSession,
    rule: DeadlineRule,
    subject_id: UUID,
    owner_post_id: UUID | None,
    *,
    start_on: date | None = None,
    amount: int | None = None,
    until: date | None = None,
) -> Deadline:
    """Begin a deadline in the transaction of what it follows from.

    It runs from `start_on` (default: today; the day itself is not counted) for `amount` in the
    rule's span (default: the tenant's policy on that day), or `until` a day that somebody has set.
    An open one of the same rule and subject is an error of the caller (unique index).
    """
    tenant_id = scope_of(session).tenant_id
    assert tenant_id is not None  # noqa: S101 - a deadline belongs to a tenant
    calendar = await load_calendar(session)
    start_on = start_on or today_of(session)
    if until is not None:
        ends, amount = rules.until(calendar, until), None
    else:
        if amount is None:
            amount = int(await policies.value(session, rule.amount, start_on))
        ends = due(calendar, start_on, amount, rule.span)
    deadline = Deadline(
        tenant_id=tenant_id,
        rule=rule.key,
        subject_type=rule.subject_type,
        subject_id=subject_id,
        owner_post_id=owner_post_id,
        state=DeadlineState.RUNNING,
        start_on=start_on,
        counted_from=start_on,
        amount=amount,
        span=rule.span,
        round=1,
        version=1,
    )
    await _schedule(session, deadline, rule, ends, frozenset())
    await record(session, MISSED_METRIC, denominator=1)
    return deadline


async def satisfy(session: AsyncSession, rule: DeadlineRule, subject_id: UUID) -> Deadline | None:
    """What had to be done is done: no further step. None when no deadline was open."""
    return await _close(session, rule, subject_id, DeadlineState.MET)


async def cancel(session: AsyncSession, rule: DeadlineRule, subject_id: UUID) -> Deadline | None:
    """There is nothing left to be done: no further step. None when no deadline was open."""
    return await _close(session, rule, subject_id, DeadlineState.CANCELLED)


async def pause(session: AsyncSession, rule: DeadlineRule, subject_id: UUID) -> Deadline | None:
    """Stop the clock of a running deadline (a dispute); what is left is kept in its span."""
    deadline = await queries.find_open(session, rule.key, subject_id)
    if deadline is None:
        return None
    await queries.silence(session, deadline)
    if deadline.state != DeadlineState.RUNNING:
        return deadline
    calendar = await load_calendar(session)
    today = today_of(session)
    deadline.remaining = rules.remaining(
        calendar, today, deadline.plain_on, rules.counted_in(Span(deadline.span))
    )
    deadline.state = DeadlineState.PAUSED
    deadline.version += 1
    await session.flush()
    return deadline


async def resume(session: AsyncSession, rule: DeadlineRule, subject_id: UUID) -> Deadline | None:
    """Let the clock of a paused deadline go on: what was left then is left from today."""
    deadline = await queries.find_open(session, rule.key, subject_id)
    if deadline is None or deadline.state != DeadlineState.PAUSED:
        return deadline
    await queries.silence(session, deadline)
    if deadline.state != DeadlineState.PAUSED or deadline.remaining is None:
        return deadline
    calendar = await load_calendar(session)
    today = today_of(session)
    span = rules.counted_in(Span(deadline.span))
    ends = due(calendar, today, deadline.remaining, span)
    deadline.counted_from, deadline.amount, deadline.span = today, deadline.remaining, span
    deadline.remaining = None
    deadline.state = DeadlineState.RUNNING
    deadline.version += 1
    taken = await queries.taken_steps(session, deadline)
    await _schedule(session, deadline, rule, ends, taken)
    return deadline


async def extend(session: AsyncSession, principal: Principal, command: ExtendDeadline) -> Deadline:
    """Grant one extension, by a leader, with the reason kept in the audit chain.

    A missed deadline runs again, its mark stays. Raises Forbidden, NotFound, Conflict, DomainError.
    """
    require(principal, Permission.DEADLINE_EXTEND)
    deadline = await queries.get_visible(session, command.deadline_id)
    await queries.silence(session, deadline)
    expect_version(deadline, command.expected_version)
    rule = rules.RULES[deadline.rule]
    faults = []
    if deadline.state not in OPEN:
        faults.append(
            Fault(
                DeadlineErrorCode.DEADLINE_CLOSED,
                "该期限已了结，不能延期",
                "The deadline is closed and cannot be extended",
                ("id",),
            )
        )
    if deadline.extended_days is not None:
        faults.append(
            Fault(
                DeadlineErrorCode.ALREADY_EXTENDED,
                f"该期限已延期 {deadline.extended_days} 日，只能延期一次",
                f"Extended by {deadline.extended_days} days already; once is all",
                ("id",),
            )
        )
    if rule.max_extension is None:
        faults.append(
            Fault(
                DeadlineErrorCode.NOT_EXTENDABLE,
                "此类期限不可延期",
                "Deadlines of this kind are not extended",
                ("id",),
            )
        )
    else:
        most = int(await policies.value(session, rule.max_extension, deadline.start_on))
        if not 1 <= command.days <= most:
            faults.append(
                Fault(
                    DeadlineErrorCode.DAYS_OUT_OF_RANGE,
                    f"延期应为 1 至 {most} 个自然日",
                    f"Extend by 1 to {most} calendar days",
                    ("days",),
                )
            )
    if wrong := text_fault("reason", command.reason, 5, 200, "延期理由", "The reason"):
        faults.append(wrong)
    if faults:
        raise DomainError(*faults)
    calendar = await load_calendar(session)
    ends = due(calendar, deadline.plain_on, command.days, Span.CALENDAR_DAYS)
    session.info["subjects"].append(f"deadline.extend:{deadline.id}:{command.reason.strip()}")
    await publish(session, DeadlineExtended(deadline.tenant_id, deadline.id))
    deadline.extended_days = command.days
    deadline.round += 1
    deadline.version += 1
    if deadline.state == DeadlineState.PAUSED:
        assert deadline.remaining is not None  # noqa: S101 - a check constraint of the table
        deadline.remaining += command.days
        await session.flush()
        return deadline
    deadline.counted_from, deadline.amount = deadline.plain_on, command.days
    deadline.span = Span.CALENDAR_DAYS
    deadline.state = DeadlineState.RUNNING
    await _schedule(session, deadline, rule, ends, frozenset())
    return deadline


async def move(session: AsyncSession, deadline: Deadline) -> None:
    """Compute a running deadline anew on the present calendar; its owner hears of a new last day.

    Steps taken stay taken.
    """
    calendar = await load_calendar(session)
    rule = rules.RULES[deadline.rule]
    ends = rules.recounted(deadline, calendar)
    before = deadline.due_on
    if (deadline.plain_on, deadline.rolled_on, deadline.is_provisional) == (
        ends.plain_on,
        ends.rolled_on,
        ends.is_provisional,
    ):
        deadline.calendar_version = calendar.version
        return
    await queries.silence(session, deadline)
    if deadline.state != DeadlineState.RUNNING:
        return
    deadline.version += 1
    await _schedule(session, deadline, rule, ends, await queries.taken_steps(session, deadline))
    if deadline.due_on != before:
        await publish(session, DeadlineMoved(deadline.tenant_id, deadline.id))


async def _schedule(
    session: AsyncSession,
    deadline: Deadline,
    rule: DeadlineRule,
    ends: Due,
    taken: Collection[int],
) -> None:
    """Write a deadline's dates, and the steps to come but for those `taken` in this round."""
    start_on = deadline.start_on
    calendar = await load_calendar(session)
    planned = rules.plan(
        calendar,
        ends,
        rules.rungs(await policies.value(session, rule.ladder, start_on)),
        rolls=rule.rolls,
        now=now_of(session),
        remind_hour=int(await policies.value(session, REMIND_HOUR, start_on)),
    )
    deadline.plain_on, deadline.rolled_on = planned.plain_on, planned.rolled_on
    deadline.due_on, deadline.due_at = planned.due_on, planned.due_at
    deadline.is_provisional = planned.is_provisional
    deadline.calendar_version = calendar.version
    session.add(deadline)
    await session.flush()
    session.add_all(
        DeadlineAlarm(
            tenant_id=deadline.tenant_id,
            deadline_id=deadline.id,
            step=alarm.step,
            round=deadline.round,
            rung=alarm.kind,
            fires_at=alarm.fires_at,
            subject_id=deadline.subject_id,
            passed_kind=rule.passed.kind if rule.passed and alarm.kind is RungKind.DUE else None,
        )
        for alarm in planned.alarms
        if alarm.step not in taken
    )
    await session.flush()


async def _close(
    session: AsyncSession, rule: DeadlineRule, subject_id: UUID, state: DeadlineState
) -> Deadline | None:
    deadline = await queries.find_open(session, rule.key, subject_id)
    if deadline is None:
        return None
    await queries.silence(session, deadline)
    if deadline.state not in OPEN:
        return deadline
    now = now_of(session)
    deadline.state = state
    deadline.remaining = None
    deadline.met_at = now if state is DeadlineState.MET else None
    deadline.version += 1
    await session.flush()
    return deadline
