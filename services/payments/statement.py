"""Reading a bank's statement: rows out of CSV, and everything that is wrong with them; pure."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from operator import itemgetter
from uuid import UUID

from infra.errors import ErrorCode, Fault
from infra.money import Fen, parse_yuan, yuan
from services.payments.errors import StatementErrorCode
from services.payments.models import LineDirection
from services.payments.rules import masked, referenced

MAX_ROWS = 5_000
MAX_FAULTS = 50
"""Faults told at once; a file in a wrong form has one in every cell."""
MAX_TEXT = 200

COLUMNS = {
    "date": "交易日期",
    "serial": "流水号",
    "amount": "金额",
    "direction": "借贷方向",
    "counterparty": "对方户名",
    "reference": "附言",
    "balance": "余额",
}
"""The seven columns by their English and Chinese heads, in any order."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SERIAL = re.compile(r"[0-9A-Za-z-]{4,40}")
_DIRECTIONS = {
    **dict.fromkeys(("IN", "收入", "贷"), LineDirection.IN),
    **dict.fromkeys(("OUT", "支出", "借"), LineDirection.OUT),
}


@dataclass(frozen=True)
class Row:
    """One booking; `number` is its row in the file, the head being row 1."""

    number: int
    booked_on: date
    serial: str
    direction: LineDirection
    amount_fen: Fen
    balance_fen: Fen
    counterparty: str
    reference: str
    reference_id: UUID | None

    @property
    def signed_fen(self) -> int:
        """What it does to the balance."""
        return self.amount_fen if self.direction is LineDirection.IN else -self.amount_fen

    def content(self) -> tuple[object, ...]:
        """What must be the same when the same serial number comes again."""
        return (self.booked_on, self.direction.value, self.amount_fen, self.balance_fen)


def read(written: str, today: date) -> tuple[list[Row], list[Fault]]:
    """The rows of a file in the order they were booked, and all faults; no rows if any fault."""
    cells, faults = _cells(written)
    if faults:
        return [], faults
    heads, *body = cells
    order = _heads(heads[1])
    if order is None:
        told = "、".join(COLUMNS.values()), ", ".join(COLUMNS)
        return [], [
            _fault(
                StatementErrorCode.HEADER_INVALID,
                f"首行须为七个列名：{told[0]}",
                f"The first row names seven columns: {told[1]}",
                1,
            )
        ]
    rows: list[Row] = []
    for number, values in body:
        made = _row(number, values, order, today)
        if isinstance(made, Row):
            rows.append(made)
        else:
            faults += made
    faults += _repeated(rows)
    if faults:
        return [], faults
    rows, faults = _in_order(rows)
    return ([], faults) if faults else (rows, [])


def bounded(faults: Sequence[Fault]) -> list[Fault]:
    """The first faults, and how many more there are."""
    if len(faults) <= MAX_FAULTS:
        return list(faults)
    more = len(faults) - MAX_FAULTS
    rest = Fault(
        StatementErrorCode.MORE_FAULTS,
        f"另有 {more} 处错误未列出，请先改正以上各处",
        f"{more} more faults are not shown; mend these first",
        ("csv",),
    )
    return [*faults[:MAX_FAULTS], rest]


def taken(row: Row) -> Fault:
    """The fault of a row whose serial number was imported with another content."""
    return _fault(
        StatementErrorCode.SERIAL_TAKEN,
        f"流水号 {row.serial} 已入账且内容不同，请向银行核实后更正",
        f"Serial {row.serial} was imported before with another content; ask the bank",
        row.number,
        "serial",
    )


def _fault(code: ErrorCode, zh: str, en: str, row: int, column: str | None = None) -> Fault:
    """A fault with its place: row, and column by its Chinese and English head."""
    place = ("csv", str(row)) if column is None else ("csv", str(row), column)
    where_zh = f"第 {row} 行" + (f"“{COLUMNS[column]}”" if column else "")
    where_en = f"Row {row}" + (f", {column}" if column else "")
    return Fault(code, f"{where_zh}：{zh}", f"{where_en}: {en}", place)


def _cells(written: str) -> tuple[list[tuple[int, list[str]]], list[Fault]]:
    """(row number, cells) of every row that is not empty."""
    found: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        for values in reader:
            if any(value.strip() for value in values):
                found.append((reader.line_num, [value.strip() for value in values]))
            if len(found) > MAX_ROWS + 1:
                break
    except csv.Error:
        return [], [
            _fault(
                StatementErrorCode.ROW_INVALID,
                "引号不成对或格式损坏，请重新导出 CSV",
                "Broken quotes; export the CSV again",
                reader.line_num,
            )
        ]
    if not 2 <= len(found) <= MAX_ROWS + 1:
        return [], [
            Fault(
                StatementErrorCode.FILE_SIZE,
                f"文件须有表头和 1 至 {MAX_ROWS} 行流水，请按日拆分",
                f"A file has its heads and 1 to {MAX_ROWS} rows; split it by days",
                ("csv",),
            )
        ]
    return found, []


def _heads(heads: list[str]) -> list[str] | None:
    """The columns in the file's order, or None when they are not the seven."""
    known = {zh: en for en, zh in COLUMNS.items()}
    order = [known.get(head, head) for head in heads]
    return order if sorted(order) == sorted(COLUMNS) else None


