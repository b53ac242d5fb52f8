"""The table of administrative divisions and functional zones, and its way into the database."""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenants.models import Level

_TABLE = Path(__file__).with_name("divisions.csv")

_INSERT = text("""
INSERT INTO division (code, name, level, parent_code, valid_from, valid_to, new_code)
SELECT * FROM unnest(cast(:code AS text[]), cast(:name AS text[]), cast(:level AS text[]),
  cast(:parent_code AS text[]), cast(:valid_from AS date[]), cast(:valid_to AS date[]),
  cast(:new_code AS text[]))
ON CONFLICT (code, valid_from) DO UPDATE SET name = excluded.name,
  parent_code = excluded.parent_code, valid_to = excluded.valid_to, new_code = excluded.new_code
WHERE (division.name, division.parent_code, division.valid_to, division.new_code)
  IS DISTINCT FROM (excluded.name, excluded.parent_code, excluded.valid_to, excluded.new_code)
""")


@dataclass(frozen=True)
class Division:
    """A division with its validity; `valid_from` of year 1 means «since before the source»."""

    code: str
    name: str
    level: Level
    parent_code: str | None
    valid_from: date
    valid_to: date | None
    new_code: str | None


@cache
def divisions() -> tuple[Division, ...]:
    """All rows of the shipped table, by code."""
    with _TABLE.open(newline="", encoding="utf-8") as file:
        return tuple(
            Division(
                code=row["code"],
                name=row["name"],
                level=Level(row["level"]),
                parent_code=row["parent_code"] or None,
                valid_from=date.fromisoformat(row["valid_from"]),
                valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                new_code=row["new_code"] or None,
            )
            for row in csv.DictReader(file)
        )


def division_on(code: str, day: date) -> Division | None:
    """The division a code meant on a day, following no successor; None when it meant none."""
    for division in divisions():
        ended = division.valid_to is not None and division.valid_to < day
        if division.code == code and division.valid_from <= day and not ended:
            return division
    return None


async def load(connection: AsyncConnection) -> None:
    """Bring the reference table to the shipped one; rows only ever gain an end."""
    names = tuple(Division.__dataclass_fields__)
    columns = {name: [getattr(row, name) for row in divisions()] for name in names}
    columns["level"] = [str(level) for level in columns["level"]]
    await connection.execute(_INSERT, columns)
