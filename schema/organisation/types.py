"""Tenants, units, posts and the viewer as GraphQL types."""

from typing import TYPE_CHECKING, Annotated, cast

import strawberry
from sqlalchemy import ColumnElement, and_, func, not_, or_
from sqlalchemy.sql.expression import SQLColumnExpression

from schema.compiler.declarations import Node, column, embedded, many, node, one
from schema.compiler.lists import Connection, connection
from schema.organisation.vocabulary import vocabulary
from schema.oversight.types import (
    CountFigure,
    MoneyFigure,
    PublishedFigureConnection,
    RateFigure,
)
from services.deadlines.models import OPEN
from services.deadlines.models import Deadline as DeadlineRow
from services.institutions.models import Institution as InstitutionRow
from services.metrics.models import PublishedFigure as PublishedRow
from services.oversight import figures
from tenants import models
from tenants.access import RoleCode
from tenants.models import Level, TenantStatus, UnitKind
from tenants.organisation import held_by_asker, visible_posts, visible_units
from tenants.scope import Scope, ScopeKind, asking_account, scope_setting

if TYPE_CHECKING:
    from schema.deadlines.types import DeadlineConnection
    from schema.grids.types import GridConnection
    from schema.institutions.types import InstitutionConnection

Institutions = Annotated["InstitutionConnection", strawberry.lazy("schema.institutions.types")]
Deadlines = Annotated["DeadlineConnection", strawberry.lazy("schema.deadlines.types")]
Grids = Annotated["GridConnection", strawberry.lazy("schema.grids.types")]

vocabulary(
    Level,
    "层级 — level of a jurisdiction",
    NATIONAL="国家 — the nation",
    PROVINCE="省级 — province, autonomous region or municipality",
    CITY="市级 — prefecture-level city",
    COUNTY="县级 — county or district",
    FUNCTIONAL_ZONE="功能区 — development or high-tech zone",
)
vocabulary(
    TenantStatus,
    "租户状态 — life of a tenant",
    DRAFT="筹备 — being prepared",
    ACTIVE="启用 — in use",
    SUSPENDED="停用 — suspended",
    ARCHIVED="归档 — archived",
)
vocabulary(
    UnitKind,
    "单位类型 — kind of an organisational unit",
    COUNTY_BUREAU="县教育局 — county education bureau",
    CITY_OFFICE="市级机关 — city office",
    PROVINCE_OFFICE="省级机关 — provincial office",
    DISTRICT_AREA="片区 — district area",
    CENTRAL_SCHOOL="中心校 — central school",
    JUNIOR_SCHOOL="初中 — junior school",
    PRIMARY_SCHOOL="小学 — primary school",
    COMMUNITY="社区 — community",
)
vocabulary(
    RoleCode,
    "岗位角色 — role that a post carries",
    GRID_OFFICER="网格员 — grid officer",
    CENTRAL_SCHOOL_LEAD="中心校负责人 — lead of a central school",
    AREA_LEAD="片区负责人 — lead of a district area",
    SCHOOL_PRINCIPAL="校长 — school principal",
    COUNTY_OFFICER="县级干事 — county officer",
    CLUE_OFFICER="线索专人 — clue officer",
    BUREAU_LEADER="分管领导 — bureau leader",
    FINANCE_OFFICER="财务发奖岗 — finance officer, who pays out",
    FUND_SUPERVISOR="教委监督 — fund supervisor",
    AREA_FUND_FOLLOW="学区跟进 — follows up the funds of an area",
    BANK_OPERATOR="托管银行 — custody bank",
    INSTITUTION_OPERATOR="机构经办 — acts for an institution",
    GUARDIAN="家长 — guardian of a pupil",
    TENANT_ADMIN="系统管理员 — tenant administrator",
    CITY_SUPERVISOR="市级监管 — city supervisor",
    PROVINCIAL_SUPERVISOR="省级监管 — provincial supervisor",
)


def visible_tenants(scope: Scope) -> ColumnElement[bool]:
    """One's own tenant; for a supervisor those of the range."""
    if scope.kind is ScopeKind.JURISDICTION:
        number = models.Tenant.number
        block = number.between(
            scope_setting("app.tenant_lo", "int"), scope_setting("app.tenant_hi", "int")
        )
        if not scope.has_exceptions:
            return block
        left = number == func.any(scope_setting("app.tenant_out", "int[]"))
        return or_(
            and_(block, not_(left)), number == func.any(scope_setting("app.tenant_in", "int[]"))
        )
    return models.Tenant.number == scope_setting("app.tenant_id", "int")


def visible_viewer(scope: Scope) -> ColumnElement[bool]:
    """The asker's own account."""
    return models.Account.id == asking_account()


