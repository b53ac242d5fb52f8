"""Columns keep the habits: money in whole fen, instants with a zone, names that say which."""

from sqlalchemy import BigInteger, Date, DateTime, Float, Numeric

from tests.tenants.catalogue import declared_tables


def test_no_column_can_hold_a_fraction() -> None:
    fractions = [
        f"{name}.{column.name}"
        for name, table in declared_tables().items()
        for column in table.columns
        if isinstance(column.type, Numeric | Float)
    ]
    assert fractions == []


def test_money_is_whole_fen() -> None:
    """`bigint`: an `integer` ends at 21 million yuan."""
    narrow = [
        f"{name}.{column.name}"
        for name, table in declared_tables().items()
        for column in table.columns
        if column.name.endswith("_fen") and not isinstance(column.type, BigInteger)
    ]
    assert narrow == []


def test_dates_and_instants_are_named_as_such() -> None:
    faults = []
    for name, table in declared_tables().items():
        for column in table.columns:
            place = f"{name}.{column.name}"
            if isinstance(column.type, DateTime) and not column.type.timezone:
                faults.append(f"{place} has no zone")
            if isinstance(column.type, Date) and column.name.endswith("_at"):
                faults.append(f"{place} is a date, not an instant")
            if isinstance(column.type, DateTime) and column.name.endswith("_on"):
                faults.append(f"{place} is an instant, not a date")
    assert faults == []
