"""What commands of deadlines read, and whom a step reaches."""

from collections.abc import AsyncIterator, Iterable
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import NotFound
from services.deadlines.models import (
    OPEN,
    Deadline,
    DeadlineAlarm,
    DeadlineState,
    DeadlineStep,
    RungKind,
)
from services.deadlines.visibility import visible
from tenants.access import RoleCode
from tenants.models import Post, Unit
from tenants.organisation import holders
from tenants.session import scope_of

_LEADS = (
    RoleCode.SCHOOL_PRINCIPAL,
    RoleCode.CENTRAL_SCHOOL_LEAD,
    RoleCode.AREA_LEAD,
    RoleCode.COUNTY_OFFICER,
)
"""Roles that answer for the posts of their unit, in the order in which they are asked."""

_LAST_RESORT = (RoleCode.BUREAU_LEADER, RoleCode.COUNTY_OFFICER, RoleCode.TENANT_ADMIN)


async def find_open(session: AsyncSession, rule: str, subject_id: UUID) -> Deadline | None:
    """The open deadline of a subject under a rule."""
    found = await session.scalars(
        select(Deadline).where(
            Deadline.tenant_id == scope_of(session).tenant_id,
            Deadline.rule == rule,
            Deadline.subject_id == subject_id,
            Deadline.state.in_(OPEN),
        )
    )
    return found.one_or_none()


async def get_visible(session: AsyncSession, deadline_id: UUID) -> Deadline:
    """A deadline that the asker sees. Raises NotFound on `id`."""
    scope = scope_of(session)
    found = await session.scalars(
        select(Deadline).where(
            Deadline.tenant_id == scope.tenant_id, Deadline.id == deadline_id, visible(scope)
        )
    )
    deadline = found.one_or_none()
    if deadline is None:
        raise NotFound("id")
    return deadline


async def silence(session: AsyncSession, deadline: Deadline) -> None:
    """Remove the steps not taken yet, then lock the deadline as it is now.

    In this order, which is the scheduler's too.
    """
    await session.execute(
        delete(DeadlineAlarm)
        .where(
            DeadlineAlarm.tenant_id == deadline.tenant_id,
            DeadlineAlarm.deadline_id == deadline.id,
        )
        .execution_options(synchronize_session=False)
    )
    await session.refresh(deadline, with_for_update=True)


async def taken_steps(session: AsyncSession, deadline: Deadline) -> set[int]:
    """Steps of the present round that were taken."""
    found = await session.scalars(
        select(DeadlineStep.step).where(
            DeadlineStep.tenant_id == deadline.tenant_id,
            DeadlineStep.deadline_id == deadline.id,
            DeadlineStep.round == deadline.round,
        )
    )
    return set(found)


_BEHIND = text("""
SELECT tenant_id, id FROM deadline
WHERE state = 'RUNNING' AND calendar_version < :version ORDER BY tenant_id, id LIMIT :most
""")


async def behind(session: AsyncSession, version: int, most: int) -> dict[int, list[UUID]]:
    """Running deadlines of any tenant whose dates rest on an older calendar, for the scheduler."""
    found: dict[int, list[UUID]] = {}
    for tenant_id, deadline_id in await session.execute(
        _BEHIND, {"version": version, "most": most}
    ):
        found.setdefault(tenant_id, []).append(deadline_id)
    return found


async def running(session: AsyncSession, ids: Iterable[UUID]) -> list[Deadline]:
    """Those of some deadlines of the tenant that are running, in the order of their ids."""
    found = await session.scalars(
        select(Deadline)
        .where(
            Deadline.tenant_id == scope_of(session).tenant_id,
            Deadline.id.in_(list(ids)),
            Deadline.state == DeadlineState.RUNNING,
        )
        .order_by(Deadline.id)
    )
    return list(found)


async def every_running(session: AsyncSession, at_once: int) -> AsyncIterator[Deadline]:
    """All running deadlines of all tenants, for the scheduler, so many fetched at once."""
    query = select(Deadline).where(Deadline.state == DeadlineState.RUNNING)
    async for deadline in await session.stream_scalars(query.execution_options(yield_per=at_once)):
        yield deadline


async def note_told(
    session: AsyncSession, deadline: Deadline, round_: int, step: int, post_id: UUID
) -> None:
    """Write down which post heard of a step."""
    await session.execute(
        update(DeadlineStep)
        .where(
            DeadlineStep.tenant_id == deadline.tenant_id,
            DeadlineStep.deadline_id == deadline.id,
            DeadlineStep.round == round_,
            DeadlineStep.step == step,
        )
        .values(told_post_id=post_id)
        .execution_options(synchronize_session=False)
    )


async def recipients(
    session: AsyncSession, owner_post_id: UUID, rung: RungKind
) -> tuple[UUID, list[UUID]] | None:
    """The post that a step reaches and the accounts that act for it.

    The owner's holder or deputy; where the post is vacant, and for ABOVE, the first post with
    somebody in it that answers for the owner's unit or for one it reports to; LEADER and the end
    of every way up: the leader's post. None when nobody of the tenant could be reached.
    """
    tenant_id = scope_of(session).tenant_id
    owner = await session.get_one(Post, (tenant_id, owner_post_id))
    if rung in (RungKind.REMIND, RungKind.DUE):
        accounts = await holders(session, owner.id)
        if accounts:
            return owner.id, accounts
    if rung is not RungKind.LEADER:
        unit: Unit | None = await session.get_one(Unit, (tenant_id, owner.unit_id))
        # A grid officer's school has its own principal before the area is asked.
        seen: set[UUID] = set()
        while unit is not None and unit.id not in seen:
            seen.add(unit.id)
            found = await _first_held(session, _LEADS, unit.id, {owner.id}, owner.role)
            if found is not None:
                return found
            above = unit.reports_to_id or unit.parent_id
            unit = await session.get(Unit, (tenant_id, above)) if above else None
    return await _first_held(session, _LAST_RESORT, None, {owner.id}, None)


async def _first_held(
    session: AsyncSession,
    roles: Iterable[RoleCode],
    unit_id: UUID | None,
    without: set[UUID],
    below: str | None,
) -> tuple[UUID, list[UUID]] | None:
    """The first post of the roles, in their order, that somebody acts for."""
    for role in roles:
        if role.value == below:
            continue
        query = select(Post.id).where(
            Post.tenant_id == scope_of(session).tenant_id, Post.role == role.value
        )
        if unit_id is not None:
            query = query.where(Post.unit_id == unit_id)
        for post_id in await session.scalars(query.order_by(Post.id)):
            if post_id in without:
                continue
            accounts = await holders(session, post_id)
            if accounts:
                return post_id, accounts
    return None
