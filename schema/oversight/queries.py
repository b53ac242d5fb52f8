"""Asking across counties."""

import strawberry

from schema.compiler.declarations import every
from schema.organisation.types import TenantConnection
from tenants.access import Permission


@strawberry.type
class OversightQuery:
    tenants: TenantConnection | None = every(
        "租户列表 — the jurisdictions one supervises, by number",
        requires=Permission.TENANTS_READ,
    )
