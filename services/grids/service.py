"""Commands of grids: give a unit a place, appoint its officers."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError, Fault
from infra.text import text_fault
from services.grids import queries, rules
from services.grids.errors import GridErrorCode
from services.grids.models import GridTerritory, TerritoryKind
from services.grids.policies import OFFICERS_MAX
from tenants import organisation, policies
from tenants.access import Permission, RoleCode, require
from tenants.models import Account, Post
from tenants.principal import Principal
from tenants.session import today_of


@dataclass(frozen=True)
class AssignTerritory:
    """Put a place into the care of a grid; from today unless `valid_from` says otherwise."""

    unit_id: UUID
    kind: TerritoryKind
    code: str
    name: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class AppointGridOfficer:
    """A new officer's post in a grid, held by an account or still vacant."""

    unit_id: UUID
    title: str
    account_id: UUID | None = None
    valid_from: date | None = None


async def assign_territory(
    session: AsyncSession, principal: Principal, command: AssignTerritory
) -> GridTerritory:
    """Assign a place. A place is in one grid's care at a time (TERRITORY_TAKEN)."""
    require(principal, Permission.GRID_MANAGE)
    begins = command.valid_from or today_of(session)
    faults = [
        rules.code_fault(command.kind, command.code),
        text_fault("name", command.name, 2, 100, "名称", "The name"),
    ]
    if command.valid_to is not None and command.valid_to < begins:
        faults.append(
            Fault(
                GridErrorCode.PERIOD_INVALID,
                f"终止日不得早于起始日 {begins}",
                f"The last day must not be before the first, {begins}",
                ("validTo",),
            )
        )
    found = [fault for fault in faults if fault]
    if found:
        raise DomainError(*found)
    unit = await queries.lock_grid(session, command.unit_id)
    is_division = command.kind is TerritoryKind.DIVISION
    code = rules.normal_code(command.code) if is_division else command.code
    await queries.lock_place(session, command.kind, code)
    taken = await queries.territory_overlapping(
        session, command.kind, code, begins, command.valid_to
    )
    if taken is not None:
        raise DomainError(
            Fault(
                GridErrorCode.TERRITORY_TAKEN,
                f"{code} 在此期间已由其他网格负责或已登记",
                f"{code} is already in a grid's care during that time",
                ("code",),
            )
        )
    territory = GridTerritory(
        tenant_id=unit.tenant_id,
        unit_id=unit.id,
        kind=command.kind,
        code=code,
        name=command.name.strip(),
        valid_from=begins,
        valid_to=command.valid_to,
    )
    session.add(territory)
    await session.flush()
    return territory


async def appoint_grid_officer(
    session: AsyncSession, principal: Principal, command: AppointGridOfficer
) -> Post:
    """Appoint an officer; refused above the policy `grid.officers.max` (S0-4)."""
    require(principal, Permission.GRID_MANAGE)
    fault = text_fault("title", command.title, 2, 50, "岗位名称", "The title")
    if fault:
        raise DomainError(fault)
    unit = await queries.lock_grid(session, command.unit_id)
    begins = command.valid_from or today_of(session)
    officers = await queries.officer_posts(session, unit)
    most = await policies.value(session, OFFICERS_MAX, begins)
    if rules.above_max(len(officers), most):
        raise DomainError(
            Fault(
                GridErrorCode.OFFICERS_ABOVE_MAX,
                f"该网格已有 {len(officers)} 名网格员，最多 {most} 名（{OFFICERS_MAX.source}）",
                f"The grid has {len(officers)} officers already, {most} at most",
                ("unitId",),
            )
        )
    await _refuse_unknown_account(session, unit.tenant_id, command.account_id)
    codes = {post.code for post in officers}
    number = next(n for n in range(1, len(codes) + 2) if f"{unit.code}/officer-{n}" not in codes)
    post = await organisation.add_post(
        session,
        unit.id,
        f"{unit.code}/officer-{number}",
        command.title.strip(),
        RoleCode.GRID_OFFICER,
    )
    if command.account_id is not None:
        await organisation.hold_post(session, post.id, command.account_id, begins)
    return post


async def _refuse_unknown_account(
    session: AsyncSession, tenant_id: int, account_id: UUID | None
) -> None:
    if account_id is not None and await session.get(Account, (tenant_id, account_id)) is None:
        raise DomainError(
            Fault(
                GridErrorCode.NOT_FOUND,
                "找不到该账号",
                "No such account; check the id",
                ("accountId",),
            )
        )
