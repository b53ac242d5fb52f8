"""Opening a tenant: its registry row, audit chain, data key and first unit (operators only)."""

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database.engine import Role, engine
from tenants import keys
from tenants.audit import GENESIS
from tenants.models import Account, AuditHead, Level, RangeException, Tenant


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


async def move_tenant(number: int, parent_number: int) -> None:
    """Hang a tenant, with all below it, under another jurisdiction.

    Numbers never change, so the jurisdictions whose blocks are now wrong list it as an exception
    until it is moved by export and import; their supervisors see so from the next statement on.
    Raises LookupError for an unknown tenant and ValueError when it would lie below itself.
    """
    async with AsyncSession(engine(Role.MIGRATOR), expire_on_commit=False) as session:
        moved = await session.get(Tenant, number, with_for_update=True)
        if moved is None or await session.get(Tenant, parent_number) is None:
            raise LookupError(f"no tenant {number} or {parent_number}")
        before = await _above(session, moved.parent_number)
        after = await _above(session, parent_number)
        if number in {jurisdiction.number for jurisdiction in after}:
            raise ValueError(f"{number} cannot lie below itself")
        moved.parent_number = parent_number
        await session.flush()
        members = await _members(session, moved)
        concerned = {jurisdiction.number: jurisdiction for jurisdiction in (*before, *after)}
        for jurisdiction in concerned.values():
            await session.execute(
                delete(RangeException).where(
                    RangeException.jurisdiction_number == jurisdiction.number,
                    RangeException.tenant_number.in_(members),
                )
            )
            belongs = jurisdiction in after
            session.add_all(
                RangeException(
                    jurisdiction_number=jurisdiction.number,
                    tenant_number=member,
                    is_within=belongs,
                )
                for member in members
                if belongs != (jurisdiction.number <= member <= jurisdiction.hi)
            )
        await session.execute(
            update(Account)
            .where(Account.tenant_id.in_(concerned))
            .values(epoch=Account.epoch + 1)
            .execution_options(synchronize_session=False)
        )
        await session.commit()


async def _above(session: AsyncSession, number: int | None) -> list[Tenant]:
    """A jurisdiction and those above it."""
    chain = []
    while number is not None:
        jurisdiction = await session.get(Tenant, number)
        if jurisdiction is None:
            break
        chain.append(jurisdiction)
        number = jurisdiction.parent_number
    return chain


async def _members(session: AsyncSession, top: Tenant) -> list[int]:
    """The numbers of a tenant and of all that hang below it."""
    tree = select(Tenant.number).where(Tenant.number == top.number).cte(recursive=True)
    tree = tree.union(select(Tenant.number).join(tree, Tenant.parent_number == tree.c.number))
    return list(await session.scalars(select(tree.c.number)))
