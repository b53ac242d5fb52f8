"""Grids and their places as GraphQL types."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.compiler.declarations import Node, column, many, node, one
from schema.compiler.lists import Connection, connection
from schema.organisation.types import PostConnection, Tenant, Unit
from schema.organisation.vocabulary import vocabulary
from services.grids import models, queries, visibility
from services.grids.models import TerritoryKind
from services.institutions.models import Institution as InstitutionRow
from tenants.access import RoleCode
from tenants.models import Post as PostRow
from tenants.models import Unit as UnitRow
from tenants.models import UnitKind

if TYPE_CHECKING:
    from schema.institutions.types import InstitutionConnection

vocabulary(
    TerritoryKind,
    "辖区类型 — kind of a place in a grid's care",
    DIVISION="行政区划 — administrative division",
    SCHOOL_ZONE="学区 — enrolment zone of a school",
)


@node(
    models.GridTerritory,
    visible=visibility.visible_territories,
    description="辖区 — a place in the care of a grid",
)
class GridTerritory(Node):
    tenant: Tenant = one(models.GridTerritory.tenant_id, "租户 — jurisdiction it belongs to")
    kind: TerritoryKind = column(
        models.GridTerritory.kind, "辖区类型 — division or school zone", filter=True
    )
    code: str = column(models.GridTerritory.code, "编码 — code of the place", filter=True)
    name: str = column(models.GridTerritory.name, "名称 — name of the place")
    valid_from: date = column(models.GridTerritory.valid_from, "起始日 — first day of care")
    valid_to: date | None = column(models.GridTerritory.valid_to, "终止日 — last day of care")
    grid: "Grid | None" = one(models.GridTerritory.unit_id, "网格 — grid that cares for it")


@connection("辖区列表 — a page of places", order=(models.GridTerritory.code,))
class GridTerritoryConnection(Connection[GridTerritory]):
    """A page of places."""


@node(
    UnitRow,
    visible=visibility.visible,
    where=UnitRow.kind.in_([kind.value for kind in models.GRID_KINDS]),
    description="网格 — patrol grid: an area, school or community with its places and officers",
)
class Grid(Node):
    tenant: Tenant = one(UnitRow.tenant_id, "租户 — jurisdiction it belongs to")
    code: str = column(UnitRow.code, "编码 — code within the tenant", filter=True, order=True)
    name: str = column(UnitRow.name, "名称 — name of the grid", filter=True)
    kind: UnitKind = column(UnitRow.kind, "类型 — kind of the unit that is the grid", filter=True)
    parent: Unit | None = one(UnitRow.parent_id, "上级单位 — unit above it in the tree")
    reports_to: Unit | None = one(UnitRow.reports_to_id, "报送对象 — unit that it reports to")
    territories: GridTerritoryConnection = many(
        models.GridTerritory.unit_id,
        "辖区 — places in its care, past ones included",
    )
    officers: PostConnection = many(
        PostRow.unit_id,
        "网格员 — posts of its officers",
        where=PostRow.role == RoleCode.GRID_OFFICER.value,
    )
    officer_count: int = column(queries.OFFICER_COUNT, "网格员人数 — posts of officers")
    is_understaffed: bool = column(
        queries.IS_UNDERSTAFFED, "人员不足 — fewer officers than the policy grid.officers.min"
    )
    institutions: Annotated[
        "InstitutionConnection", strawberry.lazy("schema.institutions.types")
    ] = many(InstitutionRow.unit_id, "机构 — institutions in its care")


@connection("网格列表 — a page of grids", order=(UnitRow.code,))
class GridConnection(Connection[Grid]):
    """A page of grids."""
