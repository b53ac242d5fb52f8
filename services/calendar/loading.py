"""Days on their way into the table, as the migrator: compared, replaced, and the change noted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.calendar.models import CalendarChange, CalendarDay


@dataclass(frozen=True)
class Day:
    """A row of the table."""

    day: date
    is_workday: bool
    name: str | None
    source: str
    is_official: bool


async def loads_of_operators(connection: AsyncConnection) -> list[tuple[int, date, date]]:
    """The year, first and last changed day of every load that did not ship with the product."""
    found = await connection.execute(
        select(CalendarChange.year, CalendarChange.first_on, CalendarChange.last_on).where(
            CalendarChange.is_shipped.is_(False)
        )
    )
    return [(row.year, row.first_on, row.last_on) for row in found]


async def held_days(connection: AsyncConnection, first: date, last: date) -> dict[date, Day]:
    """The rows from one day to another, both included."""
    found = await connection.execute(
        select(
            CalendarDay.day,
            CalendarDay.is_workday,
            CalendarDay.name,
            CalendarDay.source,
            CalendarDay.is_official,
        ).where(CalendarDay.day.between(first, last))
    )
    return {row.day: Day(*row) for row in found}


def differing(held: Mapping[date, Day], wanted: Mapping[date, Day]) -> list[date]:
    """The days whose rows come, go or change, in order."""
    return sorted(day for day in held.keys() | wanted.keys() if held.get(day) != wanted.get(day))


async def write(
    connection: AsyncConnection,
    year: int,
    changed: Sequence[date],
    wanted: Mapping[date, Day],
    *,
    source: str,
    is_shipped: bool,
) -> int:
    """Bring the rows of `changed` days to the `wanted` ones and note it; the new version."""
    await connection.execute(delete(CalendarDay).where(CalendarDay.day.in_(changed)))
    written = [vars(wanted[day]) for day in changed if day in wanted]
    if written:
        await connection.execute(insert(CalendarDay), written)
    newest: int | None = await connection.scalar(select(func.max(CalendarChange.version)))
    version = (newest or 0) + 1
    await connection.execute(
        insert(CalendarChange).values(
            version=version,
            year=year,
            source=source,
            days_changed=len(changed),
            first_on=changed[0],
            last_on=changed[-1],
            is_shipped=is_shipped,
            loaded_at=func.clock_timestamp(),
        )
    )
    return version
