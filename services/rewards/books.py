"""The double entries of rewards: appropriation, hold, payout, settlement.

| entry | debit | credit |
|---|---|---|
| appropriation | reward:Y:appropriation | reward:Y:budget |
| hold, then payout | reward:Y:budget | reward:Y:payee |
| settlement by the bank | reward:Y:payee | reward:Y:appropriation |
"""

from collections.abc import Awaitable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError, Fault
from infra.money import Fen
from services.ledger import service as ledger
from services.ledger.errors import LedgerErrorCode
from services.ledger.models import AccountKind
from services.rewards.errors import RewardErrorCode
from services.rewards.models import Reward, RewardBudget

PAYOUT = "reward.payout"
"""The kind of the transfer that pays a reward: one per reward may be live."""


async def open_accounts(session: AsyncSession, year: int) -> tuple[UUID, UUID]:
    """The accounts of a year's appropriation and of its budget."""
    cash = await ledger.open_account(session, f"reward:{year}:appropriation", AccountKind.BANK)
    budget = await ledger.open_account(session, f"reward:{year}:budget", AccountKind.BUDGET)
    return cash.id, budget.id


async def appropriate(session: AsyncSession, budget: RewardBudget) -> None:
    """The year's money is there. Raises DomainError."""
    post = ledger.Post(
        f"reward-budget:{budget.id}",
        budget.appropriation_account_id,
        budget.budget_account_id,
        budget.total_fen,
        "reward.appropriation",
        "reward_budget",
        budget.id,
    )
    await _booked(ledger.transfer(session, post))


async def hold(session: AsyncSession, budget: RewardBudget, reward: Reward) -> UUID:
    """Set a reward's amount aside. Raises DomainError (BUDGET_EXCEEDED)."""
    payee = await _payee(session, budget)
    return await _booked(
        ledger.hold(
            session,
            _post(reward, "hold", budget.budget_account_id, payee, PAYOUT),
        )
    )


async def pay_out(session: AsyncSession, reward: Reward, hold_id: UUID) -> UUID:
    """What was set aside is owed to the payee. Raises DomainError."""
    return await _booked(ledger.post_pending(session, f"reward:{reward.id}:payout", hold_id))


async def release(session: AsyncSession, reward: Reward, hold_id: UUID) -> None:
    """What was set aside goes back to the budget. Raises DomainError."""
    await _booked(ledger.void_pending(session, f"reward:{reward.id}:expired", hold_id))


async def settle(session: AsyncSession, budget: RewardBudget, reward: Reward) -> None:
    """The bank has paid: nothing is owed any more. Raises DomainError."""
    payee = await _payee(session, budget)
    post = _post(reward, "settled", payee, budget.appropriation_account_id, "reward.settled")
    await _booked(ledger.transfer(session, post))


async def _payee(session: AsyncSession, budget: RewardBudget) -> UUID:
    account = await ledger.open_account(session, f"reward:{budget.year}:payee", AccountKind.PAYEE)
    return account.id


def _post(reward: Reward, step: str, debit: UUID, credit: UUID, kind: str) -> ledger.Post:
    return ledger.Post(
        f"reward:{reward.id}:{step}",
        debit,
        credit,
        Fen(reward.amount_fen),
        kind,
        "reward",
        reward.id,
    )


async def _booked(booking: Awaitable[ledger.Booked]) -> UUID:
    """The transfer's id. Raises DomainError for what a user can be told, in rewards' words."""
    try:
        return (await booking).id
    except DomainError as refused:
        codes = {fault.code.value for fault in refused.faults}
        if _TOO_LITTLE in codes:
            raise DomainError(_BUDGET_EXCEEDED) from refused
        if LedgerErrorCode.POSTINGS_STOPPED.value in codes:
            raise
        raise RuntimeError(f"a reward's booking was refused: {sorted(codes)}") from refused


_TOO_LITTLE = "EXCEEDS_BALANCE"
"""The ledger's code, by its name: users never see it, they are told BUDGET_EXCEEDED."""

_BUDGET_EXCEEDED = Fault(
    RewardErrorCode.BUDGET_EXCEEDED,
    "本年度奖励预算余额不足，请先追加预算",
    "The year's budget does not cover the amount; it has to be raised first",
    ("id",),
)
