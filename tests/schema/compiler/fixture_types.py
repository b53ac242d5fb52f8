"""The GraphQL types over the fixture tables; registered only while a fixture says so."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, Union, cast

import strawberry
from sqlalchemy import ColumnElement, func, null, select, true
from sqlalchemy.orm import aliased
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from infra.errors import DomainError, ErrorCode, Fault, Forbidden
from infra.ids import decode_id
from schema.compiler.declarations import (
    Node,
    any_by_id,
    any_by_ids,
    by_id,
    choice,
    column,
    computed,
    embedded,
    every,
    grouped,
    many,
    node,
    one,
)
from schema.compiler.executor import CompiledExecutor
from schema.compiler.lists import Connection, Grouping, connection, grouping, measure
from schema.compiler.sources import LISTS, NODES, READERS, Search, read
from schema.fields import mutation
from schema.payloads import payload, shown
from schema.scalars import SCALARS, Money, Percent
from tenants import models as tenant_models
from tenants.access import Permission
from tenants.scope import ALL_OF_TENANT, Reach, Scope, ScopeKind, scope_setting
from tests.schema.compiler.fixture_models import Gram, Pupil, School, SchoolKind

_before = dict(NODES), dict(READERS), dict(LISTS)
strawberry.enum(SchoolKind, description="类别 — kind of a school")
GRAM_CALLS: list[str] = []
COMPUTED_CALLS: list[int] = []


def grams(words: str) -> tuple[str, ...]:
    """One gram per character."""
    GRAM_CALLS.append(words)
    return tuple(words)


def is_subtree(scope: Scope) -> bool:
    """Whether the scope sees some units only."""
    return scope.kind is ScopeKind.COUNTY and scope.reach is Reach.SUBTREE


def visible_schools(scope: Scope) -> ColumnElement[bool]:
    """Schools of the asker's areas."""
    if is_subtree(scope):
        return School.area_id == func.any(scope_setting("app.units", "uuid[]"))
    return true()


def visible_pupils(scope: Scope) -> ColumnElement[bool]:
    """Good pupils everywhere: some whose school the asker does not see."""
    if is_subtree(scope):
        return Pupil.score >= 50
    return true()


async def unseal(_context: Any, rows: list[dict[str, Any]]) -> list[Any]:
    """Turn the bytes round; those that begin with `x` cannot be opened."""
    COMPUTED_CALLS.append(len(rows))
    texts = [bytes.fromhex(row["sealed"].removeprefix("\\x")).decode() for row in rows]
    return [ValueError("broken seal") if t.startswith("x") else t[::-1] for t in texts]


_other = aliased(School)
_counted = (
    select(func.count().label("n"))
    .where(Pupil.tenant_id == School.tenant_id, Pupil.school_id == School.id)
    .correlate(School)
    .subquery("counted")
)


@node(
    tenant_models.Tenant,
    visible=ALL_OF_TENANT,
    key=("number", "number"),
    description="租户 — a tenant",
)
class FxTenant(Node):
    name: str = column(tenant_models.Tenant.name, "名称 — name")


@strawberry.type(description="合计 — figures of a school")
class FxFigures:
    pupils: int = strawberry.field(description="学生数 — how many pupils")
    phone: str | None = strawberry.field(description="电话 — a personal column")


