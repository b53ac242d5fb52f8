"""The published figures of the source documents, each with its quoted phrase."""

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Figure:
    """A figure as published. `at_least`: a lower bound (余). Place: division code or zone key."""

    key: str
    metric: str
    tenant_code: str
    value: Decimal
    unit: str
    at_least: bool
    document: str
    quoted: str
    note: str


@cache
def figures() -> tuple[Figure, ...]:
    """All rows of `figures.csv`, in the documents' order."""
    with (_FOLDER / "figures.csv").open(newline="", encoding="utf-8") as file:
        return tuple(
            Figure(
                key=row["key"],
                metric=row["metric"],
                tenant_code=row["tenant_code"],
                value=Decimal(row["value"]),
                unit=row["unit"],
                at_least=row["at_least"] == "1",
                document=row["document"],
                quoted=row["quoted"],
                note=row["note"],
            )
            for row in csv.DictReader(file)
        )


@cache
def documents() -> dict[str, str]:
    """Titles of the source documents by key (S0 … S4)."""
    with (_FOLDER / "documents.csv").open(newline="", encoding="utf-8") as file:
        return {row["key"]: row["title"] for row in csv.DictReader(file)}
