"""Payments out of custody: told to the bank, settled by its word; none from a frozen account."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.money import Fen
from infra.outbox import publish
from services.deadlines import service as deadlines
from services.deadlines.rules import DeadlineRule
from services.funds import books, queries
from services.funds.deadlines import MEND_LESSON, MEND_REFUND
from services.funds.events import RefundExecuted, ReleaseExecuted
from services.funds.models import (
    Contract,
    CustodyAccount,
    CustodyStatus,
    Lesson,
    LessonStatus,
    RefundRequest,
    RefundStatus,
)
from services.funds.service.alerts import watch
from services.funds.service.contracts import (
    REFUND_NAME_COLUMN,
    REFUND_NO_COLUMN,
    conclude,
)
from services.metrics.service import record
from services.payments.models import PaymentPurpose
from services.payments.service import InstructPayment, instruct
from tenants import keys
from tenants.session import now_of

EXECUTED_METRIC = "refunds.executed"

Row = TypeVar("Row", Lesson, RefundRequest)


async def release(
    session: AsyncSession, account: CustodyAccount, contract: Contract, lesson: Lesson
) -> None:
    """Pay the institution for a confirmed lesson; while the account is not active it waits.

    The caller has locked account, contract and lesson, in this order.
    """
    if account.status != CustodyStatus.ACTIVE or lesson.status != LessonStatus.CONFIRMED:
        return
    if lesson.booked_at is None:
        await books.settle_hold(session, lesson)
        lesson.booked_at = now_of(session)
        contract.consumed_hours += lesson.hours
        contract.version += 1
    await _instruct(
        session,
        account,
        lesson,
        PaymentPurpose.RELEASE,
        (account.settlement_no, account.settlement_name),
    )
    lesson.status = LessonStatus.RELEASED
    await session.flush()
    await deadlines.satisfy(session, MEND_LESSON, lesson.id)
    await conclude(session, contract)


async def pay_back(
    session: AsyncSession, account: CustodyAccount, contract: Contract, refund: RefundRequest
) -> None:
    """Pay an agreed refund to the guardian; while the account is not active it waits.

    The caller has locked account, contract and refund, in this order.
    """
    if account.status != CustodyStatus.ACTIVE or refund.status != RefundStatus.AGREED:
        return
    if refund.booked_at is None:
        await books.settle_hold(session, refund)
        refund.booked_at = now_of(session)
    assert contract.refund_no is not None and contract.refund_name is not None  # noqa: S101 - a check
    key = contract.tenant_id, contract.id
    payee = (
        await keys.unseal(session, key[0], REFUND_NO_COLUMN, key[1], contract.refund_no),
        await keys.unseal(session, key[0], REFUND_NAME_COLUMN, key[1], contract.refund_name),
    )
    await _instruct(session, account, refund, PaymentPurpose.REFUND, payee)
    refund.status = RefundStatus.PAYING
    await session.flush()
    await deadlines.satisfy(session, MEND_REFUND, refund.id)


async def settle_release(
    session: AsyncSession, lesson_id: UUID, payout_id: UUID | None, *, is_paid: bool
) -> None:
    """The bank's word on a release: paid, or a task for the fund supervisor."""
    account, _, lesson = await locked(session, await queries.lesson(session, lesson_id))
    if payout_id is None or lesson.payout_id != payout_id or lesson.paid_at is not None:
        return
    if is_paid:
        await books.settle_payout(session, payout_id, lesson.amount_fen)
        lesson.paid_at = now_of(session)
        await session.flush()
        await publish(session, ReleaseExecuted(lesson.tenant_id, lesson.id))
        await watch(session, account)
        return
    await _refused(session, lesson, payout_id, MEND_LESSON)
    lesson.status = LessonStatus.CONFIRMED
    await session.flush()


async def settle_refund(
    session: AsyncSession, refund_id: UUID, payout_id: UUID | None, *, is_paid: bool
) -> None:
    """The bank's word on a refund: executed, or agreed as before and a task."""
    account, contract, refund = await locked(session, await queries.refund(session, refund_id))
    if payout_id is None or refund.payout_id != payout_id or refund.executed_at is not None:
        return
    if is_paid:
        await books.settle_payout(session, payout_id, refund.amount_fen)
        refund.executed_at = now_of(session)
        refund.status = RefundStatus.EXECUTED
        await session.flush()
        await record(session, EXECUTED_METRIC, numerator=1)
        await publish(session, RefundExecuted(refund.tenant_id, refund.id))
        await conclude(session, contract)
        await watch(session, account)
        return
    await _refused(session, refund, payout_id, MEND_REFUND)
    refund.status = RefundStatus.AGREED
    await session.flush()


async def pay_what_waits(session: AsyncSession, account_id: UUID) -> None:
    """Release what was confirmed and pay what was agreed while an account was frozen."""
    for lesson_id in await queries.waiting_lessons(session, account_id):
        account, contract, lesson = await locked(session, await queries.lesson(session, lesson_id))
        await release(session, account, contract, lesson)
    for refund_id in await queries.waiting_refunds(session, account_id):
        request = await queries.refund(session, refund_id)
        account, contract, refund = await locked(session, request)
        await pay_back(session, account, contract, refund)


async def locked(session: AsyncSession, row: Row) -> tuple[CustodyAccount, Contract, Row]:
    """Account, contract and row, locked in this order and as they are now."""
    contract = await session.get_one(Contract, (row.tenant_id, row.contract_id))
    assert contract.custody_account_id is not None  # noqa: S101 - it was signed
    account = await queries.hold_account(session, contract.custody_account_id)
    contract = await queries.lock_contract(session, contract.id)
    await session.refresh(row, with_for_update=True)
    return account, contract, row


async def _instruct(
    session: AsyncSession,
    account: CustodyAccount,
    row: Lesson | RefundRequest,
    purpose: PaymentPurpose,
    payee: tuple[str, str],
) -> None:
    """Set the payment aside in the books and tell the bank, in one transaction."""
    row.tries += 1
    row.payout_id = await books.hold_payout(session, account, row)
    await instruct(
        session,
        InstructPayment(
            account.bank_account_id,
            *payee,
            Fen(row.amount_fen),
            purpose,
            books.LESSON if isinstance(row, Lesson) else books.REFUND,
            row.id,
            row.payout_id,
        ),
    )


async def _refused(
    session: AsyncSession, row: Lesson | RefundRequest, payout_id: UUID, rule: DeadlineRule
) -> None:
    """The money stays owed, and the fund supervisor has to see to it."""
    await books.free_payout(session, payout_id)
    row.payout_id = None
    await deadlines.start(session, rule, row.id, await queries.post_in_charge(session))
