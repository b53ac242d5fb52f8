"""Periods and their ends: working days, calendar days, months, and days of a month."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from infra.clock import SHANGHAI

_DAY = timedelta(days=1)
_SATURDAY = 5


class Span(StrEnum):
    """What a period is counted in.

    WORKING_DAYS 工作日 · CALENDAR_DAYS 自然日 · MONTHS 月 ·
    DAY_OF_MONTH: by that day, included, of the month after the start's (S0-10 每月5日前).
    """

    WORKING_DAYS = "WORKING_DAYS"
    CALENDAR_DAYS = "CALENDAR_DAYS"
    MONTHS = "MONTHS"
    DAY_OF_MONTH = "DAY_OF_MONTH"


@dataclass(frozen=True)
class Calendar:
    """Working days as known now, for any day: no year is unknown, some are provisional.

    `official`: whether a day is a workday, for every day of the years whose notice is out.
    `statutory`: rest days by law in other years; there every other Monday to Friday is a workday
    until the notice says otherwise. `version`: of the calendar these days were read from; a date
    computed under an older one may have moved.
    """

    official: Mapping[date, bool]
    statutory: frozenset[date] = field(default_factory=frozenset)
    version: int = 0

    def is_workday(self, day: date) -> bool:
        """Whether people work on that day, make-up workdays (调休上班) included."""
        known = self.official.get(day)
        if known is not None:
            return known
        return is_weekday(day) and day not in self.statutory

    def is_official(self, day: date) -> bool:
        """Whether a notice has fixed the day, so that it will not move."""
        return day in self.official

    def working_days_after(self, start: date, n: int) -> date:
        """The `n`-th workday after `start`, which itself is not counted (民法典 201).

        Raises ValueError for a negative `n`; 0 gives `start`.
        """
        return self._step(start, n, _DAY)

    def working_days_before(self, day: date, n: int) -> date:
        """The `n`-th workday before `day`, which itself is not counted; 0 gives `day`."""
        return self._step(day, n, -_DAY)

    def next_workday(self, day: date) -> date:
        """The day itself when it is a workday, else the first one after it (民法典 203)."""
        while not self.is_workday(day):
            day += _DAY
        return day

    def provisional_between(self, a: date, b: date) -> bool:
        """Whether a day from `a` to `b`, both included, may still change its kind."""
        day = a
        while day <= b:
            if day not in self.official:
                return True
            day += _DAY
        return False

    def _step(self, day: date, n: int, step: timedelta) -> date:
        if n < 0:
            raise ValueError(f"a period has no {n} working days")
        while n:
            day += step
            n -= self.is_workday(day)
        return day


@dataclass(frozen=True)
class Due:
    """The last day of a period.

    `plain_on`: as counted. `rolled_on`: the next workday when that one is a rest day (民法典 203),
    else the same. `is_provisional`: one of them rests on days no notice has fixed yet.
    """

    plain_on: date
    rolled_on: date
    is_provisional: bool


def is_weekday(day: date) -> bool:
    """Whether a day is a Monday to Friday."""
    return day.weekday() < _SATURDAY


def due(calendar: Calendar, start: date, amount: int, span: Span) -> Due:
    """The last day of a period of `amount` in `span`s that begins with the event on `start`.

    The day of the event is not counted (民法典 201); months end on the corresponding day or,
    where the month has none, on its last day (民法典 202). Raises ValueError for a negative
    amount, and for a day of the month below 1.
    """
    if amount < 0:
        raise ValueError(f"a period is not {amount} long")
    match span:
        case Span.WORKING_DAYS:
            plain = calendar.working_days_after(start, amount)
        case Span.CALENDAR_DAYS:
            plain = start + timedelta(days=amount)
        case Span.MONTHS:
            plain = _in_month(start, amount, start.day)
        case Span.DAY_OF_MONTH:
            plain = _in_month(start, 1, amount)
    rolled = calendar.next_workday(plain)
    # Working days depend on every day counted, the other spans only on where the end falls.
    first = min(start + _DAY, plain) if span is Span.WORKING_DAYS else plain
    return Due(plain, rolled, calendar.provisional_between(first, rolled))


def end_of_day(day: date) -> datetime:
    """24:00 of a day in legal time, the first instant that is too late."""
    return datetime.combine(day + _DAY, time.min, SHANGHAI)


def _in_month(start: date, months: int, day: int) -> date:
    """A day of the month `months` after `start`'s, or the last one when it has no such day."""
    if day < 1:
        raise ValueError(f"a month has no day {day}")
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))
