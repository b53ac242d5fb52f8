"""Periods: the table counted from the notices, the libraries, and the edges of months and years."""

import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import holidays
import pytest

from services.calendar import shipped
from services.calendar.rules import Calendar, Span, due, end_of_day
from services.calendar.shipped_build import by_law, official
from tests.services.calendar import notices

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    """The calendar as it ships."""
    rows = [row for year in shipped.years() for row in shipped.days_of(year)]
    return Calendar(
        {row.day: row.is_workday for row in rows if row.is_official},
        frozenset(row.day for row in rows if not row.is_official),
    )


def _table() -> list[dict[str, str]]:
    with notices.TABLE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _wrong(calendar: Calendar) -> list[dict[str, str]]:
    """Rows of the table that our rules answer otherwise."""
    wrong = []
    for row in _table():
        found = due(
            calendar, date.fromisoformat(row["start"]), int(row["amount"]), Span(row["span"])
        )
        said = (f"{found.plain_on}", f"{found.rolled_on}", found.is_provisional)
        if said != (row["plain_on"], row["rolled_on"], "暂定" in row["basis"]):
            wrong.append(row)
    return wrong


def test_every_due_date_of_the_table_is_ours(calendar: Calendar) -> None:
    assert _wrong(calendar) == []


def test_the_table_notices_a_calendar_without_make_up_days(calendar: Calendar) -> None:
    """The control: Monday to Friday less the rest days is not enough."""
    resting = frozenset(day for day, works in calendar.official.items() if not works)
    naive = Calendar({day: day.weekday() < 5 and day not in resting for day in calendar.official})
    assert len(_wrong(naive)) > 50


def test_the_table_is_what_the_notices_give() -> None:
    assert [tuple(row.values()) for row in _table()] == list(notices.rows())


def test_the_table_has_every_period_in_every_month() -> None:
    counted = Counter((row["start"][:7], row["span"], row["amount"]) for row in _table())
    months = {f"{year}-{month:02}" for year in (2024, 2025, 2026) for month in range(1, 13)}
    assert {key[0] for key in counted} == months
    assert len(counted) == len(months) * len(notices.PERIODS) and min(counted.values()) == 2


def test_official_years_are_those_of_the_libraries(calendar: Calendar) -> None:
    """They differ in one day, which the notice of 2006 (国办发明电〔2005〕35号) makes a workday."""
    other = holidays.country_holidays("CN", years=range(2004, 2027))
    ours = calendar.official.items()
    assert [f"{d}" for d, works in ours if works != chinese_calendar.is_workday(d)] == [
        "2005-12-31"
    ]
    assert [d for d, works in ours if works != other.is_working_day(d)] == []
    assert (min(calendar.official), max(calendar.official)) == (
        date(2004, 1, 1),
        date(2026, 12, 31),
    )


def test_the_shipped_files_are_what_the_libraries_give() -> None:
    built = {day: (is_workday, name) for day, is_workday, name in (*official(), *by_law())}
    assert shipped.named() == built


def test_the_day_of_the_event_is_not_counted(calendar: Calendar) -> None:
    friday = date(2026, 1, 9)
    assert calendar.working_days_after(friday, 1) == date(2026, 1, 12)
    assert calendar.working_days_after(friday, 0) == friday
    assert calendar.working_days_before(date(2026, 1, 12), 1) == friday
    # Sunday the 4th was worked for New Year.
    assert calendar.working_days_after(date(2026, 1, 3), 1) == date(2026, 1, 4)
    assert calendar.working_days_before(date(2026, 1, 5), 1) == date(2026, 1, 4)


def test_after_and_before_meet_on_workdays(calendar: Calendar) -> None:
    day = date(2025, 12, 1)
    while day < date(2027, 3, 1):
        if calendar.is_workday(day):
            for n in (1, 5, 20):
                there = calendar.working_days_after(day, n)
                assert calendar.working_days_before(there, n) == day
                assert calendar.is_workday(there)
        day += DAY


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-08-31", 6, "2025-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-11-30", 3, "2026-02-28"),
        ("2026-12-15", 24, "2028-12-15"),
    ],
)
def test_months_end_on_their_day_or_the_months_last(
    calendar: Calendar, start: str, months: int, end: str
) -> None:
    found = due(calendar, date.fromisoformat(start), months, Span.MONTHS)
    assert f"{found.plain_on}" == end


def test_a_day_of_the_next_month_is_included_and_exists(calendar: Calendar) -> None:
    assert due(calendar, date(2025, 12, 31), 5, Span.DAY_OF_MONTH).plain_on == date(2026, 1, 5)
    assert due(calendar, date(2026, 1, 1), 31, Span.DAY_OF_MONTH).plain_on == date(2026, 2, 28)


def test_an_end_on_a_rest_day_rolls_to_the_day_after_it(calendar: Calendar) -> None:
    found = due(calendar, date(2026, 9, 21), 10, Span.CALENDAR_DAYS)
    assert (found.plain_on, found.rolled_on) == (date(2026, 10, 1), date(2026, 10, 8))
    assert not found.is_provisional


def test_an_unknown_year_is_provisional_and_no_crash(calendar: Calendar) -> None:
    claim = due(calendar, date(2026, 12, 15), 20, Span.WORKING_DAYS)
    assert claim.is_provisional and claim.plain_on == date(2027, 1, 13)
    assert due(calendar, date(2026, 11, 2), 20, Span.WORKING_DAYS).is_provisional is False
    for year in (1949, 2001, 2027, 2099, 2100, 2101, 2500, 9000):
        for span in Span:
            assert due(calendar, date(year, 1, 31), 20, span).is_provisional
    # By law, 2027: New Year's Day, and the two days given for 6 and 7 February.
    rest = [date(2027, 1, 1), date(2027, 2, 5), date(2027, 2, 9), date(2027, 2, 10)]
    assert [day for day in rest if calendar.is_workday(day)] == []
    assert calendar.is_workday(date(2027, 2, 11)) and not calendar.is_official(date(2027, 2, 11))


def test_a_day_ends_at_midnight_in_legal_time() -> None:
    assert end_of_day(date(2026, 12, 31)) == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert end_of_day(date(2026, 12, 31)).isoformat() == "2027-01-01T00:00:00+08:00"


def test_periods_that_are_none_are_refused(calendar: Calendar) -> None:
    for span in Span:
        with pytest.raises(ValueError, match="-1"):
            due(calendar, date(2026, 1, 1), -1, span)
    with pytest.raises(ValueError, match="no day 0"):
        due(calendar, date(2026, 1, 1), 0, Span.DAY_OF_MONTH)
    with pytest.raises(ValueError, match="-2"):
        calendar.working_days_before(date(2026, 1, 1), -2)
