"""Claiming a reward on site: one officer verifies, another pays, the bank and a voucher follow."""

import hmac
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra import crypto
from infra.clock import SHANGHAI
from infra.errors import DomainError, Fault, expect_version
from infra.outbox import publish
from infra.text import text_fault
from services.clues.intake import receipt_digest
from services.clues.models import Clue
from services.clues.rules import unspell
from services.deadlines import service as deadlines
from services.deadlines.queries import find_open
from services.metrics.service import record
from services.payments.models import PaymentPurpose
from services.payments.service import InstructPayment, instruct
from services.rewards import books, policies, queries, rules
from services.rewards.deadlines import CLAIM
from services.rewards.errors import RewardErrorCode
from services.rewards.events import RewardExpired, RewardPaid
from services.rewards.models import Reward, RewardStatus, RewardVoucher
from services.rewards.service import (
    AMOUNT_METRIC,
    EXPIRED_METRIC,
    PAID_METRIC,
    approved_hash,
)
from tenants import keys
from tenants.access import Permission, require
from tenants.policies import value
from tenants.principal import Principal
from tenants.serials import next_number
from tenants.session import now_of, today_of

NAME_COLUMN = "reward.payee_name"
ACCOUNT_COLUMN = "reward.payee_account"


@dataclass(frozen=True)
class VerifyReward:
    """Somebody came with receipt and identity card; where the money shall go.

    `ticket_no` and `secret` are the receipt's. Of the identity number a keyed digest is kept.
    """

    reward_id: UUID
    expected_version: int
    ticket_no: str
    secret: str = field(repr=False)
    payee_name: str = field(repr=False)
    identity_no: str = field(repr=False)
    payee_account_no: str = field(repr=False)


@dataclass(frozen=True)
class PayReward:
    """The second officer's confirmation of what the first verified."""

    reward_id: UUID
    expected_version: int


async def verify_reward(
    session: AsyncSession, principal: Principal, command: VerifyReward
) -> Reward:
    """Check receipt and identity on site, within the window (S3-15). Raises Conflict, DomainError.

    After a refusal by the bank the same, with another account and without the window.
    """
    require(principal, Permission.REWARD_PAY)
    reward = await queries.lock_reward(session, command.reward_id)
    expect_version(reward, command.expected_version)
    status = RewardStatus(reward.status)
    allowed = {RewardStatus.NOTIFIED, RewardStatus.PAYMENT_REFUSED}
    faults = [
        rules.step_fault(status, allowed),
        rules.other_person_fault(
            principal.account_id, {reward.proposed_by_account_id, reward.decided_by_account_id}
        ),
        text_fault("payeeName", command.payee_name, 2, 50, "姓名", "The name"),
        rules.identity_fault(command.identity_no),
        rules.account_fault(command.payee_account_no),
    ]
    if status is RewardStatus.NOTIFIED and await _window_is_closed(session, reward):
        faults.append(_WINDOW_CLOSED)
    if not await _is_receipt(session, reward, command):
        faults.append(_RECEIPT_WRONG)
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    tenant_id = reward.tenant_id
    reward.payee_name = await keys.seal(
        session, tenant_id, NAME_COLUMN, reward.id, command.payee_name.strip()
    )
    reward.payee_account = await keys.seal(
        session, tenant_id, ACCOUNT_COLUMN, reward.id, command.payee_account_no
    )
    reward.payee_id_mac = crypto.mac(
        "blind", b"identity", str(tenant_id).encode(), command.identity_no.encode()
    )
    reward.verified_by_account_id = principal.account_id
    reward.verified_at = now_of(session)
    reward.status = RewardStatus.VERIFIED
    reward.version += 1
    await session.flush()
    await deadlines.satisfy(session, CLAIM, reward.id)
    return reward


async def pay_reward(session: AsyncSession, principal: Principal, command: PayReward) -> Reward:
    """Post the held budget to the payee and instruct the bank, as the second of two officers.

    Refused when what would be paid is not what was approved. Raises Conflict, DomainError.
    """
    require(principal, Permission.REWARD_PAY)
    reward = await queries.lock_reward(session, command.reward_id)
    expect_version(reward, command.expected_version)
    before = {
        reward.proposed_by_account_id,
        reward.decided_by_account_id,
        reward.verified_by_account_id,
    }
    faults = [
        rules.step_fault(RewardStatus(reward.status), {RewardStatus.VERIFIED}),
        rules.other_person_fault(principal.account_id, before),
    ]
    if reward.approval_hash != await approved_hash(session, reward):
        faults.append(_APPROVAL_STALE)
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    assert reward.hold_id is not None and reward.budget_id is not None  # noqa: S101 - approved
    budget = await queries.get_budget(session, reward.budget_id)
    if reward.payout_id is None:
        reward.payout_id = await books.pay_out(session, reward, reward.hold_id)
    reward.paid_by_account_id = principal.account_id
    reward.claimed_at = now_of(session)
    reward.status = RewardStatus.CLAIMED
    reward.version += 1
    await session.flush()
    await instruct(
        session,
        InstructPayment(
            budget.bank_account_id,
            await keys.unseal(
                session, reward.tenant_id, ACCOUNT_COLUMN, reward.id, reward.payee_account or b""
            ),
            await keys.unseal(
                session, reward.tenant_id, NAME_COLUMN, reward.id, reward.payee_name or b""
            ),
            reward.amount_fen,
            PaymentPurpose.REWARD,
            "reward",
            reward.id,
            reward.payout_id,
        ),
    )
    return reward


