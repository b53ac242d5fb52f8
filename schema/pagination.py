"""What every list has in common: its arguments, its page, the operators of its filter."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from infra.identifiers import PhoneNumber, Uscc
from schema.organisation.vocabulary import vocabulary
from schema.scalars import Money, Percent

MAX_PAGE = 100
"""API guide, Lists: `first` or `last` is required and at most this; so is any list of values."""
MAX_DIMENSIONS = 5
"""How many dimensions `groupBy` may name."""


class OrderDirection(StrEnum):
    """Of `orderBy`."""

    ASC = "ASC"
    DESC = "DESC"


vocabulary(
    OrderDirection,
    "方向 — which way a list runs",
    ASC="升序 — smallest first",
    DESC="降序 — largest first",
)


@strawberry.type(description="分页信息 — where a page lies in its list")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = strawberry.field(
        description="有下一页 — more rows follow; with `last`: whether `before` was given"
    )
    has_previous_page: bool = strawberry.field(
        description="有上一页 — more rows precede; with `first`: whether `after` was given"
    )
    start_cursor: str | None = strawberry.field(description="起始游标 — of the page's first row")
    end_cursor: str | None = strawberry.field(description="结束游标 — of the page's last row")


def argument(name: str, type_: Any, description: str) -> StrawberryArgument:
    """A field argument (name in Python case); without a default, so absent stays absent."""
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(type_),
        description=description,
    )


PAGE_ARGUMENTS = (
    argument("first", int | None, f"前几条 — how many rows from the start, 0 to {MAX_PAGE}"),
    argument("last", int | None, "后几条 — how many rows from the end, instead of `first`"),
    argument("after", str | None, "游标之后 — only rows after this cursor"),
    argument("before", str | None, "游标之前 — only rows before this cursor"),
)
WORDS = argument(
    "q", str | None, "检索词 — Chinese words, pinyin initials; traditional forms are folded"
)
TENANT_IDS = argument(
    "tenant_ids",
    list[strawberry.ID] | None,
    f"租户 — only rows of these jurisdictions, {MAX_PAGE} at most",
)
ID = argument("id", strawberry.ID, "标识 — the opaque id of the object")
IDS = argument("ids", list[strawberry.ID], f"标识 — opaque ids, {MAX_PAGE} at most")

_EQ = {"eq": "等于 — equal to", "not_": "不等于 — not equal to; null rows are kept"}
_IN = "属于 — one of these, at most 100"
_RANGES = {
    "gt": "大于 — greater than, later than",
    "gte": "大于等于 — greater or equal, not before",
    "lt": "小于 — less than, before",
    "lte": "小于等于 — less or equal, not after",
}
_CONTAINS = "包含 — the text holds these characters as they are written"
_IS_NULL = "为空 — true: has no value; false: has one"


def make_input(name: str, description: str, fields: dict[str, tuple[Any, str]]) -> type:
    """An input type whose fields (Python case, a trailing `_` is dropped) may all be absent."""
    body: dict[str, Any] = {"__annotations__": {}, "__doc__": description}
    for key, (type_, told) in fields.items():
        body["__annotations__"][key] = type_ | None
        stripped = key.removesuffix("_") if key != key.removesuffix("_") else None
        body[key] = strawberry.field(name=stripped, default=strawberry.UNSET, description=told)
    return strawberry.input(type(name, (), body), name=name, description=description)


def operators(
    name: str, type_: Any, term: str, *, ranges: bool = False, contains: bool = False
) -> type:
    """The operator input of one scalar or enum, e.g. `TextFilter {eq in not contains isNull}`."""
    fields: dict[str, tuple[Any, str]] = {key: (type_, told) for key, told in _EQ.items()}
    fields["in_"] = (list[type_], _IN)
    if ranges:
        fields |= {key: (type_, told) for key, told in _RANGES.items()}
    if contains:
        fields["contains"] = (type_, _CONTAINS)
    fields["is_null"] = (bool, _IS_NULL)
    return make_input(name, f"{term}条件 — all operators given must hold", fields)


BooleanFilter = make_input(
    "BooleanFilter",
    "是否条件 — all operators given must hold",
    {"eq": (bool, _EQ["eq"]), "is_null": (bool, _IS_NULL)},
)
OPERATORS: dict[Any, type] = {
    str: operators("TextFilter", str, "文本", contains=True),
    Uscc: operators("USCCFilter", Uscc, "信用代码"),
    PhoneNumber: operators("PhoneNumberFilter", PhoneNumber, "电话"),
    int: operators("IntFilter", int, "整数", ranges=True),
    Money: operators("MoneyFilter", Money, "金额", ranges=True),
    Percent: operators("PercentFilter", Percent, "百分比", ranges=True),
    date: operators("DateFilter", date, "日期", ranges=True),
    datetime: operators("DateTimeFilter", datetime, "时刻", ranges=True),
    bool: BooleanFilter,
    strawberry.ID: operators("IDFilter", strawberry.ID, "标识"),
}
"""By the field's Python type; enums get theirs when a list first filters by them."""
