"""The GraphQL types over the fixture tables; registered only while a fixture says so."""

from datetime import date, datetime
from typing import Annotated, Any, cast

import strawberry
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import aliased
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from infra.errors import DomainError, ErrorCode, Fault, Forbidden
from schema.compiler.executor import CompiledExecutor
from schema.compiler.sources import (
    NODES,
    READERS,
    Lazy,
    Node,
    Root,
    Search,
    by_id,
    column,
    computed,
    embedded,
    every,
    many,
    node,
    one,
    read,
)
from schema.fields import mutation
from schema.payloads import payload, shown
from schema.scalars import SCALARS, Money, Percent
from tenants import models as tenant_models
from tenants.access import Permission
from tenants.scope import ALL_OF_TENANT, Reach, Scope, ScopeKind, scope_setting
from tests.schema.compiler.fixture_models import Gram, Pupil, School, SchoolKind

_before = dict(NODES), dict(READERS)
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
    name: str = column(School.name, "名称 — name")
    kind: SchoolKind = column(School.kind, "类别 — kind")
    fee: Money | None = column(cast(Any, School.fee), "收费 — fee")
    rate: Percent = column(cast(Any, School.rate), "比率 — rate")
    opened: date = column(School.opened, "日期 — first day")
    seen: datetime | None = column(School.seen, "时刻 — last visit")
    shout: str = column(School.name + "%%:x!", "大写 — a constant with signs")
    same_kind: int = column(
        select(func.count())
        .select_from(_other)
        .where(_other.tenant_id == School.tenant_id, _other.kind == School.kind)
        .scalar_subquery(),
        "同类数 — schools of the same kind in the tenant",
    )
    note: str | None = column(School.note, "备注 — note", requires=Permission.CLUE_READ)
    masked: str = column(
        School.note,
        "备注 — note or its first character",
        requires=Permission.REPORTER_OPEN,
        otherwise=func.left(School.note, 1) + "***",
    )
    phone: str = column(School.phone, "电话 — personal")
    secret: str | None = computed(
        unseal, "密文 — sealed", requires=Permission.CLUE_TRIAGE, sealed=School.secret
    )
    figures: FxFigures = embedded(
        "合计 — figures",
        pupils=select(func.count())
        .where(Pupil.tenant_id == School.tenant_id, Pupil.school_id == School.id)
        .scalar_subquery(),
        phone=School.phone,
    )
    parent: Annotated["FxSchool", strawberry.lazy("tests.schema.compiler.fixture_types")] | None = (
        one(School.parent_id, "上级 — school above")
    )
    children: Annotated[
        "FxSchoolConnection", strawberry.lazy("tests.schema.compiler.fixture_types")
    ] = many(
        School.parent_id,
        "下级 — schools below",
        search=Search(Gram.gram, Gram.school_id, grams),
    )
    pupils: Annotated[
        "FxPupilConnection", strawberry.lazy("tests.schema.compiler.fixture_types")
    ] = many(Pupil.school_id, "学生 — pupils", order=(Pupil.score.desc(),))
    mentored: (
        Annotated["FxPupilConnection", strawberry.lazy("tests.schema.compiler.fixture_types")]
        | None
    ) = many(
        Pupil.mentor_id,
        "辅导 — pupils it mentors",
        where=Pupil.score > 10,
        requires=Permission.CLUE_REPLY,
    )


@node(Pupil, visible=visible_pupils, description="学生 — a pupil")
class FxPupil(Node):
    name: str = column(Pupil.name, "名称 — name")
    score: int = column(Pupil.score, "分数 — score")
    school: FxSchool = one(Pupil.school_id, "学校 — school")
    mentor: FxSchool | None = one(Pupil.mentor_id, "辅导 — mentor school")


@strawberry.type(description="学校列表 — schools")
class FxSchoolConnection:
    nodes: list[FxSchool] = strawberry.field(description="学校 — page")
    total_count: int = strawberry.field(description="总数 — all")


@strawberry.type(description="学生列表 — pupils")
class FxPupilConnection:
    nodes: list[FxPupil] = strawberry.field(description="学生 — page")
    total_count: int = strawberry.field(description="总数 — all")


def _node(id: strawberry.ID) -> Node | None:
    from infra.ids import decode_id

    decoded = decode_id(id)
    if decoded is None or decoded.type not in NODES:
        return None
    return cast(Node, Lazy(Root(False), decoded.type, decoded.id, decoded.tenant_id))


@strawberry.type
class Query:
    node: Node | None = strawberry.field(resolver=_node, description="对象 — by id")
    school: FxSchool | None = by_id("FxSchool", "学校 — by id", requires=Permission.UNIT_READ)
    pupil: FxPupil | None = by_id("FxPupil", "学生 — by id")
    schools: FxSchoolConnection | None = every(
        "学校列表 — all",
        order=(School.name,),
        search=Search(Gram.gram, Gram.school_id, grams),
        requires=Permission.UNIT_READ,
    )
    pupils: FxPupilConnection | None = every("学生列表 — all")


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


TYPES = {name: item for name, item in NODES.items() if name not in _before[0]}
RIGHTS = {name: item for name, item in READERS.items() if name not in _before[1]}
for _name in TYPES:
    del NODES[_name]
for _name in RIGHTS:
    del READERS[_name]


def build() -> strawberry.Schema:
    """The fixture schema; its types must be registered."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        types=[definition.type for definition in TYPES.values()],
        execution_context_class=CompiledExecutor,
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[lambda: ParserCache(maxsize=100), lambda: ValidationCache(maxsize=100)],
    )
