"""Rules of deadlines: what a rule states, when its steps fall, what is left when it pauses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from infra.clock import SHANGHAI
from infra.outbox import Event
from services.calendar.rules import Calendar, Due, Span, due, end_of_day
from services.deadlines.models import Deadline, RungKind
from services.notifications.rules import code_of, speak
from tenants.policies import Policy, policy


@dataclass(frozen=True)
class Rung:
    """A step `after` so many `span`s from the last day (negative: before it)."""

    kind: RungKind
    after: int = 0
    span: Span = Span.CALENDAR_DAYS


STANDARD = (
    Rung(RungKind.REMIND, -3),
    Rung(RungKind.DUE),
    Rung(RungKind.ABOVE, 1, Span.WORKING_DAYS),
    Rung(RungKind.LEADER, 3, Span.WORKING_DAYS),
    Rung(RungKind.DRAFT, 5, Span.WORKING_DAYS),
)
"""escalation.ladder (N:12345a adapted [I]): remind 3 days before, tell at due, then upwards."""

SILENCE = (Rung(RungKind.DUE),)
"""For periods whose silent end has a consequence and that nobody has to be chased for."""


@dataclass(frozen=True)
class DeadlineRule:
    """A kind of deadline: how long, counted in what, for which type, and its ladder.

    `rolls`: a last day that is a rest day gives way to the next workday (民法典 203); true for
    statutory periods, false for internal ones. `passed`: the event that tells the owning noun
    when the deadline has passed. `max_extension`: calendar days one extension may add; 0: none.
    """

    key: str
    amount: Policy
    span: Span
    subject_type: str
    ladder: Policy
    rolls: bool
    passed: type[Event] | None
    max_extension: Policy | None

    @property
    def code(self) -> str:
        """The rule as messages carry it."""
        return code_of(self.key)


RULES: dict[str, DeadlineRule] = {}


def deadline_rule(
    key: str,
    name: str,
    *,
    amount: Policy,
    span: Span,
    subject_type: str,
    ladder: Sequence[Rung] = STANDARD,
    rolls: bool = False,
    passed: type[Event] | None = None,
    max_extension: Policy | None = None,
) -> DeadlineRule:
    """Declare a kind of deadline beside the noun that starts it; `name` is what messages say.

    The ladder becomes the policy `<key>.ladder`, so that a tenant may set its own. `passed` must
    have the fields `tenant_id`, `deadline_id`, `subject_id`. Raises ValueError when declared twice.
    """
    if key in RULES:
        raise ValueError(f"deadline rule {key} is declared twice")
    steps = policy(
        f"{key}.ladder",
        [[rung.kind.value, rung.after, rung.span.value] for rung in ladder],
        "list of [rung, offset, span]",
        "escalation.ladder, N:12345a adapted [I]",
    )
    speak({key: name})
    declared = DeadlineRule(key, amount, span, subject_type, steps, rolls, passed, max_extension)
    RULES[key] = declared
    return declared


def rungs(value: Sequence[Sequence[Any]]) -> tuple[Rung, ...]:
    """A ladder from its policy value. Raises ValueError for an unknown rung or span."""
    return tuple(Rung(RungKind(kind), int(after), Span(span)) for kind, after, span in value)


@dataclass(frozen=True)
class Alarm:
    """When a step is to be taken; `step` is its place in the ladder."""

    step: int
    kind: RungKind
    fires_at: datetime


@dataclass(frozen=True)
class Plan:
    """A deadline's dates and the steps before and after it."""

    plain_on: date
    rolled_on: date
    due_on: date
    due_at: datetime
    is_provisional: bool
    alarms: tuple[Alarm, ...]


def plan(
    calendar: Calendar,
    ends: Due,
    ladder: Sequence[Rung],
    *,
    rolls: bool,
    now: datetime,
    remind_hour: int,
) -> Plan:
    """The dates of a deadline that ends as given, and its steps.

    Reminders count from the plain day, what follows from the day that counts (both dates are
    kept; warnings go by the earlier, expiry by the later). A step before the end whose time has
    passed already is left out; one after it would come late and does.
    """
    due_on = ends.rolled_on if rolls else ends.plain_on
    due_at = end_of_day(due_on)
    alarms = []
    for step, rung in enumerate(ladder):
        fires_at = _instant(calendar, rung, ends.plain_on, due_on, remind_hour)
        if fires_at <= now and fires_at < due_at:
            continue
        alarms.append(Alarm(step, rung.kind, fires_at))
    return Plan(ends.plain_on, ends.rolled_on, due_on, due_at, ends.is_provisional, tuple(alarms))


def _instant(calendar: Calendar, rung: Rung, plain_on: date, due_on: date, hour: int) -> datetime:
    if rung.after < 0:
        if rung.span is Span.WORKING_DAYS:
            day = calendar.working_days_before(plain_on, -rung.after)
        else:
            day = plain_on + timedelta(days=rung.after)
    elif rung.after == 0:
        return end_of_day(due_on)
    else:
        day = due(calendar, due_on, rung.after, rung.span).plain_on
    return datetime.combine(day, time(hour), SHANGHAI)


def until(calendar: Calendar, last_on: date) -> Due:
    """A deadline whose last day somebody has set."""
    rolled = calendar.next_workday(last_on)
    return Due(last_on, rolled, calendar.provisional_between(last_on, rolled))


def recounted(deadline: Deadline, calendar: Calendar) -> Due:
    """The end of a deadline on another calendar; a day that somebody has set stays."""
    if deadline.amount is None:
        return until(calendar, deadline.plain_on)
    return due(calendar, deadline.counted_from, deadline.amount, deadline.span)


def counted_in(span: Span) -> Span:
    """What is left of a paused deadline is counted in: working days stay, all else is days."""
    return span if span is Span.WORKING_DAYS else Span.CALENDAR_DAYS


def remaining(calendar: Calendar, today: date, plain_on: date, span: Span) -> int:
    """What is left of a period that ends on `plain_on`, after `today`; 0 when it is over."""
    if span is not Span.WORKING_DAYS:
        return max(0, (plain_on - today).days)
    left, day = 0, today
    while day < plain_on:
        day += timedelta(days=1)
        left += calendar.is_workday(day)
    return left
