"""Due dates counted by hand's rule from the text of the notices, without any code of the product.

`python -m tests.services.calendar.notices` writes `due_dates.csv` beside this module. The rest
days and make-up workdays (调休上班) below are those the State Council's office wrote in its
notices of 2023-10-25, 2024-11-12 and 2025-11-04; nothing here reads a calendar package or table.
"""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

TABLE = Path(__file__).with_name("due_dates.csv")
COLUMNS = ("start", "span", "amount", "plain_on", "rolled_on", "basis")

NOTICES = {
    2024: "国办发明电〔2023〕7号",
    2025: "国办发明电〔2024〕12号",
    2026: "国办发明电〔2025〕7号",
}
LAW = "全国年节及纪念日放假办法（2027年通知未公布，暂定）"

# First and last rest day as the notice writes them; «与周末连休» adds the weekend by itself.
REST = {
    2024: "01-01/01-01 02-10/02-17 04-04/04-06 05-01/05-05 06-10/06-10 09-15/09-17 10-01/10-07",
    2025: "01-01/01-01 01-28/02-04 04-04/04-06 05-01/05-05 05-31/06-02 10-01/10-08",
    2026: "01-01/01-03 02-15/02-23 04-04/04-06 05-01/05-05 06-19/06-21 09-25/09-27 10-01/10-07",
    # No notice yet: 元旦; 除夕 to 初三 (6 and 7 are a weekend, so 9 and 10 stand in); 清明.
    2027: "01-01/01-01 02-05/02-10 04-05/04-05",
}
WORK = {
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
    2027: "",
}

PERIODS = (
    ("WORKING_DAYS", 5),
    ("WORKING_DAYS", 7),
    ("WORKING_DAYS", 15),
    ("WORKING_DAYS", 20),
    ("CALENDAR_DAYS", 10),
    ("CALENDAR_DAYS", 15),
    ("CALENDAR_DAYS", 90),
    ("MONTHS", 3),
    ("DAY_OF_MONTH", 5),
)
"""Those of the domain: 行政处罚法 art. 61, 64; 民法典 200-203; S0-10; S3-14; S3-15."""

ONE = timedelta(days=1)


def _on(year: int, text: str) -> date:
    return date.fromisoformat(f"{year}-{text}")


def _rest_days() -> set[date]:
    days = set()
    for year, stretches in REST.items():
        for stretch in stretches.split():
            first, last = (_on(year, end) for end in stretch.split("/"))
            while first <= last:
                days.add(first)
                first += ONE
    return days


RESTING = _rest_days()
WORKING = {_on(year, day) for year, days in WORK.items() for day in days.split()}


def works(day: date) -> bool:
    """A make-up day, or a Monday to Friday that no notice gives off."""
    return day in WORKING or (day not in RESTING and day.isoweekday() <= 5)


def _plain(start: date, span: str, amount: int) -> date:
    if span == "WORKING_DAYS":
        counted, day = 0, start
        while counted < amount:
            day = day + ONE
            if works(day):
                counted = counted + 1
        return day
    if span == "CALENDAR_DAYS":
        day = start
        for _ in range(amount):
            day = day + ONE
        return day
    # Walk month by month, then to the day asked for or to the last one there is.
    year, month, wanted = start.year, start.month, start.day
    steps = amount
    if span == "DAY_OF_MONTH":
        steps, wanted = 1, amount
    for _ in range(steps):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    day = date(year, month, 1)
    while day.day < wanted and (day + ONE).month == month:
        day = day + ONE
    return day


def starts() -> Iterator[date]:
    """Two days of every month of the three years: one that wanders, and the month's last."""
    for year in NOTICES:
        for month in range(1, 13):
            yield date(year, month, (7 * month + 5 * year) % 27 + 1)
            following = date(year + month // 12, month % 12 + 1, 1)
            yield following - ONE


def rows() -> Iterator[tuple[str, ...]]:
    """The table, in the order of the starts."""
    for start in starts():
        for span, amount in PERIODS:
            plain = _plain(start, span, amount)
            rolled = plain
            while not works(rolled):
                rolled = rolled + ONE
            years = range(start.year, rolled.year + 1)
            basis = "、".join(NOTICES.get(year, LAW) for year in years)
            yield (f"{start}", span, f"{amount}", f"{plain}", f"{rolled}", basis)


def main() -> None:
    """Write the table."""
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows())


if __name__ == "__main__":
    main()
