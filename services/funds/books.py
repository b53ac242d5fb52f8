"""The double entries of prepaid fees, each in one place; the ledger's bounds are the last word.

    paid in            debit the account's cash      credit the contract
    lesson, held       debit the contract            credit the institution's due
    refund, held       debit the contract            credit refunds due
    paid out           debit what is due             credit the account's cash

A lesson or refund is set aside when it is asked for, posted when it is settled, or given free. A
payment out is set aside while the bank has it, posted when it paid, given free when it refused. So
the bank should hold what the cash account says, and cash less both dues is what is not consumed.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError
from infra.money import Fen
from services.funds.models import (
    Contract,
    ContractPayment,
    CustodyAccount,
    CustodyKind,
    Lesson,
    RefundRequest,
)
from services.ledger.errors import LedgerErrorCode
from services.ledger.models import AccountKind, LedgerAccount
from services.ledger.service import (
    Booked,
    Post,
    balance,
    hold,
    open_account,
    post_pending,
    transfer,
    void_pending,
)
from services.metrics.service import record

LESSON = "fund.lesson"
REFUND = "fund.refund"
PAYMENT = "fund.payment"
"""What transfers, instructions and claims are about."""

BALANCE_METRIC = "funds.balance_fen"
UNCONSUMED_METRIC = "funds.unconsumed_fen"

_TOLD = {LedgerErrorCode.POSTINGS_STOPPED.value, LedgerErrorCode.EXCEEDS_BALANCE.value}
"""Refusals of the ledger that a user can be told; any other is a mistake of ours."""


@dataclass(frozen=True)
class Standing:
    """What an account holds and for whom, in fen, posted."""

    cash_fen: int
    due_fen: int
    refunds_fen: int

    @property
    def unconsumed_fen(self) -> int:
        """Paid for hours that are neither consumed nor to be given back."""
        return self.cash_fen - self.due_fen - self.refunds_fen

    @property
    def liability_fen(self) -> int:
        """What is guardians' own: not consumed, or to be given back to them."""
        return self.cash_fen - self.due_fen


async def open_books(
    session: AsyncSession, account_id: UUID, kind: CustodyKind
) -> tuple[UUID, UUID, UUID]:
    """The ledger's accounts of a supervised account: cash, due and refunds.

    What is due is opened first: accounts are locked in the order of their ids, and a release
    changes what is due before the cash, as its settlement does.
    """
    if kind is CustodyKind.DEPOSIT:
        owed = await _opened(session, f"deposit:{account_id}:owed", AccountKind.DEPOSIT, account_id)
        cash = await _opened(
            session, f"deposit:{account_id}:cash", AccountKind.DEPOSIT_CASH, account_id
        )
        return cash, owed, owed
    name = f"custody:{account_id}"
    due = await _opened(session, f"{name}:due", AccountKind.INSTITUTION_DUE, account_id)
    refunds = await _opened(session, f"{name}:refunds", AccountKind.REFUND_DUE, account_id)
    cash = await _opened(session, f"{name}:cash", AccountKind.CUSTODY_CASH, account_id)
    return cash, due, refunds


async def open_contract(session: AsyncSession, contract: Contract) -> UUID:
    """The contract's account: what is paid and not consumed, from zero to its total."""
    opened = await open_account(
        session,
        f"contract:{contract.id}",
        AccountKind.CUSTODY_UNCONSUMED,
        min_fen=0,
        max_fen=contract.total_fen,
        ref_id=contract.id,
    )
    return opened.id


async def standing(session: AsyncSession, account: CustodyAccount) -> Standing:
    """What an account holds and for whom."""
    cash = (await balance(session, account.cash_account_id)).posted_fen
    due = (await balance(session, account.due_account_id)).posted_fen
    if account.refund_account_id == account.due_account_id:
        return Standing(cash, due, 0)
    return Standing(cash, due, (await balance(session, account.refund_account_id)).posted_fen)


async def available(session: AsyncSession, contract: Contract) -> int:
    """What is paid, not consumed and not asked for yet, in fen."""
    if contract.ledger_account_id is None:
        return 0
    return (await balance(session, contract.ledger_account_id)).available_fen


