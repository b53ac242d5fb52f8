"""The scalars of the API: instants in legal time, money in yuan, percentages, identifiers."""

import re
from datetime import date, datetime
from typing import NewType

import strawberry
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY
from strawberry.types.scalar import ScalarDefinition

from infra.clock import SHANGHAI
from infra.identifiers import PhoneNumber, Uscc
from infra.money import MOST_FEN, Fen, parse_yuan
from schema.errors import Code, refused

Money = NewType("Money", str)
"""Yuan with two decimals, `"12345.67"`; fen in the database."""
Percent = NewType("Percent", str)
"""A rate in percent, two decimals, rounded half up."""

_TWO_PLACES = re.compile(r"-?[0-9]{1,15}\.[0-9]{2}")


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise refused(
            Code.BAD_USER_INPUT,
            zh="时刻应为文本，例如 2026-01-31T08:00:00+08:00",
            en="an instant is text, 2026-01-31T08:00:00+08:00",
        )
    parsed = datetime.fromisoformat(value)
    if parsed.tzinfo is None:
        raise refused(
            Code.BAD_USER_INPUT,
            zh="缺少时区偏移，例如 +08:00",
            en="an offset such as +08:00 is missing",
        )
    if not 1 < parsed.year < 9_999:
        raise refused(
            Code.BAD_USER_INPUT,
            zh="年份超出范围",
            en="no such year",
        )
    return parsed


def _text(value: object) -> str:
    """Text as it was typed: a command judges it and names its field."""
    if not isinstance(value, str):
        raise refused(
            Code.BAD_USER_INPUT,
            zh="应为文本，请加引号",
            en="this is text, in quotes",
        )
    return value


def _decimal(value: object) -> str:
    if not isinstance(value, str) or not _TWO_PLACES.fullmatch(value):
        raise refused(
            Code.BAD_USER_INPUT,
            zh='应为两位小数的文本，例如 "12345.67"',
            en='this is text with two decimals, "12345.67"',
        )
    return value


def fen(money: Money) -> Fen:
    """An amount of the API in fen; the scalar has judged its form.

    One above all bounds becomes the first one that is, so that the command refuses it by its field.
    """
    parsed = parse_yuan(money)
    return Fen(MOST_FEN + 1) if parsed is None else parsed


def _date(value: object) -> date:
    if not isinstance(value, str) or len(value) != 10:
        raise refused(
            Code.BAD_USER_INPUT,
            zh="日期应为 YYYY-MM-DD",
            en="a date is YYYY-MM-DD",
        )
    return date.fromisoformat(value)


SCALARS: dict[object, ScalarDefinition] = {
    **DEFAULT_SCALAR_REGISTRY,
    datetime: strawberry.scalar(
        name="DateTime",
        description="时刻 — RFC 3339 with offset; answered in +08:00 with milliseconds",
        serialize=lambda value: value.astimezone(SHANGHAI).isoformat(timespec="milliseconds"),
        parse_value=_instant,
    ),
    date: strawberry.scalar(
        name="Date",
        description="日期 — YYYY-MM-DD in legal time (Asia/Shanghai)",
        serialize=lambda value: value.isoformat(),
        parse_value=_date,
    ),
    Uscc: strawberry.scalar(
        name="USCC",
        description="统一社会信用代码 — 18 characters with a check character (GB 32100-2015)",
        serialize=str,
        parse_value=_text,
    ),
    PhoneNumber: strawberry.scalar(
        name="PhoneNumber",
        description="电话号码 — a mainland mobile number; answered as E.164, or masked",
        serialize=str,
        parse_value=_text,
    ),
    Money: strawberry.scalar(
        name="Money",
        description='金额 — yuan with two decimals as text, "12345.67"',
        serialize=str,
        parse_value=_decimal,
    ),
    Percent: strawberry.scalar(
        name="Percent",
        description="百分比 — two decimals as text, rounded half up",
        serialize=str,
        parse_value=_decimal,
    ),
}
