"""Loading the year of a notice: what it would change, then the change (operators only)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from infra.errors import DomainError, Fault
from services.calendar import loading
from services.calendar.errors import CalendarErrorCode
from services.calendar.loading import Day
from services.calendar.notice import Named, read_notice, whole_year
from services.calendar.rules import Calendar
from services.calendar.shipped import rest_days_by_law

LONGEST_SOURCE = 100


@dataclass(frozen=True)
class LoadYear:
    """A notice of the State Council's office: its file, its year and its number."""

    content: bytes
    year: int
    source: str


@dataclass(frozen=True)
class Moved:
    """A day that becomes a workday or a rest day."""

    day: date
    is_workday: bool
    name: str | None


@dataclass(frozen=True)
class Preview:
    """What a load would change.

    `moved`: days whose kind changes. `rows`: days that change in any way, becoming official
    included; 0 when the load would change nothing. `workdays`: of the year, after and before. A
    notice moves rest days and gives none, so that the two are equal unless it changes the law.
    """

    moved: tuple[Moved, ...]
    rows: int
    workdays: int
    workdays_before: int


async def preview_year(connection: AsyncConnection, command: LoadYear) -> Preview:
    """What the load would change. Raises DomainError with every fault of the file."""
    held, wanted = await _days(connection, command)
    return _preview(command.year, held, wanted)


async def load_year(connection: AsyncConnection, command: LoadYear) -> Preview:
    """Load the year; the calendar's version grows, by which open deadlines are counted again.

    Loading the same file twice changes nothing. Raises DomainError with every fault of the file.
    """
    held, wanted = await _days(connection, command)
    changed = loading.differing(held, wanted)
    if changed:
        await loading.write(
            connection, command.year, changed, wanted, source=command.source, is_shipped=False
        )
    return _preview(command.year, held, wanted)


async def _days(
    connection: AsyncConnection, command: LoadYear
) -> tuple[dict[date, Day], dict[date, Day]]:
    """The rows as they are and as they would be, over the same stretch."""
    source = command.source.strip()
    if not 2 <= len(source) <= LONGEST_SOURCE or not source.isprintable():
        zh = f"须注明通知文号（2 至 {LONGEST_SOURCE} 字），如 国办发明电〔2025〕7号"
        en = f"Name the notice in 2 to {LONGEST_SOURCE} characters, such as 国办发明电〔2025〕7号"
        raise DomainError(Fault(CalendarErrorCode.SOURCE_INVALID, zh, en, ("source",)))
    year = command.year
    by_law = rest_days_by_law(year)
    notice = whole_year(year, read_notice(command.content, year, by_law))
    held = await loading.held_days(connection, min(notice), date(year, 12, 31))
    wanted = {
        day: held[day] if _says_the_same(held.get(day), said) else _row(day, said, source)
        for day, said in notice.items()
    }
    return {day: row for day, row in held.items() if day in wanted}, wanted


def _says_the_same(held: Day | None, said: Named) -> bool:
    return (
        held is not None
        and held.is_official
        and (held.is_workday, held.name) == (said.is_workday, said.name)
    )


def _row(day: date, said: Named, source: str) -> Day:
    return Day(day, said.is_workday, said.name, source, True)


def _preview(year: int, held: dict[date, Day], wanted: dict[date, Day]) -> Preview:
    before, after = _calendar(held), _calendar(wanted)
    moved = tuple(
        Moved(day, row.is_workday, row.name)
        for day, row in sorted(wanted.items())
        if row.is_workday != before.is_workday(day)
    )
    days = [day for day in wanted if day.year == year]
    return Preview(
        moved,
        len(loading.differing(held, wanted)),
        sum(after.is_workday(day) for day in days),
        sum(before.is_workday(day) for day in days),
    )


def _calendar(rows: dict[date, Day]) -> Calendar:
    return Calendar(
        {day: row.is_workday for day, row in rows.items() if row.is_official},
        frozenset(day for day, row in rows.items() if not row.is_official),
    )