def _row(number: int, values: list[str], order: list[str], today: date) -> Row | list[Fault]:
    if len(values) != len(order):
        return [
            _fault(
                StatementErrorCode.ROW_INVALID,
                f"应有 {len(order)} 个单元格，现为 {len(values)} 个；金额不加千分位逗号",
                f"It has {len(order)} cells, not {len(values)}; amounts take no commas",
                number,
            )
        ]
    given = dict(zip(order, values, strict=True))
    faults: list[Fault] = []
    booked_on = _date(number, given["date"], today, faults)
    serial = given["serial"]
    if not _SERIAL.fullmatch(serial):
        faults.append(
            _fault(
                StatementErrorCode.SERIAL_INVALID,
                "应为 4 至 40 位半角字母、数字或连字符，且不为科学计数",
                "4 to 40 half-width letters, digits or hyphens, as text and not as 1.2E+15",
                number,
                "serial",
            )
        )
    amount = _amount(number, "amount", given["amount"], faults)
    if amount is not None and amount <= 0:
        faults.append(
            _fault(
                StatementErrorCode.AMOUNT_INVALID,
                "金额须大于零，收支由“借贷方向”表示",
                "An amount is above zero; the direction says which way it went",
                number,
                "amount",
            )
        )
    balance = _amount(number, "balance", given["balance"], faults)
    direction = _DIRECTIONS.get(given["direction"])
    if direction is None:
        faults.append(
            _fault(
                StatementErrorCode.DIRECTION_INVALID,
                "应为“收入”或“支出”（贷、借）",
                "IN or OUT",
                number,
                "direction",
            )
        )
    faults += _text_faults(number, given)
    if faults or booked_on is None or amount is None or balance is None or direction is None:
        return faults
    reference = given["reference"]
    other = masked(given["counterparty"])
    return Row(
        number, booked_on, serial, direction, amount, balance, other, reference,
        referenced(reference),
    )  # fmt: skip


def _date(number: int, value: str, today: date, faults: list[Fault]) -> date | None:
    found = None
    if _DATE.fullmatch(value) and value.isascii():
        try:
            found = date.fromisoformat(value)
        except ValueError:
            found = None
    if found is None:
        zh, en = "应为 2026-01-31 的形式", "Written as 2026-01-31"
    elif found > today:
        zh, en = f"晚于今天（{today}）", f"Later than today ({today})"
    else:
        return found
    faults.append(_fault(StatementErrorCode.DATE_INVALID, zh, en, number, "date"))
    return None


def _amount(number: int, column: str, value: str, faults: list[Fault]) -> Fen | None:
    found = parse_yuan(value)
    if found is None:
        plain = unicodedata.normalize("NFKC", value).replace(",", "").lstrip("¥").strip()
        better = parse_yuan(plain)
        hint = yuan(better) if better is not None else "1234.50"
        code = {
            "amount": StatementErrorCode.AMOUNT_INVALID,
            "balance": StatementErrorCode.BALANCE_INVALID,
        }[column]
        zh = f"应为元，至多两位小数，无千分位和符号，如 {hint}"
        en = f"Yuan with at most two decimals and no separators: {hint}"
        faults.append(_fault(code, zh, en, number, column))
    return found


def _text_faults(number: int, given: dict[str, str]) -> Iterator[Fault]:
    for column in ("counterparty", "reference"):
        value = given[column]
        hidden = [c for c in value if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co")]
        if hidden:
            shown = f"U+{ord(hidden[0]):04X}"
            zh = f"含有不可见字符 {shown}，请删除"
            en = f"It contains the invisible character {shown}; remove it"
            yield _fault(StatementErrorCode.TEXT_INVALID, zh, en, number, column)
        elif len(value) > MAX_TEXT:
            zh = f"至多 {MAX_TEXT} 个字符，现为 {len(value)} 个"
            en = f"At most {MAX_TEXT} characters, not {len(value)}"
            yield _fault(StatementErrorCode.TEXT_LENGTH, zh, en, number, column)


def _repeated(rows: Sequence[Row]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for row in rows:
        if row.serial in first:
            yield _fault(
                StatementErrorCode.SERIAL_REPEATED,
                f"与第 {first[row.serial]} 行流水号相同，请删除其一",
                f"The serial of row {first[row.serial]} again; remove one of them",
                row.number,
                "serial",
            )
        first.setdefault(row.serial, row.number)


def _in_order(rows: list[Row]) -> tuple[list[Row], list[Fault]]:
    """Rows as they were booked: banks list the oldest or the newest first.

    The balance shows which: it follows from the row before (date breaks no tie within a day).
    """
    if len(rows) > 1 and rows[0].booked_on > rows[-1].booked_on:
        rows = rows[::-1]
    forwards, backwards = _gaps(rows), _gaps(rows[::-1])
    is_one_day = rows[0].booked_on == rows[-1].booked_on
    if is_one_day and len(backwards) < len(forwards):
        rows, forwards = rows[::-1], backwards
    return rows, [fault for _, fault in sorted(forwards, key=itemgetter(0))]


def _gaps(rows: Sequence[Row]) -> list[tuple[int, Fault]]:
    found = []
    for before, row in pairwise(rows):
        due = Fen(before.balance_fen + row.signed_fen)
        if before.booked_on > row.booked_on:
            fault = _fault(
                StatementErrorCode.DATE_INVALID,
                f"日期顺序有误：第 {before.number} 行为 {before.booked_on}",
                f"Out of order: row {before.number} is of {before.booked_on}",
                row.number,
                "date",
            )
        elif due != row.balance_fen:
            fault = _fault(
                StatementErrorCode.BALANCE_INVALID,
                f"与第 {before.number} 行的余额不连续，应为 {yuan(due)}；可能缺行",
                f"Does not follow from row {before.number}: {yuan(due)}; a row may be missing",
                row.number,
                "balance",
            )
        else:
            continue
        found.append((row.number, fault))
    return found
