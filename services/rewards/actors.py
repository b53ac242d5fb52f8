"""Reactions: tell the reporter, start the window with the proof, expire, follow the bank."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.clues.intake import PHONE_COLUMN
from services.clues.models import Clue
from services.clues.queries import reporter_of
from services.notifications.events import MessageDelivered
from services.notifications.queries import get_message
from services.notifications.rules import Template
from services.notifications.service import queue_sms
from services.payments.events import PaymentRefused, PaymentSettled
from services.payments.models import PaymentInstruction
from services.rewards import claiming, policies, queries
from services.rewards.events import ClaimWindowPassed, RewardApproved
from services.rewards.models import NoticeProof, Reward, RewardStatus
from services.rewards.service import mark_noticed
from tenants import keys
from tenants.actors import actor
from tenants.policies import value
from tenants.session import now_of, today_of


@actor("reward.approved")
async def notify_reporter(session: AsyncSession, event: RewardApproved) -> None:
    """An SMS that says neither how much nor about whom; without a number the desk calls."""
    reward = await queries.lock_reward(session, event.reward_id)
    if reward.status != RewardStatus.APPROVED or reward.notice_message_id is not None:
        return
    today = today_of(session)
    days = await value(session, policies.CLAIM_DAYS, today)
    reward.notice_message_id = await _tell(
        session, reward, Template.REWARD_APPROVED, {"days": f"{days:02}"}
    )
    await session.flush()


@actor("message.delivered")
async def start_window(session: AsyncSession, event: MessageDelivered) -> None:
    """The gateway's report is the proof; from its instant the window runs."""
    reward = await queries.lock_by_notice(session, event.message_id)
    if reward is None or reward.status != RewardStatus.APPROVED:
        return
    message = await get_message(session, event.tenant_id, event.message_id)
    at = message.delivered_at or now_of(session)
    await mark_noticed(session, reward, NoticeProof.SMS_DELIVERED, at)


@actor("reward.claim_passed")
async def expire(session: AsyncSession, event: ClaimWindowPassed) -> None:
    """Nobody came in time."""
    reward = await queries.lock_reward(session, event.subject_id)
    if await claiming.expire_reward(session, reward):
        await _tell(session, reward, Template.REWARD_EXPIRED, {})


@actor("payment.settled")
async def settle(session: AsyncSession, event: PaymentSettled) -> None:
    """The bank paid a reward."""
    if event.ref_kind != "reward":
        return
    reward = await queries.lock_reward(session, event.ref_id)
    key = (event.tenant_id, event.instruction_id)
    instruction = await session.get_one(PaymentInstruction, key)
    await claiming.settle_reward(session, reward, instruction.bank_serial or "")


@actor("payment.refused")
async def refuse(session: AsyncSession, event: PaymentRefused) -> None:
    """The bank refused a reward's payment."""
    if event.ref_kind == "reward":
        await claiming.refuse_reward(session, await queries.lock_reward(session, event.ref_id))


async def _tell(
    session: AsyncSession, reward: Reward, template: Template, params: dict[str, str]
) -> UUID | None:
    """An SMS to the reporter; None when no number was left."""
    clue = await session.get_one(Clue, (reward.tenant_id, reward.clue_id))
    reporter = await reporter_of(session, clue.id)
    if reporter is None:
        return None
    phone = await keys.unseal(session, reward.tenant_id, PHONE_COLUMN, reporter.id, reporter.phone)
    return await queue_sms(
        session, reward.tenant_id, phone, template, {"ticket": clue.ticket_no} | params
    )
