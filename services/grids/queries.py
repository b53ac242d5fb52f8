"""What the commands of grids, and the routing of clues, read."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import NotFound
from services.grids.models import GRID_KINDS, GridTerritory, TerritoryKind
from services.grids.policies import OFFICERS_MIN
from services.grids.rules import containing_codes
from tenants.access import RoleCode
from tenants.models import PolicyValue, Post, Unit
from tenants.organisation import visible_units
from tenants.scope import scope_setting
from tenants.session import scope_of

TODAY: ColumnElement[date] = func.date(
    func.timezone("Asia/Shanghai", scope_setting("app.now", "timestamptz"))
)
"""The legal day of the current unit of work."""

OFFICER_COUNT: ColumnElement[int] = (
    select(func.count())
    .select_from(Post)
    .where(
        Post.tenant_id == Unit.tenant_id,
        Post.unit_id == Unit.id,
        Post.role == RoleCode.GRID_OFFICER.value,
    )
    .correlate(Unit)
    .scalar_subquery()
)
"""Posts of grid officers of a unit."""

_LEAST: ColumnElement[Any] = (
    select(PolicyValue.value)
    .where(
        PolicyValue.tenant_id == Unit.tenant_id,
        PolicyValue.key == OFFICERS_MIN.key,
        PolicyValue.valid_from <= TODAY,
        or_(PolicyValue.valid_to.is_(None), PolicyValue.valid_to >= TODAY),
    )
    .order_by(PolicyValue.valid_from.desc())
    .limit(1)
    .correlate(Unit)
    .scalar_subquery()
)

_DEFAULT_LEAST = cast(literal(str(OFFICERS_MIN.default)), JSONB)
_BOUND = cast(func.coalesce(_LEAST, _DEFAULT_LEAST).op("#>>")(literal_column("'{}'")), Integer)

IS_UNDERSTAFFED: ColumnElement[bool] = func.coalesce(_BOUND > OFFICER_COUNT, False)
"""Fewer officers than the tenant's lower bound; a bound of JSON null means none."""


async def find_unit(session: AsyncSession, unit_id: UUID) -> Unit | None:
    """The unit when it exists in the tenant and the asker sees it."""
    scope = scope_of(session)
    found = await session.execute(
        select(Unit).where(
            Unit.tenant_id == scope.tenant_id, Unit.id == unit_id, visible_units(scope)
        )
    )
    return found.scalar_one_or_none()


async def lock_grid(session: AsyncSession, unit_id: UUID) -> Unit:
    """The grid, locked against other changes of its officers. Raises NotFound on `unitId`."""
    scope = scope_of(session)
    found = await session.execute(
        select(Unit)
        .where(
            Unit.tenant_id == scope.tenant_id,
            Unit.id == unit_id,
            Unit.kind.in_([kind.value for kind in GRID_KINDS]),
            visible_units(scope),
        )
        .with_for_update(of=Unit)
    )
    unit = found.scalar_one_or_none()
    if unit is None:
        raise NotFound("unitId")
    return unit


async def officer_posts(session: AsyncSession, unit: Unit) -> list[Post]:
    """The posts of a grid's officers."""
    found = await session.scalars(
        select(Post)
        .where(
            Post.tenant_id == unit.tenant_id,
            Post.unit_id == unit.id,
            Post.role == RoleCode.GRID_OFFICER.value,
        )
        .order_by(Post.code)
    )
    return list(found)


async def lock_place(session: AsyncSession, kind: TerritoryKind, code: str) -> None:
    """Let nobody else assign the same place before this transaction ends."""
    place = f"{scope_of(session).tenant_id}|{kind.value}|{code}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(place, 0))))


async def territory_overlapping(
    session: AsyncSession,
    kind: TerritoryKind,
    code: str,
    valid_from: date,
    valid_to: date | None,
) -> GridTerritory | None:
    """A unit's care for exactly this place on some day of the period."""
    conditions = [
        GridTerritory.tenant_id == scope_of(session).tenant_id,
        GridTerritory.kind == kind.value,
        GridTerritory.code == code,
        or_(GridTerritory.valid_to.is_(None), GridTerritory.valid_to >= valid_from),
    ]
    if valid_to is not None:
        conditions.append(GridTerritory.valid_from <= valid_to)
    found = await session.execute(select(GridTerritory).where(*conditions).limit(1))
    return found.scalar_one_or_none()


async def territory_for(session: AsyncSession, place_code: str) -> GridTerritory | None:
    """Whose care a place is in today: its school zone, else the smallest division around it."""
    divisions = containing_codes(place_code)
    # A school zone is drawn inside divisions, so it is the more specific of the two.
    rank = case(
        (GridTerritory.kind == TerritoryKind.SCHOOL_ZONE.value, 1_000),
        else_=func.length(GridTerritory.code),
    )
    found = await session.execute(
        select(GridTerritory)
        .where(
            GridTerritory.tenant_id == scope_of(session).tenant_id,
            or_(
                and_(
                    GridTerritory.kind == TerritoryKind.SCHOOL_ZONE.value,
                    GridTerritory.code == place_code,
                ),
                and_(
                    GridTerritory.kind == TerritoryKind.DIVISION.value,
                    GridTerritory.code.in_(divisions),
                ),
            ),
            GridTerritory.valid_from <= TODAY,
            or_(GridTerritory.valid_to.is_(None), GridTerritory.valid_to >= TODAY),
        )
        .order_by(rank.desc(), GridTerritory.id)
        .limit(1)
    )
    return found.scalar_one_or_none()


async def owner_unit_for(session: AsyncSession, code: str) -> Unit | None:
    """The unit in whose care a place is: by its territory, else the unit with that very code.

    `code` is a division code, a school zone's code or a unit's code. Runs under every role,
    `public` too; looks at the whole tenant, for a report must find its grid whoever sends it.
    """
    territory = await territory_for(session, code)
    own_code = Unit.code == code
    condition = own_code if territory is None else Unit.id == territory.unit_id
    found = await session.execute(
        select(Unit).where(Unit.tenant_id == scope_of(session).tenant_id, condition)
    )
    return found.scalar_one_or_none()
