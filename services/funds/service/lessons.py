"""Commands of lessons: asked for by the institution, confirmed by the guardian or by silence."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError, Fault
from infra.ids import new_id
from infra.outbox import publish
from infra.text import text_fault
from services.deadlines import service as deadlines
from services.deadlines.models import DeadlineState
from services.funds import books, queries, rules
from services.funds.deadlines import CONFIRM, DECIDE_LESSON
from services.funds.errors import LessonErrorCode
from services.funds.events import LessonConfirmed, LessonRequested
from services.funds.models import (
    Contract,
    ContractStatus,
    CustodyAccount,
    DecidedBy,
    Lesson,
    LessonStatus,
)
from services.funds.service.paying import locked, release
from services.funds.visibility import Side
from tenants.access import Permission, require
from tenants.principal import Principal
from tenants.session import now_of, today_of


@dataclass(frozen=True)
class RequestLesson:
    """So many hours of a contract were taught on a day."""

    contract_id: UUID
    hours: int
    taught_on: date


@dataclass(frozen=True)
class ConfirmLesson:
    """They were."""

    lesson_id: UUID


@dataclass(frozen=True)
class RejectLesson:
    """They were not, and why the guardian says so."""

    lesson_id: UUID
    reason: str


@dataclass(frozen=True)
class DecideLesson:
    """The fund supervisor's word in a dispute, and why."""

    lesson_id: UUID
    is_confirmed: bool
    text: str


@dataclass(frozen=True)
class ReleaseLesson:
    """Tell the bank again after it refused; with another settlement account where that was why."""

    lesson_id: UUID
    settlement_account_no: str | None = field(default=None, repr=False)


async def request_lesson(
    session: AsyncSession, principal: Principal, command: RequestLesson
) -> Lesson:
    """Ask for the price of hours: it is held, and the guardian has fund.confirm_auto_wd to answer.

    Raises NotFound on `contract_id`, DomainError.
    """
    require(principal, Permission.LESSON_REQUEST)
    found = await queries.find_contract(
        session, command.contract_id, Side.INSTITUTION, "contract_id"
    )
    if found.custody_account_id is None:
        raise DomainError(_NOT_ACTIVE)
    account = await queries.hold_account(session, found.custody_account_id)
    contract = await queries.lock_contract(session, found.id)
    today = today_of(session)
    faults = []
    if contract.status != ContractStatus.ACTIVE:
        faults.append(_NOT_ACTIVE)
    left = await books.available(session, contract) // contract.unit_price_fen
    if not 1 <= command.hours <= left:
        faults.append(
            Fault(
                LessonErrorCode.HOURS_INVALID,
                f"课时数应为 1 至尚可消课的 {left} 课时",
                f"From 1 to the {left} hours that are left",
                ("hours",),
            )
        )
    if not contract.start_on <= command.taught_on <= today:
        faults.append(
            Fault(
                LessonErrorCode.DAY_INVALID,
                f"上课日期应在 {contract.start_on} 至今天之间",
                f"A day from {contract.start_on} up to today",
                ("taught_on",),
            )
        )
    if faults:
        raise DomainError(*faults)
    lesson_id, amount_fen = new_id(), command.hours * contract.unit_price_fen
    lesson = Lesson(
        tenant_id=contract.tenant_id,
        id=lesson_id,
        contract_id=contract.id,
        taught_on=command.taught_on,
        hours=command.hours,
        amount_fen=amount_fen,
        status=LessonStatus.PENDING_CONFIRM,
        hold_id=await books.hold_lesson(session, account, contract, lesson_id, amount_fen),
        tries=0,
        requested_at=now_of(session),
    )
    session.add(lesson)
    await session.flush()
    await deadlines.start(session, CONFIRM, lesson.id, None)
    await publish(session, LessonRequested(lesson.tenant_id, lesson.id))
    return lesson


async def confirm_lesson(
    session: AsyncSession, principal: Principal, command: ConfirmLesson
) -> Lesson:
    """The guardian confirms; the money is released. Raises NotFound, DomainError."""
    require(principal, Permission.LESSON_CONFIRM)
    found = await queries.find_lesson(session, command.lesson_id, Side.GUARDIAN)
    account, contract, lesson = await locked(session, found)
    if fault := await _answerable(session, lesson):
        raise DomainError(fault)
    await deadlines.satisfy(session, CONFIRM, lesson.id)
    await _confirm(session, account, contract, lesson, DecidedBy.GUARDIAN)
    return lesson


async def reject_lesson(
    session: AsyncSession, principal: Principal, command: RejectLesson
) -> Lesson:
    """The guardian objects: the clock stands still until the fund supervisor decides."""
    require(principal, Permission.LESSON_CONFIRM)
    found = await queries.find_lesson(session, command.lesson_id, Side.GUARDIAN)
    _, _, lesson = await locked(session, found)
    faults = [
        await _answerable(session, lesson),
        text_fault("reason", command.reason, 2, 500, "理由", "The reason"),
    ]
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    lesson.status = LessonStatus.DISPUTED
    lesson.objection = command.reason.strip()
    await session.flush()
    await deadlines.pause(session, CONFIRM, lesson.id)
    await deadlines.start(session, DECIDE_LESSON, lesson.id, await queries.post_in_charge(session))
    return lesson