@node(
    models.Tenant,
    visible=visible_tenants,
    key=("number", "number"),
    description="租户 — a jurisdiction that acts: county, zone, city or province",
)
class Tenant(Node):
    name: str = column(models.Tenant.name, "名称 — name of the jurisdiction", filter=True)
    level: Level = column(models.Tenant.level, "层级 — its level", filter=True)
    public_code: str = column(
        models.Tenant.public_code, "公开代码 — names the tenant where no token does", filter=True
    )
    division_code: str | None = column(
        models.Tenant.division_code,
        "区划代码 — GB/T 2260 code; zones may have none",
        filter=True,
    )
    status: TenantStatus = column(models.Tenant.status, "状态 — whether it is in use", filter=True)
    units: "UnitConnection" = many(models.Unit.tenant_id, "单位 — its organisational units")
    grids: Grids = many(models.Unit.tenant_id, "网格 — its grids")
    institutions: Institutions = many(InstitutionRow.tenant_id, "机构 — its training institutions")
    institutions_active: CountFigure = embedded(
        "在册机构数 — active institutions of the jurisdiction and all below it",
        **figures.INSTITUTIONS_ACTIVE.parts,
    )
    clues_received: CountFigure = embedded(
        "收到线索数 — clues received in the jurisdiction and all below it",
        **figures.CLUES_RECEIVED.parts,
    )
    clues_replied: RateFigure = embedded(
        "线索答复率 — clues answered out of clues received (件件有回音)",
        **figures.CLUES_REPLIED.parts,
    )
    clues_replied_in_time: RateFigure = embedded(
        "按期答复率 — clues fully answered within ten days, out of clues received (S3-14)",
        **figures.CLUES_REPLIED_IN_TIME.parts,
    )
    clues_substantiated: RateFigure = embedded(
        "查实率 — clues found true, out of clues concluded",
        **figures.CLUES_SUBSTANTIATED.parts,
    )
    deadlines_missed: RateFigure = embedded(
        "逾期率 — deadlines missed, out of deadlines started", **figures.DEADLINES_MISSED.parts
    )
    rewards_paid: RateFigure = embedded(
        "奖励兑现率 — rewards paid, out of rewards approved (查实有兑现)",
        **figures.REWARDS_PAID.parts,
    )
    rewards_amount: MoneyFigure = embedded(
        "奖励金额 — rewards paid, in yuan", **figures.REWARDS_AMOUNT.parts
    )
    funds_coverage: RateFigure = embedded(
        "资金监管覆盖率 — institutions with a custody account, out of active institutions",
        **figures.FUNDS_COVERAGE.parts,
    )
    funds_balance: MoneyFigure = embedded(
        "监管资金余额 — prepaid fees in custody, in yuan", **figures.FUNDS_BALANCE.parts
    )
    funds_unconsumed: MoneyFigure = embedded(
        "未消课金额 — fees of lessons not yet given, in yuan", **figures.FUNDS_UNCONSUMED.parts
    )
    funds_alerts_red: CountFigure = embedded(
        "红色预警数 — open red alerts of funds", **figures.FUNDS_ALERTS_RED.parts
    )
    published_figures: PublishedFigureConnection = many(
        PublishedRow.tenant_id,
        "公布数据 — totals that documents published for the jurisdiction itself",
    )


@connection("租户列表 — a page of jurisdictions", order=(models.Tenant.number,))
class TenantConnection(Connection[Tenant]):
    """A page of jurisdictions."""


@node(
    models.Unit,
    visible=visible_units,
    description="单位 — a node of the organisational tree: bureau, area, school, community",
)
class Unit(Node):
    tenant: Tenant = one(models.Unit.tenant_id, "租户 — jurisdiction it belongs to")
    code: str = column(models.Unit.code, "编码 — code within the tenant", filter=True, order=True)
    name: str = column(models.Unit.name, "名称 — name of the unit", filter=True)
    kind: UnitKind = column(models.Unit.kind, "类型 — kind of the unit", filter=True)
    parent: "Unit | None" = one(
        models.Unit.parent_id, "上级单位 — unit above it in the tree", filter=True
    )
    reports_to: "Unit | None" = one(models.Unit.reports_to_id, "报送对象 — unit that it reports to")
    children: "UnitConnection" = many(models.Unit.parent_id, "下级单位 — units below it")
    posts: "PostConnection" = many(models.Post.unit_id, "岗位 — its posts")
    institutions: Institutions = many(InstitutionRow.unit_id, "机构 — institutions in its care")


@node(
    models.Post,
    visible=visible_posts,
    description="岗位 — a post: rights hang on it, persons come and go",
)
class Post(Node):
    tenant: Tenant = one(models.Post.tenant_id, "租户 — jurisdiction it belongs to")
    code: str = column(models.Post.code, "编码 — code within the tenant")
    title: str = column(models.Post.title, "岗位名称 — title of the post", filter=True)
    role: RoleCode = column(
        cast(SQLColumnExpression[RoleCode], models.Post.role), "角色 — what it may do", filter=True
    )
    unit: Unit = one(models.Post.unit_id, "单位 — unit it belongs to")


@connection("单位列表 — a page of units", order=(models.Unit.code,))
class UnitConnection(Connection[Unit]):
    """A page of units."""


@connection("岗位列表 — a page of posts", order=(models.Post.code,))
class PostConnection(Connection[Post]):
    """A page of posts."""


@node(
    models.Account,
    visible=visible_viewer,
    description="当前用户 — the account behind the token",
)
class Viewer(Node):
    tenant: Tenant = one(models.Account.tenant_id, "租户 — jurisdiction of the account")
    posts: PostConnection = many(
        models.Post.tenant_id,
        "岗位 — posts the account holds or stands in for today",
        where=held_by_asker(models.Post.tenant_id, models.Post.id),
    )
    todo: Deadlines = many(
        DeadlineRow.tenant_id,
        "待办 — open deadlines of the posts that the account holds or stands in for today",
        where=and_(
            DeadlineRow.state.in_(OPEN),
            held_by_asker(DeadlineRow.tenant_id, DeadlineRow.owner_post_id),
        ),
    )
