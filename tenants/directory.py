"""Finding a tenant by its public code, where no token names it."""

from sqlalchemy import select

from tenants.models import Tenant, TenantStatus
from tenants.scope import Scope
from tenants.session import reading


async def public_tenant(code: str) -> int | None:
    """The number of the active tenant with a public code, or None."""
    if not 0 < len(code) <= 64 or "\x00" in code:
        return None
    async with reading(Scope.public(-1)) as session:
        found: int | None = await session.scalar(
            select(Tenant.number).where(
                Tenant.public_code == code, Tenant.status == TenantStatus.ACTIVE
            )
        )
        return found
