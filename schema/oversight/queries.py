"""Asking across counties."""

import strawberry

from schema.compiler.sources import every
from schema.organisation.types import TenantConnection
from tenants.access import Permission
from tenants.models import Tenant


@strawberry.type
class OversightQuery:
    tenants: TenantConnection | None = every(
        "租户列表 — the jurisdictions one supervises, by number",
        order=(Tenant.number,),
        requires=Permission.TENANTS_READ,
    )