async def decide_lesson(
    session: AsyncSession, principal: Principal, command: DecideLesson
) -> Lesson:
    """The fund supervisor decides a dispute: released, or the price is free again."""
    require(principal, Permission.LESSON_DECIDE)
    found = await queries.find_lesson(session, command.lesson_id, Side.SUPERVISOR)
    account, contract, lesson = await locked(session, found)
    faults = [text_fault("text", command.text, 2, 500, "决定说明", "The decision")]
    if lesson.status != LessonStatus.DISPUTED:
        faults.append(_wrong_state("只有有争议的消课可以裁定", "Only a dispute is decided"))
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    lesson.decision = command.text.strip()
    await deadlines.cancel(session, CONFIRM, lesson.id)
    await deadlines.satisfy(session, DECIDE_LESSON, lesson.id)
    if command.is_confirmed:
        await _confirm(session, account, contract, lesson, DecidedBy.SUPERVISOR)
        return lesson
    lesson.status, lesson.decided_by = LessonStatus.CANCELLED, DecidedBy.SUPERVISOR
    await books.free_hold(session, lesson)
    await session.flush()
    return lesson


async def release_lesson(
    session: AsyncSession, principal: Principal, command: ReleaseLesson
) -> Lesson:
    """Tell the bank once more to pay for a lesson that it refused. Raises NotFound, DomainError."""
    require(principal, Permission.LESSON_DECIDE)
    found = await queries.find_lesson(session, command.lesson_id, Side.SUPERVISOR)
    if command.settlement_account_no is not None:
        # Another account for all releases to come: nobody reads the former one meanwhile.
        contract = await session.get_one(Contract, (found.tenant_id, found.contract_id))
        assert contract.custody_account_id is not None  # noqa: S101 - it was signed
        await queries.hold_account(session, contract.custody_account_id, alone=True)
    account, contract, lesson = await locked(session, found)
    faults: list[Fault | None] = []
    if lesson.status != LessonStatus.CONFIRMED:
        faults.append(
            _wrong_state("只有已确认未拨付的消课可以拨付", "Only what is confirmed is released")
        )
    if command.settlement_account_no is not None:
        faults.append(
            rules.account_fault(
                LessonErrorCode.ACCOUNT_NO_INVALID,
                "settlement_account_no",
                command.settlement_account_no,
            )
        )
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    if command.settlement_account_no is not None:
        account.settlement_no = command.settlement_account_no
    await release(session, account, contract, lesson)
    return lesson


async def confirm_by_silence(session: AsyncSession, lesson_id: UUID, deadline_id: UUID) -> None:
    """The guardian's time has passed without a word: the lesson counts as confirmed [N:7wd]."""
    account, contract, lesson = await locked(session, await queries.lesson(session, lesson_id))
    period = await queries.period(session, CONFIRM.key, lesson_id)
    if lesson.status != LessonStatus.PENDING_CONFIRM or period is None:
        return
    if period.id != deadline_id or period.state != DeadlineState.MISSED:
        return
    await deadlines.cancel(session, CONFIRM, lesson.id)
    await _confirm(session, account, contract, lesson, DecidedBy.SILENCE)


async def _confirm(
    session: AsyncSession,
    account: CustodyAccount,
    contract: Contract,
    lesson: Lesson,
    decided_by: DecidedBy,
) -> None:
    lesson.status, lesson.decided_by = LessonStatus.CONFIRMED, decided_by
    lesson.confirmed_at = now_of(session)
    await session.flush()
    await publish(session, LessonConfirmed(lesson.tenant_id, lesson.id, decided_by))
    await release(session, account, contract, lesson)


async def _answerable(session: AsyncSession, lesson: Lesson) -> Fault | None:
    """Why the guardian may not answer any more: the clock decides, not the worker."""
    if lesson.status != LessonStatus.PENDING_CONFIRM:
        return _wrong_state("该消课已确认、有争议或已撤销", "The lesson is answered already")
    period = await queries.period(session, CONFIRM.key, lesson.id)
    if period is None or period.due_at > now_of(session):
        return None
    return Fault(
        LessonErrorCode.PERIOD_OVER,
        f"确认期已于 {period.due_on} 届满，视为已确认",
        f"The time to answer ended on {period.due_on}; silence has confirmed it",
        ("id",),
    )


def _wrong_state(zh: str, en: str, field_: str = "id") -> Fault:
    return Fault(LessonErrorCode.WRONG_STATE, zh, en, (field_,))


_NOT_ACTIVE = _wrong_state(
    "合同未付清或已结束，不能消课", "The contract is not paid in full, or is over", "contract_id"
)