async def settle_reward(session: AsyncSession, reward: Reward, bank_serial: str) -> None:
    """The bank paid: the liability is gone, the voucher has its number."""
    if reward.status != RewardStatus.CLAIMED:
        return
    assert reward.budget_id is not None  # noqa: S101 - approved
    budget = await queries.get_budget(session, reward.budget_id)
    now = now_of(session)
    await books.settle(session, budget, reward)
    reward.status = RewardStatus.PAID
    reward.paid_at = now
    reward.version += 1
    await session.flush()
    await record(session, PAID_METRIC, numerator=1)
    await record(session, AMOUNT_METRIC, numerator=reward.amount_fen)
    await publish(session, RewardPaid(reward.tenant_id, reward.id))
    session.add(
        RewardVoucher(
            tenant_id=reward.tenant_id,
            reward_id=reward.id,
            year=budget.year,
            number=await next_number(session, "reward.voucher", budget.year),
            amount_fen=reward.amount_fen,
            bank_serial=bank_serial,
            issued_on=now.astimezone(SHANGHAI).date(),
        )
    )
    await session.flush()


async def refuse_reward(session: AsyncSession, reward: Reward) -> None:
    """The bank will not pay to that account; what the payee is owed stays booked."""
    if reward.status != RewardStatus.CLAIMED:
        return
    reward.status = RewardStatus.PAYMENT_REFUSED
    reward.refusals += 1
    reward.verified_by_account_id = None
    reward.paid_by_account_id = None
    reward.version += 1
    await session.flush()


async def expire_reward(session: AsyncSession, reward: Reward) -> bool:
    """Nobody claimed: the hold goes back to the budget (reward.expiry_action). Whether it did."""
    if reward.status != RewardStatus.NOTIFIED:
        return False
    today = today_of(session)
    action = await value(session, policies.EXPIRY_ACTION, today)
    assert reward.hold_id is not None  # noqa: S101 - approved
    if action == "forfeit":
        await books.release(session, reward, reward.hold_id)
    reward.status = RewardStatus.EXPIRED
    reward.version += 1
    await session.flush()
    await record(session, EXPIRED_METRIC, numerator=1)
    await publish(session, RewardExpired(reward.tenant_id, reward.id))
    return True


async def _is_receipt(session: AsyncSession, reward: Reward, command: VerifyReward) -> bool:
    """Whether what was shown is the receipt of the reward's clue."""
    secret = unspell(command.secret)
    if secret is None:
        return False
    clue = await session.get_one(Clue, (reward.tenant_id, reward.clue_id))
    ticket = command.ticket_no.strip().upper()[:40]
    digest = receipt_digest(reward.tenant_id, ticket, secret)
    return hmac.compare_digest(digest, clue.receipt_mac)


async def _window_is_closed(session: AsyncSession, reward: Reward) -> bool:
    """By the clock of this moment; whether a worker has expired it makes no difference."""
    deadline = await find_open(session, CLAIM.key, reward.id)
    return deadline is None or deadline.due_at <= now_of(session)


_WINDOW_CLOSED = Fault(
    RewardErrorCode.CLAIM_WINDOW_CLOSED,
    "领取期限已过，奖励不能再领取",
    "The window for claiming has passed",
    ("id",),
)
_RECEIPT_WRONG = Fault(
    RewardErrorCode.RECEIPT_WRONG,
    "回执编号或回执码与该奖励不符，请核对举报人出示的回执",
    "Ticket or secret are not this report's; look at the receipt again",
    ("secret",),
)
_APPROVAL_STALE = Fault(
    RewardErrorCode.APPROVAL_STALE,
    "金额、领奖人、线索或办法与审批时不一致，须重新审批",
    "Amount, payee, clue or scheme are no longer what was approved; it has to be approved anew",
    ("id",),
)
