"""Opening a tenant: its registry row, audit chain, data key and first unit (operators only)."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from infra.database.engine import Role, engine
from tenants import keys
from tenants.audit import GENESIS
from tenants.models import AuditHead, Level, Tenant


@dataclass(frozen=True)
class OpenTenant:
    """A jurisdiction that begins to act; `number`…`hi` is its block (tenants.numbers)."""

    number: int
    hi: int
    name: str
    level: Level
    public_code: str
    parent_number: int | None = None
    division_code: str | None = None


async def open_tenant(command: OpenTenant) -> Tenant:
    """Register a tenant as the migrator role; raises IntegrityError when it exists."""
    async with AsyncSession(engine(Role.MIGRATOR), expire_on_commit=False) as session:
        tenant = Tenant(**vars(command))
        session.add(tenant)
        await session.flush()
        session.add(AuditHead(tenant_id=command.number, seq=0, hash=GENESIS))
        session.add(keys.new_data_key(command.number))
        await session.commit()
        return tenant
