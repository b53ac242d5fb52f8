"""What commands of problems read."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import NotFound
from services.problems.models import (
    NoticeStatus,
    Problem,
    RectificationEvidence,
    RectificationNotice,
)
from services.problems.visibility import visible
from tenants.access import RoleCode
from tenants.models import Post
from tenants.session import scope_of, today_of


async def today(session: AsyncSession) -> date:
    """The day of the unit of work in legal time."""
    return today_of(session)


async def lock_problem(session: AsyncSession, problem_id: UUID) -> Problem:
    """The visible problem, locked. Raises NotFound on `id`."""
    scope = scope_of(session)
    found = await session.scalars(
        select(Problem)
        .where(Problem.tenant_id == scope.tenant_id, Problem.id == problem_id, visible(scope))
        .with_for_update(of=Problem)
    )
    problem = found.one_or_none()
    if problem is None:
        raise NotFound("id")
    return problem


async def draft_notice(session: AsyncSession, problem_id: UUID) -> RectificationNotice | None:
    """The notice of a locked problem that waits to be issued."""
    found = await session.scalars(
        select(RectificationNotice).where(
            RectificationNotice.tenant_id == scope_of(session).tenant_id,
            RectificationNotice.problem_id == problem_id,
            RectificationNotice.status == NoticeStatus.DRAFT,
        )
    )
    return found.one_or_none()


async def submitters(session: AsyncSession, problem: Problem) -> set[UUID]:
    """Accounts that sent evidence of a problem's present round."""
    found = await session.scalars(
        select(RectificationEvidence.submitted_by_account_id).where(
            RectificationEvidence.tenant_id == problem.tenant_id,
            RectificationEvidence.problem_id == problem.id,
            RectificationEvidence.round == problem.round,
        )
    )
    return set(found)


async def officer_of(session: AsyncSession, unit_id: UUID) -> UUID | None:
    """The first grid officer's post of a unit, who follows a rectification up."""
    found: UUID | None = await session.scalar(
        select(Post.id)
        .where(
            Post.tenant_id == scope_of(session).tenant_id,
            Post.unit_id == unit_id,
            Post.role == RoleCode.GRID_OFFICER.value,
        )
        .order_by(Post.code)
        .limit(1)
    )
    return found
