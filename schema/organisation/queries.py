"""Root fields of the organisation."""

from typing import cast

import strawberry

from schema.compiler.sources import Lazy, Root, by_id, every, read
from schema.organisation.types import Tenant, Unit, UnitConnection, Viewer
from tenants import models
from tenants.access import Permission


async def _viewer(info: strawberry.Info) -> Viewer | None:
    principal = info.context.principal
    return read(Viewer, principal.account_id, principal.tenant_id) if principal else None


async def _tenant(info: strawberry.Info) -> Tenant | None:
    principal = info.context.principal
    if principal is None:
        return None
    return cast(Tenant, Lazy(Root(False), "Tenant", tenant_id=principal.tenant_id))


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
        "单位列表 — all visible units", order=(models.Unit.code,), requires=Permission.UNIT_READ
    )
