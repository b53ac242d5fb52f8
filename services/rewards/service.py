"""Commands of rewards up to the notice: budget, exclusion, proposal, decision, proof of notice."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.clock import SHANGHAI
from infra.errors import DomainError, Fault, expect_version
from infra.money import Fen
from infra.outbox import publish
from infra.text import text_fault
from services.clues.models import ClueStatus
from services.clues.queries import first_post, lock_clue, reporter_of
from services.deadlines import service as deadlines
from services.metrics.service import record
from services.rewards import books, policies, queries, rules
from services.rewards.deadlines import CLAIM, NOTICE
from services.rewards.errors import RewardErrorCode
from services.rewards.events import RewardApproved, RewardNotified
from services.rewards.models import (
    ExclusionReason,
    NoticeProof,
    Reward,
    RewardStatus,
)
from tenants.access import Permission, RoleCode, require
from tenants.policies import value
from tenants.principal import Principal
from tenants.session import now_of

PAID_METRIC = "rewards.paid"
AMOUNT_METRIC = "rewards.amount_fen"
EXPIRED_METRIC = "rewards.expired"


@dataclass(frozen=True)
class ProposeReward:
    """A reward for a substantiated clue, with the grounds of its amount."""

    clue_id: UUID
    amount_fen: Fen
    grounds: str


@dataclass(frozen=True)
class DecideReward:
    """An approval, or with a reason a rejection, of a reward at `expected_version`."""

    reward_id: UUID
    expected_version: int
    reason: str | None = None


@dataclass(frozen=True)
class RecordNotice:
    """A recorded call told the reporter; `note` says where it is recorded."""

    reward_id: UUID
    expected_version: int
    note: str


async def propose_reward(
    session: AsyncSession, principal: Principal, command: ProposeReward
) -> Reward:
    """Propose a reward (SM-6); every reason against it is told at once.

    Raises Forbidden, NotFound, DomainError.
    """
    require(principal, Permission.REWARD_PROPOSE)
    clue = await lock_clue(session, command.clue_id, "clueId")
    conclusion = await queries.signed_conclusion(session, clue.id)
    received_on = clue.received_at.astimezone(SHANGHAI).date()
    scheme = rules.scheme_of(
        await value(session, policies.SCHEME, received_on),
        await value(session, policies.MIN_FEN, received_on),
        await value(session, policies.MAX_FEN, received_on),
    )
    faults = [text_fault("grounds", command.grounds, 5, 500, "奖励理由", "The grounds")]
    if scheme is None:
        faults.append(_NO_SCHEME)
    else:
        faults.append(rules.amount_fault(scheme, command.amount_fen))
    is_true = clue.status in (ClueStatus.SUBSTANTIATED, ClueStatus.PARTIALLY)
    if clue.status == ClueStatus.MERGED:
        faults.append(_NOT_FIRST)
    elif not is_true or conclusion is None:
        faults.append(_NOT_SUBSTANTIATED)
    elif await queries.is_known_earlier(session, clue, conclusion):
        faults.append(_NOT_FIRST)
    if await queries.has_live(session, clue.id):
        faults.append(_DUPLICATE)
    if clue.channel in await value(session, policies.STAFF_CHANNELS, received_on):
        faults.append(_STAFF)
    reporter = await reporter_of(session, clue.id)
    if reporter is None:
        if not await value(session, policies.ANONYMOUS_ELIGIBLE, received_on):
            faults.append(_ANONYMOUS)
    elif (listed := await queries.exclusion(session, reporter.phone_mac)) is not None:
        faults.append(_STAFF if listed.reason == ExclusionReason.STAFF else _EXCLUDED)
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    assert scheme is not None  # noqa: S101 - its absence is a fault
    reward = Reward(
        tenant_id=clue.tenant_id,
        clue_id=clue.id,
        status=RewardStatus.PROPOSED,
        amount_fen=command.amount_fen,
        grounds=command.grounds.strip(),
        proposed_by_account_id=principal.account_id,
        proposed_at=now_of(session),
        policy_version=scheme.version,
        refusals=0,
        version=1,
    )
    session.add(reward)
    await session.flush()
    return reward


async def approve_reward(
    session: AsyncSession, principal: Principal, command: DecideReward
) -> Reward:
    """Approve within one's tier, never one's own proposal; the budget is held from now on.

    The approval is bound to amount, payee, clue and policy version. Raises Conflict, DomainError.
    """
    require(principal, Permission.REWARD_APPROVE)
    reward = await queries.lock_reward(session, command.reward_id)
    expect_version(reward, command.expected_version)
    now = now_of(session)
    today = now.astimezone(SHANGHAI).date()
    tiers = await value(session, policies.APPROVAL_TIERS, today)
    faults = [
        rules.step_fault(RewardStatus(reward.status), {RewardStatus.PROPOSED}),
        rules.other_person_fault(principal.account_id, {reward.proposed_by_account_id}),
        rules.tier_fault(tiers, reward.amount_fen, principal.roles),
    ]
    budget = await queries.lock_budget(session, today.year)
    if budget is None:
        faults.append(
            Fault(
                RewardErrorCode.BUDGET_MISSING,
                f"{today.year} 年尚未设立奖励预算",
                f"There is no reward budget for {today.year} yet",
                ("id",),
            )
        )
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    assert budget is not None  # noqa: S101 - its absence is a fault
    hold_id = await books.hold(session, budget, reward)
    reward.status = RewardStatus.APPROVED
    reward.budget_id = budget.id
    reward.hold_id = hold_id
    reward.decided_by_account_id = principal.account_id
    reward.decided_at = now
    reward.approval_hash = await approved_hash(session, reward)
    reward.version += 1
    await session.flush()
    desk = await first_post(session, RoleCode.CLUE_OFFICER)
    await deadlines.start(session, NOTICE, reward.id, desk[0] if desk else None)
    await record(session, PAID_METRIC, denominator=1)
    await publish(session, RewardApproved(reward.tenant_id, reward.id))
    return reward


async def reject_reward(
    session: AsyncSession, principal: Principal, command: DecideReward
) -> Reward:
    """Reject a proposal with the reason. Raises Conflict, DomainError."""
    require(principal, Permission.REWARD_APPROVE)
    reward = await queries.lock_reward(session, command.reward_id)
    expect_version(reward, command.expected_version)
    faults = [
        rules.step_fault(RewardStatus(reward.status), {RewardStatus.PROPOSED}),
        rules.other_person_fault(principal.account_id, {reward.proposed_by_account_id}),
        text_fault("reason", command.reason or "", 5, 500, "不予批准的理由", "The reason"),
    ]
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    now = now_of(session)
    reward.status = RewardStatus.REJECTED
    reward.decided_by_account_id = principal.account_id
    reward.decided_at = now
    reward.decision_reason = (command.reason or "").strip()
    reward.version += 1
    await session.flush()
    return reward


async def record_notice(
    session: AsyncSession, principal: Principal, command: RecordNotice
) -> Reward:
    """Note a recorded call as the proof of notice, where no SMS arrived (SM-6)."""
    require(principal, Permission.REWARD_PROPOSE)
    reward = await queries.lock_reward(session, command.reward_id)
    expect_version(reward, command.expected_version)
    faults = [
        rules.step_fault(RewardStatus(reward.status), {RewardStatus.APPROVED}),
        text_fault("note", command.note, 5, 200, "通话记录", "The record of the call"),
    ]
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    reward.notice_note = command.note.strip()
    await mark_noticed(session, reward, NoticeProof.PHONE_CALL, now_of(session))
    return reward


async def mark_noticed(
    session: AsyncSession, reward: Reward, proof: NoticeProof, at: datetime
) -> None:
    """The reporter knows; the claim window runs, the day of receipt not counted (S3-15)."""
    reward.status = RewardStatus.NOTIFIED
    reward.notice_proof = proof
    reward.noticed_at = at
    reward.version += 1
    await session.flush()
    await deadlines.satisfy(session, NOTICE, reward.id)
    await deadlines.start(session, CLAIM, reward.id, None, start_on=at.astimezone(SHANGHAI).date())
    await publish(session, RewardNotified(reward.tenant_id, reward.id))


async def approved_hash(session: AsyncSession, reward: Reward) -> bytes:
    """What an approval of this reward, as it stands now, would be bound to."""
    reporter = await reporter_of(session, reward.clue_id)
    payee = reporter.id if reporter else reward.clue_id
    return rules.approval_hash(reward.amount_fen, payee, reward.clue_id, reward.policy_version)


def _fault(code: RewardErrorCode, zh: str, en: str, *path: str) -> Fault:
    return Fault(code, zh, en, path)


_NO_SCHEME = _fault(
    RewardErrorCode.NO_SCHEME,
    "举报之日本地没有有效的有奖举报办法",
    "No reward scheme was in force here on the day of the report",
    "clueId",
)
_NOT_SUBSTANTIATED = _fault(
    RewardErrorCode.NOT_SUBSTANTIATED,
    "线索尚未经签批认定查实，不能提出奖励",
    "The clue has not been signed as substantiated; it is not rewarded yet",
    "clueId",
)
_NOT_FIRST = _fault(
    RewardErrorCode.NOT_FIRST,
    "同一事实已有更早的举报，奖励最先举报人",
    "An earlier report was about the same fact; the first reporter is rewarded",
    "clueId",
)
_DUPLICATE = _fault(
    RewardErrorCode.DUPLICATE,
    "该线索已有奖励，一事一奖",
    "The clue has a reward already; one per fact",
    "clueId",
)
_STAFF = _fault(
    RewardErrorCode.STAFF,
    "负有查处职责的人员不予奖励",
    "People whose duty it is to find out are not rewarded",
    "clueId",
)
_EXCLUDED = _fault(
    RewardErrorCode.EXCLUDED,
    "举报人属于不予奖励的人员",
    "The reporter is one of those who are not rewarded",
    "clueId",
)
_ANONYMOUS = _fault(
    RewardErrorCode.ANONYMOUS,
    "举报人未留联系方式，无法发放奖励",
    "The reporter left nothing to be reached by",
    "clueId",
)
