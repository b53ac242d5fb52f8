"""Each planted fault of a declaration stops the schema from being built."""

from datetime import datetime
from enum import Enum
from typing import Any, cast

import pytest
import strawberry
from sqlalchemy import func
from strawberry.schema.config import StrawberryConfig

from schema.compiler.check import check, undescribed
from schema.compiler.declarations import Node, choice, column, computed, embedded, many, node, one
from schema.compiler.lists import Connection, Grouping, connection, grouping, measure
from schema.compiler.sources import LISTS
from schema.scalars import SCALARS
from tenants.access import Permission
from tenants.scope import ALL_OF_TENANT
from tests.schema.compiler.fixture_models import Pupil, School
from tests.schema.compiler.fixture_types import (
    FxFigures,
    FxGuardian,
    FxPupil,
    FxPupilConnection,
    FxSchool,
    unseal,
)


@strawberry.enum(description="大小 — names that are not stored")
class Size(Enum):
    """Stored as its value, told by its name."""

    BIG = "b"


async def _resolve() -> str:
    return "x"


FAULTS: dict[str, tuple[Any, Any, str]] = {
    "denied non-null": (
        str,
        column(School.name, "名称 — name", requires=Permission.CLUE_READ),
        "must be nullable",
    ),
    "computed non-null": (str, computed(unseal, "密 — sealed", sealed=School.secret), "nullable"),
    "nullable column": (
        datetime,
        column(cast(Any, School.seen), "时刻 — instant"),
        "the column may be null",
    ),
    "64 bits": (int | None, column(School.fee, "收费 — fee"), "32 bits"),
    "resolver": (
        str,
        strawberry.field(resolver=_resolve, description="值 — value"),
        "a resolver per row",
    ),
    "no source": (str, strawberry.field(description="值 — value"), "declares no source"),
    "nullable foreign key": (FxSchool, one(School.parent_id, "上级 — above"), "may be null"),
    "no foreign key": (FxSchool | None, one(School.area_id, "区域 — area"), "no foreign key"),
    "another table": (FxSchool | None, one(Pupil.school_id, "学校 — school"), "is no column of"),
    "another target": (
        FxPupilConnection,
        many(School.parent_id, "学生 — pupils"),
        "is no column of",
    ),
    "no connection": (FxSchool, many(School.parent_id, "下级 — below"), "connection type"),
    "enum by value": (Size, column(cast(Any, School.kind), "大小 — size"), "stored as their names"),
    "choice non-null": (
        FxGuardian,
        choice(School.kind, {"JUNIOR": (FxPupil.__name__, School.parent_id)}, "监护 — guardian"),
        "may be denied or fail",
    ),
    "choice of a stranger": (
        FxGuardian | None,
        choice(School.kind, {"JUNIOR": ("FxTenant", School.parent_id)}, "监护 — guardian"),
        "no member of FxGuardian",
    ),
    "order by null": (
        datetime | None,
        column(School.seen, "时刻 — instant", order=True),
        "may be null",
    ),
    "order by a person": (str, column(School.phone, "电话 — phone", order=True), "cursor would"),
    "order by what is denied": (
        str | None,
        column(School.note, "备注 — note", requires=Permission.CLUE_READ, order=True),
        "would tell what the permission hides",
    ),
    "half embedded": (FxFigures, embedded("合计 — figures", pupils=School.rate), "says nothing of"),
}


def _schema(type_: Any, field: Any, visible: Any = ALL_OF_TENANT) -> strawberry.Schema:
    made = type("FxFaulty", (Node,), {"__annotations__": {"bad": type_}, "bad": field})
    faulty: Any = node(School, visible=visible, description="坏 — faulty")(made)
    query = strawberry.type(type("Query", (), {"__annotations__": {"it": faulty | None}}))
    return strawberry.Schema(query, config=StrawberryConfig(scalar_map=SCALARS))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(fixture_schema: strawberry.Schema, name: str) -> None:
    type_, field, told = FAULTS[name]
    schema = _schema(type_, field)
    with pytest.raises(TypeError, match=f"FxFaulty.bad.*{told}"):
        check(schema._schema)


def _with_list(made: Any) -> strawberry.Schema:
    query = strawberry.type(type("Query", (), {"__annotations__": {"it": made | None}}))
    return strawberry.Schema(query, config=StrawberryConfig(scalar_map=SCALARS))


def test_a_list_in_two_directions_or_by_null_is_refused(fixture_schema: strawberry.Schema) -> None:
    for order, told in (
        ((School.name, School.opened.desc()), "runs in one direction"),
        ((School.seen,), "may be null"),
        ((School.phone,), "a cursor would show"),
    ):

        class FxBadConnection(Connection[FxSchool]):
            """Ordered as it may not be."""

        made = connection("坏 — faulty", order=order)(FxBadConnection)
        with pytest.raises(TypeError, match=f"FxBadConnection: .*{told}"):
            check(_with_list(made)._schema)
        del LISTS["FxBadConnection"]


def test_a_dimension_must_be_nullable(fixture_schema: strawberry.Schema) -> None:
    @grouping("坏 — faulty")
    class FxBadStats(Grouping[FxSchool]):
        kind: str = column(cast(Any, School.kind), "类别 — kind")
        count: int = measure(func.count(), "数量 — how many")

    with pytest.raises(TypeError, match="a dimension is null unless"):
        check(_with_list(FxBadStats)._schema)
    del LISTS["FxBadStats"]


def test_a_type_without_visible_is_refused(fixture_schema: strawberry.Schema) -> None:
    schema = _schema(str, column(School.name, "名称 — name"), None)
    with pytest.raises(TypeError, match="FxFaulty: no visible"):
        check(schema._schema)


def test_the_fixtures_hold_what_they_declare(fixture_schema: strawberry.Schema) -> None:
    check(fixture_schema._schema)


def test_descriptions_begin_with_the_chinese_term(fixture_schema: strawberry.Schema) -> None:
    faults = list(undescribed(fixture_schema._schema))
    assert [fault.partition(": ")[0] for fault in faults] == [
        "SchoolKind.JUNIOR",
        "SchoolKind.PRIMARY",
        "Subscription.looked(ids:)",
    ]
