"""What commands of rewards read and lock."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from infra.errors import NotFound
from services.clues.models import Clue, ClueConclusion, ConclusionStatus
from services.rewards.models import LIVE, Reward, RewardBudget, RewardExclusion
from services.rewards.visibility import visible
from tenants.session import scope_of


async def lock_reward(session: AsyncSession, reward_id: UUID) -> Reward:
    """A visible reward, locked. Raises NotFound on `id`."""
    scope = scope_of(session)
    found = await session.scalars(
        select(Reward)
        .where(Reward.tenant_id == scope.tenant_id, Reward.id == reward_id, visible(scope))
        .with_for_update(of=Reward)
    )
    reward = found.one_or_none()
    if reward is None:
        raise NotFound("id")
    return reward


async def lock_by_notice(session: AsyncSession, message_id: UUID) -> Reward | None:
    """The reward that a message told of, locked."""
    found = await session.scalars(
        select(Reward)
        .where(
            Reward.tenant_id == scope_of(session).tenant_id,
            Reward.notice_message_id == message_id,
        )
        .with_for_update()
    )
    return found.one_or_none()


async def lock_budget(session: AsyncSession, year: int) -> RewardBudget | None:
    """The budget of a year, locked."""
    found = await session.scalars(
        select(RewardBudget)
        .where(RewardBudget.tenant_id == scope_of(session).tenant_id, RewardBudget.year == year)
        .with_for_update()
    )
    return found.one_or_none()


async def get_budget(session: AsyncSession, budget_id: UUID) -> RewardBudget:
    """A budget by its id. Raises NoResultFound."""
    return await session.get_one(RewardBudget, (scope_of(session).tenant_id, budget_id))


async def has_live(session: AsyncSession, clue_id: UUID) -> bool:
    """Whether a clue has a reward that is neither rejected nor expired."""
    live = select(Reward.id).where(
        Reward.tenant_id == scope_of(session).tenant_id,
        Reward.clue_id == clue_id,
        Reward.status.in_(LIVE),
    )
    return bool(await session.scalar(select(exists(live))))


async def signed_conclusion(session: AsyncSession, clue_id: UUID) -> ClueConclusion | None:
    """The conclusion of a clue that a leader signed."""
    found = await session.scalars(
        select(ClueConclusion).where(
            ClueConclusion.tenant_id == scope_of(session).tenant_id,
            ClueConclusion.clue_id == clue_id,
            ClueConclusion.status == ConclusionStatus.SIGNED,
        )
    )
    return found.one_or_none()


async def is_known_earlier(session: AsyncSession, clue: Clue, conclusion: ClueConclusion) -> bool:
    """Whether an earlier report was about the same fact (首报).

    The same conduct of the same institution, reported before this one and not yet concluded when
    this one came in.
    """
    if conclusion.institution_id is None:
        return False
    other, found = aliased(Clue), aliased(ClueConclusion)
    earlier = (
        select(other.id)
        .join(found, (found.tenant_id == other.tenant_id) & (found.clue_id == other.id))
        .where(
            other.tenant_id == clue.tenant_id,
            other.id != clue.id,
            other.received_at < clue.received_at,
            found.status == ConclusionStatus.SIGNED,
            found.institution_id == conclusion.institution_id,
            found.conduct == conclusion.conduct,
            found.decided_at > clue.received_at,
        )
    )
    return bool(await session.scalar(select(exists(earlier))))


async def exclusion(session: AsyncSession, phone_mac: bytes) -> RewardExclusion | None:
    """The entry of the exclusion list for a number's digest."""
    found = await session.scalars(
        select(RewardExclusion).where(
            RewardExclusion.tenant_id == scope_of(session).tenant_id,
            RewardExclusion.phone_mac == phone_mac,
        )
    )
    return found.one_or_none()
