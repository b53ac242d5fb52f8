"""Asking across counties."""

import strawberry

from schema.compiler.sources import Filter, every
from schema.organisation.types import TenantConnection
from tenants.access import Permission
from tenants.models import Level, Tenant


@strawberry.input(description="租户筛选 — which jurisdictions; what is absent does not restrict")
class TenantFilter:
    level: list[Level] | None = strawberry.field(default=None, description="层级 — any of these")
    public_code: list[str] | None = strawberry.field(
        default=None, description="公开代码 — any of these"
    )


@strawberry.type
class OversightQuery:
    tenants: TenantConnection | None = every(
        "租户列表 — the jurisdictions one supervises, by number",
        order=(Tenant.number,),
        requires=Permission.TENANTS_READ,
        filter=Filter(TenantFilter, {"level": Tenant.level, "publicCode": Tenant.public_code}),
    )
