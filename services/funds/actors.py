"""Reactions of prepaid fees: income, the bank's word, silences, and what people are told."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.deadlines.events import DeadlineStepped
from services.deadlines.models import Deadline, DeadlineState, RungKind
from services.funds import books, queries, telling
from services.funds.deadlines import CONFIRM
from services.funds.events import (
    CustodyThawed,
    FeeUnclaimed,
    FundAlertRaised,
    IncomeWaits,
    LessonConfirmed,
    LessonPeriodPassed,
    LessonRequested,
    RefundAgreed,
    RefundExecuted,
    RefundPeriodPassed,
    RefundRequested,
)
from services.funds.models import Contract, FundAlert, Lesson, RefundRequest
from services.funds.service.lessons import confirm_by_silence
from services.funds.service.paying import pay_what_waits, settle_refund, settle_release
from services.funds.service.receiving import take_income
from services.funds.service.refunds import agree_by_silence
from services.notifications.rules import Template
from services.payments.events import PaymentRefused, PaymentSettled, StatementImported
from tenants.actors import actor


@actor("bank.statement_imported")
async def take_statement(session: AsyncSession, event: StatementImported) -> None:
    """Book the income of a supervised account and compare its balance."""
    account = await queries.account_at_bank(session, event.bank_account_id)
    if account is not None:
        await take_income(session, account.id, None)


@actor("custody.income_waits")
async def take_more(session: AsyncSession, event: IncomeWaits) -> None:
    """Go on with the income of an account."""
    await take_income(session, event.custody_account_id, event.after)


@actor("custody.thawed")
async def go_on(session: AsyncSession, event: CustodyThawed) -> None:
    """Pay what was decided while the account was frozen, and book what came."""
    await pay_what_waits(session, event.custody_account_id)
    await take_income(session, event.custody_account_id, None)


@actor("payment.settled")
async def note_paid(session: AsyncSession, event: PaymentSettled) -> None:
    """The bank paid a release or a refund."""
    await _note(session, event, is_paid=True)


@actor("payment.refused")
async def note_refused(session: AsyncSession, event: PaymentRefused) -> None:
    """The bank refused a release or a refund."""
    await _note(session, event, is_paid=False)


async def _note(
    session: AsyncSession, event: PaymentSettled | PaymentRefused, *, is_paid: bool
) -> None:
    settle = {books.LESSON: settle_release, books.REFUND: settle_refund}.get(event.ref_kind)
    if settle is not None:
        await settle(session, event.ref_id, event.transfer_id, is_paid=is_paid)


@actor("lesson.period_passed")
async def hear_silence_about_lesson(session: AsyncSession, event: LessonPeriodPassed) -> None:
    """Silence confirms."""
    await confirm_by_silence(session, event.subject_id, event.deadline_id)


@actor("refund.period_passed")
async def hear_silence_about_refund(session: AsyncSession, event: RefundPeriodPassed) -> None:
    """Silence agrees."""
    await agree_by_silence(session, event.subject_id, event.deadline_id)


@actor("lesson.requested")
async def ask_guardian(session: AsyncSession, event: LessonRequested) -> None:
    """The guardian hears that a lesson is to be confirmed."""
    lesson = await session.get_one(Lesson, (event.tenant_id, event.lesson_id))
    await telling.tell_lesson(session, lesson, Template.LESSON_TO_CONFIRM)


@actor("deadline.stepped")
async def remind_guardian(session: AsyncSession, event: DeadlineStepped) -> None:
    """The guardian is reminded two working days before silence confirms."""
    if event.rung != RungKind.REMIND:
        return
    deadline = await session.get_one(Deadline, (event.tenant_id, event.deadline_id))
    if deadline.rule == CONFIRM.key and deadline.state == DeadlineState.RUNNING:
        lesson = await session.get_one(Lesson, (event.tenant_id, deadline.subject_id))
        await telling.tell_lesson(session, lesson, Template.LESSON_REMIND)


@actor("lesson.confirmed")
async def tell_confirmed(session: AsyncSession, event: LessonConfirmed) -> None:
    """Guardian and institution hear by whose word or silence a lesson is confirmed."""
    lesson = await session.get_one(Lesson, (event.tenant_id, event.lesson_id))
    await telling.tell_lesson(session, lesson, Template.LESSON_CONFIRMED, event.decided_by)


@actor("refund.requested")
async def tell_requested(session: AsyncSession, event: RefundRequested) -> None:
    """Guardian and institution hear of a request, and until when it may be answered."""
    refund = await session.get_one(RefundRequest, (event.tenant_id, event.refund_id))
    period = await queries.period(session, "refund.answer", refund.id)
    assert period is not None  # noqa: S101 - started with the request
    due = period.due_on.isoformat()
    await telling.tell_refund(session, refund, Template.REFUND_REQUESTED, due=due)


@actor("refund.agreed")
async def tell_agreed(session: AsyncSession, event: RefundAgreed) -> None:
    """Guardian and institution hear that a refund is to be paid."""
    refund = await session.get_one(RefundRequest, (event.tenant_id, event.refund_id))
    await telling.tell_refund_agreed(session, refund, event.decided_by)


@actor("refund.executed")
async def tell_executed(session: AsyncSession, event: RefundExecuted) -> None:
    """Guardian and institution hear that the bank paid."""
    refund = await session.get_one(RefundRequest, (event.tenant_id, event.refund_id))
    await telling.tell_refund(session, refund, Template.REFUND_EXECUTED)


@actor("contract.fee_unclaimed")
async def tell_fee_unclaimed(session: AsyncSession, event: FeeUnclaimed) -> None:
    """Everybody concerned hears of money that could not be booked."""
    contract = await session.get_one(Contract, (event.tenant_id, event.contract_id))
    await telling.tell_unclaimed(session, contract, event.reason)


@actor("fund.alert_raised")
async def tell_alert(session: AsyncSession, event: FundAlertRaised) -> None:
    """The fund supervisor and the area hear of a red alert."""
    alert = await session.get_one(FundAlert, (event.tenant_id, event.alert_id))
    await telling.tell_alert(session, event.tenant_id, alert.id, alert.institution_id)
