"""The calendar that ships with the product, and its way into the database."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from services.calendar.loading import Day, differing, held_days, loads_of_operators, write
from services.calendar.rules import is_weekday

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Year:
    """A year of the table. `is_official`: its notice is out, so that all of its days are known."""

    year: int
    is_official: bool
    source: str


@cache
def years() -> tuple[Year, ...]:
    """All rows of `years.csv`, in order."""
    with (_FOLDER / "years.csv").open(newline="", encoding="utf-8") as file:
        return tuple(
            Year(int(row["year"]), row["is_official"] == "1", row["source"])
            for row in csv.DictReader(file)
        )


@cache
def named() -> dict[date, tuple[bool, str]]:
    """The days of `days.csv`: whether a workday, and the festival."""
    with (_FOLDER / "days.csv").open(newline="", encoding="utf-8") as file:
        return {
            date.fromisoformat(row["day"]): (row["is_workday"] == "1", row["name"])
            for row in csv.DictReader(file)
        }


GIVEN_INSTEAD = "（补假）"
"""Marks a rest day given in place of one on a weekend; a notice may choose another day for it."""


def rest_days_by_law(year: int) -> dict[date, str]:
    """Days that no notice can take away, with their festivals; none known of the official years."""
    known = {row.year for row in years() if not row.is_official}
    return {
        day: name
        for day, (_, name) in named().items()
        if day.year == year and year in known and not name.endswith(GIVEN_INSTEAD)
    }


def days_of(year: Year) -> Iterator[Day]:
    """The rows a year has in the database: all of an official year, else its rest days by law."""
    day = date(year.year, 1, 1)
    while day.year == year.year:
        special = named().get(day)
        if special is not None:
            yield Day(day, special[0], special[1], year.source, year.is_official)
        elif year.is_official:
            yield Day(day, is_weekday(day), None, year.source, True)
        day += timedelta(days=1)


async def load(connection: AsyncConnection) -> None:
    """Bring the database to the shipped calendar; what an operator loaded stays as it is."""
    theirs = await loads_of_operators(connection)

    def ours(days: Mapping[date, Day]) -> dict[date, Day]:
        return {
            day: row
            for day, row in days.items()
            if not any(day.year == year or first <= day <= last for year, first, last in theirs)
        }

    wanted = ours({row.day: row for year in years() for row in days_of(year)})
    held = ours(await held_days(connection, date.min, date.max))
    changed = differing(held, wanted)
    sources = {year.year: year.source for year in years()}
    for number, days in groupby(changed, key=lambda day: day.year):
        source = sources.get(number, "")
        await write(connection, number, list(days), wanted, source=source, is_shipped=True)
