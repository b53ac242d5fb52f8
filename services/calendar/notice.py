"""A year's notice as a file: the days it gives off and the days worked instead."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from infra.errors import DomainError, Fault
from services.calendar.errors import CalendarErrorCode
from services.calendar.rules import is_weekday

COLUMNS = ["day", "is_workday", "name"]
FIRST_YEAR, LAST_YEAR = 2004, 2100
LONGEST_NAME = 40
_DECEMBER = 20
"""A notice may move days of the December before its year, as that of 2006 did with the 31st.
Where a corrected file means to take that back, it lists the day as it shall be."""

_KINDS = {"1": True, "0": False, "true": True, "false": False, "班": True, "休": False}


@dataclass(frozen=True)
class Named:
    """What the notice says of a day."""

    is_workday: bool
    name: str | None


def read_notice(content: bytes, year: int, by_law: Mapping[date, str]) -> dict[date, Named]:
    """The days of the file, UTF-8 or GB 18030; days it does not list are those of a plain week.

    `by_law`: rest days of the year that no notice can take away, with their festivals.
    Raises DomainError with every fault: the row (the header is row 1), why, what would be right.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        zh = f"年份须在 {FIRST_YEAR} 至 {LAST_YEAR} 之间，得到 {year}"
        en = f"The year is from {FIRST_YEAR} to {LAST_YEAR}, not {year}"
        raise DomainError(Fault(CalendarErrorCode.YEAR_OUT_OF_RANGE, zh, en, ("year",)))
    faults: list[Fault] = []
    days: dict[date, Named] = {}
    rows: dict[date, int] = {}
    for number, row in _rows(content):
        day = _day(number, row[0], year, faults)
        kind = _KINDS.get(row[1].strip().lower())
        if kind is None:
            faults.append(
                _fault(
                    CalendarErrorCode.KIND_INVALID,
                    number,
                    "is_workday",
                    f"“{row[1][:20]}” 不是 1（上班）或 0（休息）",
                    f"{row[1][:20]!r} is neither 1 (work) nor 0 (rest)",
                )
            )
        name = row[2].strip()
        if day is None or kind is None:
            continue
        if day in rows:
            faults.append(
                _fault(
                    CalendarErrorCode.DAY_REPEATED,
                    number,
                    "day",
                    f"{day} 已在第 {rows[day]} 行，每日只写一次",
                    f"{day} is in row {rows[day]} already; write each day once",
                )
            )
        if len(name) > LONGEST_NAME or (not name and kind != is_weekday(day)):
            faults.append(
                _fault(
                    CalendarErrorCode.NAME_INVALID,
                    number,
                    "name",
                    f"须写所属节日，不超过 {LONGEST_NAME} 字，如 春节",
                    f"Name the festival in at most {LONGEST_NAME} characters, such as 春节",
                )
            )
        rows[day] = number
        days[day] = Named(kind, name or None)
    faults += _missing(days, rows, by_law)
    if faults:
        raise DomainError(*faults)
    return days


def _rows(content: bytes) -> list[tuple[int, list[str]]]:
    """The rows with their numbers; blank ones are left out."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            # A sheet's lines end as they like.
            table = list(csv.reader(io.StringIO(content.decode(encoding), newline=""), strict=True))
            break
        except (UnicodeDecodeError, csv.Error):
            table = []
    header = [cell.strip() for cell in table[0]] if table else []
    rows = [(n, row) for n, row in enumerate(table[1:], 2) if any(cell.strip() for cell in row)]
    short = [n for n, row in rows if len(row) != len(COLUMNS)]
    if header != COLUMNS or not rows or short:
        wanted = ",".join(COLUMNS)
        where = f"第 {short[0]} 行" if short and header == COLUMNS else "第 1 行"
        row_en = short[0] if short and header == COLUMNS else 1
        raise DomainError(
            Fault(
                CalendarErrorCode.FILE_UNREADABLE,
                f"{where}：须为 CSV（UTF-8 或 GB 18030），首行 {wanted}，其后每行三列",
                f"Row {row_en}: a CSV (UTF-8 or GB 18030) headed {wanted} with three columns a row"
                " is needed",
                ("file", str(row_en)),
            )
        )
    return rows


def _day(number: int, text: str, year: int, faults: list[Fault]) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        faults.append(
            _fault(
                CalendarErrorCode.DAY_INVALID,
                number,
                "day",
                f"“{text[:20]}” 不是日期，应写作 {year}-02-06",
                f"{text[:20]!r} is no date; write it as {year}-02-06",
            )
        )
        return None
    first = date(year - 1, 12, _DECEMBER)
    if first <= day <= date(year, 12, 31):
        return day
    faults.append(
        _fault(
            CalendarErrorCode.DAY_INVALID,
            number,
            "day",
            f"{day} 不在 {first} 至 {year}-12-31 之间，请核对年份",
            f"{day} is not from {first} to {year}-12-31; check the year",
        )
    )
    return None


def _missing(
    days: Mapping[date, Named], rows: Mapping[date, int], by_law: Mapping[date, str]
) -> list[Fault]:
    """Rest days by law that the file makes workdays, or leaves out on a weekday."""
    faults = []
    for day, festival in sorted(by_law.items()):
        said = days.get(day)
        if said.is_workday if said else is_weekday(day):
            faults.append(
                _fault(
                    CalendarErrorCode.STATUTORY_REST,
                    rows.get(day),
                    "is_workday",
                    f"{day} 为法定节日（{festival}），须列为休息：{day},0,{festival}",
                    f"{day} is a rest day by law ({festival}); list it as {day},0,{festival}",
                )
            )
    return faults


def _fault(code: CalendarErrorCode, row: int | None, column: str, zh: str, en: str) -> Fault:
    if row is None:
        return Fault(code, f"缺少一行：{zh}", f"A row is missing: {en}", ("file",))
    path = ("file", str(row), column)
    return Fault(code, f"第 {row} 行：{zh}", f"Row {row}: {en}", path)


def whole_year(year: int, named: Mapping[date, Named]) -> dict[date, Named]:
    """Every day of a year, and the named days of the December before it."""
    days = dict(named)
    day = date(year, 1, 1)
    while day.year == year:
        days.setdefault(day, Named(is_weekday(day), None))
        day += timedelta(days=1)
    return days
