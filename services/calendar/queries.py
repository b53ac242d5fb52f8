"""The calendar as the database has it."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.calendar.models import CalendarChange, CalendarDay
from services.calendar.rules import Calendar

_known: dict[str, tuple[tuple[int, datetime] | None, Calendar]] = {}
"""The calendar read last, with the change it was read at; the same for all tenants."""


async def load_calendar(session: AsyncSession) -> Calendar:
    """Every known day; one small question where nothing was loaded since the last time."""
    newest = (
        select(CalendarChange.version, CalendarChange.loaded_at)
        .order_by(CalendarChange.version.desc())
        .limit(1)
    )
    row = (await session.execute(newest)).one_or_none()
    change = None if row is None else (row.version, row.loaded_at)
    held = _known.get("calendar")
    if held is not None and held[0] == change:
        return held[1]
    found = await session.execute(
        select(CalendarDay.day, CalendarDay.is_workday, CalendarDay.is_official)
    )
    official: dict[date, bool] = {}
    statutory = []
    for day in found:
        if day.is_official:
            official[day.day] = day.is_workday
        elif not day.is_workday:
            statutory.append(day.day)
    calendar = Calendar(official, frozenset(statutory), change[0] if change else 0)
    _known["calendar"] = (change, calendar)
    return calendar
