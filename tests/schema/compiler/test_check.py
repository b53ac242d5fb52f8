"""Each planted fault of a declaration stops the schema from being built."""

from datetime import datetime
from enum import Enum
from typing import Any, cast

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.compiler.check import check, undescribed
from schema.compiler.sources import Node, column, computed, embedded, many, node, one
from schema.scalars import SCALARS
from tenants.access import Permission
from tenants.scope import ALL_OF_TENANT
from tests.schema.compiler.fixture_models import Pupil, School
from tests.schema.compiler.fixture_types import FxFigures, FxPupilConnection, FxSchool, unseal


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


def test_a_type_without_visible_is_refused(fixture_schema: strawberry.Schema) -> None:
    schema = _schema(str, column(School.name, "名称 — name"), None)
    with pytest.raises(TypeError, match="FxFaulty: no visible"):
        check(schema._schema)


def test_the_fixtures_hold_what_they_declare(fixture_schema: strawberry.Schema) -> None:
    check(fixture_schema._schema)


def test_a_mutation_must_be_declared_and_nullable(fixture_schema: strawberry.Schema) -> None:
    @strawberry.type
    class Query:
        it: FxSchool | None = None

    @strawberry.type
    class Mutation:
        @strawberry.mutation
        def bare(self) -> int:
            return 1

    schema = strawberry.Schema(Query, Mutation, config=StrawberryConfig(scalar_map=SCALARS))
    with pytest.raises(TypeError) as refused:
        check(schema._schema)
    assert "Mutation.bare: declared without @mutation" in str(refused.value)
    assert "Mutation.bare: must be nullable" in str(refused.value)


def test_descriptions_begin_with_the_chinese_term(fixture_schema: strawberry.Schema) -> None:
    faults = list(undescribed(fixture_schema._schema))
    assert [fault.partition(": ")[0] for fault in faults] == [
        "SchoolKind.JUNIOR",
        "SchoolKind.PRIMARY",
        "Query.node(id:)",
    ]
