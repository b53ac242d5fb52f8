"""Root fields of the organisation."""

import strawberry

from schema.compiler.declarations import by_id, every
from schema.compiler.sources import read, read_tenant
from schema.organisation.types import Tenant, Unit, UnitConnection, Viewer
from tenants.access import Permission


async def _viewer(info: strawberry.Info) -> Viewer | None:
    principal = info.context.principal
    return read(Viewer, principal.account_id, principal.tenant_id) if principal else None


async def _tenant(info: strawberry.Info) -> Tenant | None:
    principal = info.context.principal
    return read_tenant(Tenant, principal.tenant_id) if principal else None


@strawberry.type
class OrganisationQuery:
    viewer: Viewer | None = strawberry.field(
        resolver=_viewer, description="当前用户 — who is asking; null without a token"
    )
    tenant: Tenant | None = strawberry.field(
        resolver=_tenant,
        description="租户 — the token's own jurisdiction; null without a token",
    )
    unit: Unit | None = by_id("Unit", "单位 — one unit by its id", requires=Permission.UNIT_READ)
    units: UnitConnection | None = every(
        "单位列表 — all visible units", requires=Permission.UNIT_READ
    )