@node(School, visible=visible_schools, description="学校 — a school")
class FxSchool(Node):
    tenant: FxTenant = one(School.tenant_id, "租户 — its tenant")
    name: str = column(School.name, "名称 — name", filter=True, order=True)
    kind: SchoolKind = column(School.kind, "类别 — kind", filter=True, order=True)
    fee: Money | None = column(cast(Any, School.fee), "收费 — fee", filter=True)
    rate: Percent = column(cast(Any, School.rate), "比率 — rate", filter=True, order=True)
    opened: date = column(School.opened, "日期 — first day", filter=True, order=True)
    seen: datetime | None = column(School.seen, "时刻 — last visit", filter=True)
    made: datetime = column(School.made, "时刻 — when it was entered", filter=True, order=True)
    shout: str = column(School.name + "%%:x!", "大写 — a constant with signs")
    same_kind: int = column(
        select(func.count())
        .select_from(_other)
        .where(_other.tenant_id == School.tenant_id, _other.kind == School.kind)
        .scalar_subquery(),
        "同类数 — schools of the same kind in the tenant",
        filter=True,
        order=True,
    )
    note: str | None = column(
        School.note, "备注 — note", requires=Permission.CLUE_READ, filter=True
    )
    quiet: str | None = column(
        School.note,
        "备注 — null, not an error, for those who may not see it",
        requires=Permission.CLUE_READ,
        otherwise=null(),
    )
    masked: str = column(
        School.note,
        "备注 — note or its first character",
        requires=Permission.REPORTER_OPEN,
        otherwise=func.left(School.note, 1) + "***",
        filter=True,
    )
    phone: str = column(School.phone, "电话 — personal")
    secret: str | None = computed(
        unseal, "密文 — sealed", requires=Permission.CLUE_TRIAGE, sealed=School.secret
    )
    figures: FxFigures = embedded(
        "合计 — figures", over=_counted, pupils=_counted.c.n + 0, phone=School.phone
    )
    parent: "FxSchool | None" = one(School.parent_id, "上级 — school above", filter=True)
    children: "FxSchoolConnection" = many(School.parent_id, "下级 — schools below")
    pupils: "FxPupilConnection" = many(Pupil.school_id, "学生 — pupils")
    mentored: "FxPupilConnection | None" = many(
        Pupil.mentor_id,
        "辅导 — pupils it mentors",
        where=Pupil.score > 10,
        requires=Permission.CLUE_REPLY,
    )


FxGuardian = Annotated[
    Union[FxSchool, "FxPupil"],
    strawberry.union("FxGuardian", description="监护 — a school or a pupil"),
]


@node(Pupil, visible=visible_pupils, description="学生 — a pupil")
class FxPupil(Node):
    name: str = column(Pupil.name, "名称 — name", filter=True, order=True)
    score: int = column(Pupil.score, "分数 — score", filter=True, order=True)
    school: FxSchool = one(Pupil.school_id, "学校 — school", filter=True)
    mentor: FxSchool | None = one(Pupil.mentor_id, "辅导 — mentor school", filter=True)
    guardian: FxGuardian | None = choice(
        Pupil.guardian_kind,
        {"school": ("FxSchool", Pupil.guardian_id), "pupil": ("FxPupil", Pupil.guardian_id)},
        "监护 — a school or another pupil",
    )
    anything: Node | None = choice(
        Pupil.guardian_kind,
        {"school": ("FxSchool", Pupil.guardian_id), "pupil": ("FxPupil", Pupil.guardian_id)},
        "对象 — the same behind the interface",
        requires=Permission.CLUE_READ,
    )


SEARCH = Search(Gram.gram, Gram.school_id, grams, School.name)


@connection("学校列表 — schools", order=(School.name,), search=SEARCH)
class FxSchoolConnection(Connection[FxSchool]):
    """Schools by name."""


@connection("学生列表 — pupils", order=(Pupil.score.desc(),))
class FxPupilConnection(Connection[FxPupil]):
    """Pupils, the best first."""


@grouping("学校统计 — schools in groups", search=SEARCH)
class FxSchoolStats(Grouping[FxSchool]):
    """Counts and sums."""

    kind: SchoolKind | None = column(School.kind, "类别 — kind")
    fee: Money | None = column(cast(Any, School.fee), "收费 — a nullable dimension")
    note: str | None = column(School.note, "备注 — denied to some", requires=Permission.CLUE_READ)
    parent: FxSchool | None = one(School.parent_id, "上级 — school above")
    tenant: FxTenant | None = one(School.tenant_id, "租户 — its tenant")
    count: int = measure(func.count(), "数量 — how many")
    total: Money | None = measure(func.sum(School.fee), "合计 — sum of fees")
    best: Percent = measure(func.max(School.rate), "最高 — highest rate")