async def is_used_up(session: AsyncSession, contract: Contract) -> bool:
    """Whether nothing of a contract is left, nor asked for."""
    if contract.ledger_account_id is None:
        return False
    return (await balance(session, contract.ledger_account_id)).posted_fen == 0


async def receive(
    session: AsyncSession, account: CustodyAccount, contract: Contract, payment: ContractPayment
) -> UUID:
    """Book a guardian's payment, once for its serial number. Raises DomainError."""
    booked = await _asked(
        transfer(
            session,
            Post(
                f"payment:{account.id}:{payment.bank_serial}",
                account.cash_account_id,
                _of(contract),
                Fen(payment.amount_fen),
                PAYMENT,
                PAYMENT,
                payment.id,
                payment.paid_on,
            ),
        )
    )
    await record(session, BALANCE_METRIC, numerator=payment.amount_fen)
    await record(session, UNCONSUMED_METRIC, numerator=payment.amount_fen)
    return booked


async def hold_lesson(
    session: AsyncSession, account: CustodyAccount, contract: Contract, lesson_id: UUID, fen: int
) -> UUID:
    """Set the price of hours aside. Raises DomainError (EXCEEDS_BALANCE) beyond what is left."""
    post = Post(
        f"lesson:{lesson_id}",
        _of(contract),
        account.due_account_id,
        Fen(fen),
        LESSON,
        LESSON,
        lesson_id,
    )
    return await _asked(hold(session, post))


async def hold_refund(
    session: AsyncSession, account: CustodyAccount, contract: Contract, refund_id: UUID, fen: int
) -> UUID:
    """Set a refund aside. Raises DomainError (EXCEEDS_BALANCE) beyond what is left."""
    post = Post(
        f"refund:{refund_id}",
        _of(contract),
        account.refund_account_id,
        Fen(fen),
        REFUND,
        REFUND,
        refund_id,
    )
    return await _asked(hold(session, post))


async def settle_hold(session: AsyncSession, row: Lesson | RefundRequest) -> None:
    """Move what was set aside: it is the institution's, or to be given back."""
    await _asked(post_pending(session, f"settle:{row.id}", row.hold_id))
    await record(session, UNCONSUMED_METRIC, numerator=-row.amount_fen)


async def free_hold(session: AsyncSession, row: Lesson | RefundRequest) -> None:
    """Give what was set aside free again: it stays the contract's."""
    await _asked(void_pending(session, f"settle:{row.id}", row.hold_id))


async def hold_payout(
    session: AsyncSession, account: CustodyAccount, row: Lesson | RefundRequest
) -> UUID:
    """Set a payment out aside while the bank has it; one for a lesson or refund is live."""
    is_lesson = isinstance(row, Lesson)
    about = LESSON if is_lesson else REFUND
    post = Post(
        f"payout:{row.id}:{row.tries}",
        account.due_account_id if is_lesson else account.refund_account_id,
        account.cash_account_id,
        Fen(row.amount_fen),
        f"{about}.payout",
        about,
        row.id,
    )
    return await _asked(hold(session, post))


async def settle_payout(session: AsyncSession, payout_id: UUID, fen: int) -> None:
    """The bank paid: the money has left."""
    await _asked(post_pending(session, f"paid:{payout_id}", payout_id))
    await record(session, BALANCE_METRIC, numerator=-fen)


async def free_payout(session: AsyncSession, payout_id: UUID) -> None:
    """The bank refused: the money is still there, and still owed."""
    await _asked(void_pending(session, f"paid:{payout_id}", payout_id))


async def _opened(session: AsyncSession, code: str, kind: AccountKind, ref_id: UUID) -> UUID:
    account: LedgerAccount = await open_account(session, code, kind, min_fen=0, ref_id=ref_id)
    return account.id


def _of(contract: Contract) -> UUID:
    assert contract.ledger_account_id is not None  # noqa: S101 - opened when it was signed
    return contract.ledger_account_id


async def _asked(booking: Awaitable[Booked]) -> UUID:
    """The row that was booked. Raises DomainError for what a user can be told."""
    try:
        return (await booking).id
    except DomainError as refused:
        if {fault.code.value for fault in refused.faults} <= _TOLD:
            raise
        raise RuntimeError("the ledger refused an entry of ours") from refused
