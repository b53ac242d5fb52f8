"""SELECTs that commands of clues need."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import NotFound
from services.clues.models import Clue, ClueConclusion, ConclusionStatus, Reporter
from services.clues.visibility import visible, visible_by_receipt
from tenants.access import RoleCode
from tenants.models import Post
from tenants.organisation import visible_posts
from tenants.session import scope_of


async def lock_clue(session: AsyncSession, clue_id: UUID, *path: str) -> Clue:
    """A visible clue, locked. Raises NotFound on the path (default `id`)."""
    scope = scope_of(session)
    found = await session.scalars(
        select(Clue)
        .where(Clue.tenant_id == scope.tenant_id, Clue.id == clue_id, visible(scope))
        .with_for_update(of=Clue)
    )
    clue = found.one_or_none()
    if clue is None:
        raise NotFound(*(path or ("id",)))
    return clue


async def lock_clues(session: AsyncSession, ids: set[UUID]) -> dict[UUID, Clue]:
    """The visible ones of some clues by id, locked in the order of the primary key."""
    scope = scope_of(session)
    found = await session.scalars(
        select(Clue)
        .where(Clue.tenant_id == scope.tenant_id, Clue.id.in_(ids), visible(scope))
        .order_by(Clue.id)
        .with_for_update(of=Clue)
    )
    return {clue.id: clue for clue in found}


async def by_key(session: AsyncSession, key_mac: bytes) -> tuple[UUID, str, bytes] | None:
    """A former report under the same key: its id, ticket number and input digest."""
    found = await session.execute(
        select(Clue.id, Clue.ticket_no, Clue.input_mac).where(
            Clue.tenant_id == scope_of(session).tenant_id, Clue.key_mac == key_mac
        )
    )
    row = found.one_or_none()
    return None if row is None else (row.id, row.ticket_no, row.input_mac)


async def shown(session: AsyncSession) -> tuple[UUID, str] | None:
    """Id and status of the clue whose receipt the scope shows."""
    scope = scope_of(session)
    found = await session.execute(
        select(Clue.id, Clue.status).where(
            Clue.tenant_id == scope.tenant_id, visible_by_receipt(scope)
        )
    )
    row = found.one_or_none()
    return None if row is None else (row.id, row.status)


async def first_post(
    session: AsyncSession, role: RoleCode, unit_id: UUID | None = None
) -> tuple[UUID, UUID] | None:
    """The first post of a role (in a unit), as (post, unit)."""
    query = select(Post.id, Post.unit_id).where(
        Post.tenant_id == scope_of(session).tenant_id, Post.role == role.value
    )
    if unit_id is not None:
        query = query.where(Post.unit_id == unit_id)
    row = (await session.execute(query.order_by(Post.code).limit(1))).one_or_none()
    return None if row is None else (row.id, row.unit_id)


async def find_post(session: AsyncSession, post_id: UUID) -> Post | None:
    """A post that the asker sees."""
    scope = scope_of(session)
    found = await session.scalars(
        select(Post).where(
            Post.tenant_id == scope.tenant_id, Post.id == post_id, visible_posts(scope)
        )
    )
    return found.one_or_none()


async def live_conclusion(session: AsyncSession, clue_id: UUID) -> ClueConclusion | None:
    """The conclusion of a locked clue that waits for a signature."""
    found = await session.scalars(
        select(ClueConclusion).where(
            ClueConclusion.tenant_id == scope_of(session).tenant_id,
            ClueConclusion.clue_id == clue_id,
            ClueConclusion.status == ConclusionStatus.PROPOSED,
        )
    )
    return found.one_or_none()


async def lock_conclusion(
    session: AsyncSession, conclusion_id: UUID
) -> tuple[Clue, ClueConclusion]:
    """A visible clue, locked, and its conclusion as it is then. Raises NotFound."""
    clue_id = await session.scalar(
        select(ClueConclusion.clue_id).where(
            ClueConclusion.tenant_id == scope_of(session).tenant_id,
            ClueConclusion.id == conclusion_id,
        )
    )
    if clue_id is None:
        raise NotFound("conclusionId")
    clue = await lock_clue(session, clue_id, "conclusionId")
    conclusion = await session.get_one(ClueConclusion, (clue.tenant_id, conclusion_id))
    return clue, conclusion


async def reporter_of(session: AsyncSession, clue_id: UUID) -> Reporter | None:
    """The sealed reporter of a clue."""
    found = await session.scalars(
        select(Reporter).where(
            Reporter.tenant_id == scope_of(session).tenant_id, Reporter.clue_id == clue_id
        )
    )
    return found.one_or_none()