@strawberry.type
class Query:
    node: Node | None = any_by_id("对象 — by id")
    nodes: list[Node | None] | None = any_by_ids("对象 — by ids")
    school: FxSchool | None = by_id("FxSchool", "学校 — by id", requires=Permission.UNIT_READ)
    pupil: FxPupil | None = by_id("FxPupil", "学生 — by id")
    schools: FxSchoolConnection | None = every("学校列表 — all", requires=Permission.UNIT_READ)
    pupils: FxPupilConnection | None = every("学生列表 — all")
    school_stats: list[FxSchoolStats] | None = grouped(
        "学校统计 — in groups", requires=Permission.UNIT_READ
    )


@strawberry.input(description="登记 — a new school")
class FxInput:
    name: str = strawberry.field(description="名称 — name")


class FxErrorCode(ErrorCode):
    """错误代码 — why a school was refused"""

    TOO_SHORT = "TOO_SHORT", "太短 — too short"
    OTHER = "OTHER", "其他 — other"


@payload(FxErrorCode, "结果 — the school or why not")
class FxPayload:
    school: FxSchool | None = shown("学校 — the school")


@strawberry.type
class Mutation:
    @mutation("登记 — add a school", action="fx.add", permission=Permission.UNIT_READ)
    async def school_add(self, info: strawberry.Info, input: FxInput) -> FxPayload | None:
        context = info.context
        some = (await context.session.scalars(select(School).order_by(School.name))).first()
        row = School(
            tenant_id=context.principal.tenant_id,
            name=input.name,
            kind=SchoolKind.PRIMARY,
            area_id=some.area_id,
            rate=1,
            opened=date(2026, 1, 1),
            made=datetime(2026, 1, 1, tzinfo=UTC),
            note="n",
            phone="1",
            secret=b"abc",
        )
        context.session.add(row)
        await context.session.flush()
        match input.name:
            case "refused":
                raise DomainError(
                    Fault(FxErrorCode.TOO_SHORT, "太短", "too short", ("short_name",)),
                    Fault(FxErrorCode.OTHER, "其他", "other"),
                )
            case "broken":
                raise RuntimeError("a password is in here")
            case "forbidden":
                raise Forbidden("x")
        return FxPayload(school=read(FxSchool, row.id, row.tenant_id))


@strawberry.type(description="事件 — a school was looked at")
class FxLooked:
    """A thin payload: what happened, and the row to read."""

    kind: str = strawberry.field(description="类别 — of the event")
    school: FxSchool | None = strawberry.field(description="学校 — as it is at that moment")


@strawberry.type
class Subscription:
    @strawberry.subscription(description="事件 — one for each id given")
    async def looked(
        self, info: strawberry.Info, ids: list[strawberry.ID]
    ) -> AsyncIterator[FxLooked]:
        for given in ids:
            found = decode_id(given)
            row = found and read(FxSchool, found.id, found.tenant_id)
            yield FxLooked(kind="looked", school=row or None)


TYPES = {name: item for name, item in NODES.items() if name not in _before[0]}
RIGHTS = {name: item for name, item in READERS.items() if name not in _before[1]}
PAGES = {name: item for name, item in LISTS.items() if name not in _before[2]}
for _name in TYPES:
    del NODES[_name]
for _name in RIGHTS:
    del READERS[_name]
for _name in PAGES:
    del LISTS[_name]


def build() -> strawberry.Schema:
    """The fixture schema; its types must be registered."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[definition.type for definition in TYPES.values()],
        execution_context_class=CompiledExecutor,
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[lambda: ParserCache(maxsize=100), lambda: ValidationCache(maxsize=100)],
    )
