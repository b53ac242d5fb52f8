"""Commands of refunds: asked for by the guardian, answered by the institution or by silence."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError, Fault
from infra.ids import new_id
from infra.money import yuan
from infra.outbox import publish
from infra.text import text_fault
from services.deadlines import service as deadlines
from services.deadlines.models import DeadlineState
from services.funds import books, queries, rules
from services.funds.deadlines import ANSWER, DECIDE_REFUND
from services.funds.errors import RefundErrorCode
from services.funds.events import RefundAgreed, RefundRequested
from services.funds.models import (
    Contract,
    ContractStatus,
    CustodyAccount,
    DecidedBy,
    RefundRequest,
    RefundStatus,
)
from services.funds.service.contracts import REFUND_NAME_COLUMN, REFUND_NO_COLUMN
from services.funds.service.paying import locked, pay_back
from services.funds.visibility import Side
from tenants import keys
from tenants.access import Permission, require
from tenants.principal import Principal
from tenants.session import now_of


@dataclass(frozen=True)
class RequestRefund:
    """Give back `amount_fen` of a contract, by default all that is not consumed or asked for."""

    contract_id: UUID
    reason: str
    amount_fen: int | None = None


@dataclass(frozen=True)
class AgreeRefund:
    """The institution agrees."""

    refund_id: UUID


@dataclass(frozen=True)
class ObjectRefund:
    """The institution objects, and why."""

    refund_id: UUID
    reason: str


@dataclass(frozen=True)
class DecideRefund:
    """The fund supervisor's word in a dispute, and why."""

    refund_id: UUID
    is_agreed: bool
    text: str


@dataclass(frozen=True)
class PayRefund:
    """Tell the bank again after it refused; to another account where that was why."""

    refund_id: UUID
    account_no: str | None = field(default=None, repr=False)
    account_name: str | None = field(default=None, repr=False)


async def request_refund(
    session: AsyncSession, principal: Principal, command: RequestRefund
) -> RefundRequest:
    """Ask for a refund: it is held, and the institution has fund.refund_auto_wd to answer.

    Raises NotFound on `contract_id`, DomainError.
    """
    require(principal, Permission.REFUND_REQUEST)
    found = await queries.find_contract(session, command.contract_id, Side.GUARDIAN, "contract_id")
    if found.custody_account_id is None:
        raise DomainError(_NOT_ACTIVE)
    account = await queries.hold_account(session, found.custody_account_id)
    contract = await queries.lock_contract(session, found.id)
    faults = [text_fault("reason", command.reason, 2, 500, "退费原因", "The reason")]
    if contract.status not in (ContractStatus.SIGNED, ContractStatus.ACTIVE):
        faults.append(_NOT_ACTIVE)
    if await queries.open_refund(session, contract.id):
        faults.append(
            Fault(
                RefundErrorCode.REFUND_OPEN,
                "该合同已有未办结的退费申请",
                "A request about the contract is open already",
                ("contract_id",),
            )
        )
    left = await books.available(session, contract)
    amount_fen = left if command.amount_fen is None else command.amount_fen
    if not 0 < amount_fen <= left:
        faults.append(
            Fault(
                RefundErrorCode.AMOUNT_INVALID,
                f"退费金额应大于零且不超过尚未消课的 {yuan(left)} 元；待确认消课和赠课不计",
                f"Above zero and at most the {yuan(left)} yuan that are neither consumed nor"
                " asked for; gifts are worth 0",
                ("amount",),
            )
        )
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    refund_id = new_id()
    refund = RefundRequest(
        tenant_id=contract.tenant_id,
        id=refund_id,
        contract_id=contract.id,
        amount_fen=amount_fen,
        reason=command.reason.strip(),
        status=RefundStatus.REQUESTED,
        hold_id=await books.hold_refund(session, account, contract, refund_id, amount_fen),
        tries=0,
        requested_at=now_of(session),
    )
    session.add(refund)
    await session.flush()
    await deadlines.start(session, ANSWER, refund.id, None)
    await publish(session, RefundRequested(refund.tenant_id, refund.id))
    return refund


async def agree_refund(
    session: AsyncSession, principal: Principal, command: AgreeRefund
) -> RefundRequest:
    """The institution agrees; the bank is told to pay. Raises NotFound, DomainError."""
    require(principal, Permission.REFUND_ANSWER)
    found = await queries.find_refund(session, command.refund_id, Side.INSTITUTION)
    account, contract, refund = await locked(session, found)
    if fault := await _answerable(session, refund):
        raise DomainError(fault)
    await deadlines.satisfy(session, ANSWER, refund.id)
    await _agree(session, account, contract, refund, DecidedBy.INSTITUTION)
    return refund


async def object_refund(
    session: AsyncSession, principal: Principal, command: ObjectRefund
) -> RefundRequest:
    """The institution objects: the clock stands still until the fund supervisor decides."""
    require(principal, Permission.REFUND_ANSWER)
    found = await queries.find_refund(session, command.refund_id, Side.INSTITUTION)
    _, _, refund = await locked(session, found)
    faults = [
        await _answerable(session, refund),
        text_fault("reason", command.reason, 2, 500, "异议理由", "The reason"),
    ]
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    refund.status = RefundStatus.DISPUTED
    refund.objection = command.reason.strip()
    await session.flush()
    await deadlines.pause(session, ANSWER, refund.id)
    await deadlines.start(session, DECIDE_REFUND, refund.id, await queries.post_in_charge(session))
    return refund


async def decide_refund(
    session: AsyncSession, principal: Principal, command: DecideRefund
) -> RefundRequest:
    """The fund supervisor decides a dispute: paid back, or the amount is the contract's again."""
    require(principal, Permission.REFUND_DECIDE)
    found = await queries.find_refund(session, command.refund_id, Side.SUPERVISOR)
    account, contract, refund = await locked(session, found)
    faults = [text_fault("text", command.text, 2, 500, "决定说明", "The decision")]
    if refund.status != RefundStatus.DISPUTED:
        faults.append(_wrong_state("只有有争议的退费可以裁定", "Only a dispute is decided"))
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    refund.decision = command.text.strip()
    await deadlines.cancel(session, ANSWER, refund.id)
    await deadlines.satisfy(session, DECIDE_REFUND, refund.id)
    if command.is_agreed:
        await _agree(session, account, contract, refund, DecidedBy.SUPERVISOR)
        return refund
    refund.status, refund.decided_by = RefundStatus.REFUSED, DecidedBy.SUPERVISOR
    await books.free_hold(session, refund)
    await session.flush()
    return refund


async def pay_refund(
    session: AsyncSession, principal: Principal, command: PayRefund
) -> RefundRequest:
    """Tell the bank once more to pay a refund that it refused. Raises NotFound, DomainError."""
    require(principal, Permission.REFUND_DECIDE)
    found = await queries.find_refund(session, command.refund_id, Side.SUPERVISOR)
    account, contract, refund = await locked(session, found)
    faults: list[Fault | None] = []
    if refund.status != RefundStatus.AGREED:
        faults.append(_wrong_state("只有已同意未支付的退费可以支付", "Only what is agreed is paid"))
    if command.account_no is not None:
        faults.append(
            rules.account_fault(
                RefundErrorCode.ACCOUNT_NO_INVALID, "account_no", command.account_no
            )
        )
    if command.account_name is not None:
        faults.append(
            text_fault("account_name", command.account_name, 2, 100, "户名", "The account's name")
        )
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    if command.account_no is not None:
        contract.refund_no = await keys.seal(
            session, contract.tenant_id, REFUND_NO_COLUMN, contract.id, command.account_no
        )
    if command.account_name is not None:
        contract.refund_name = await keys.seal(
            session, contract.tenant_id, REFUND_NAME_COLUMN, contract.id, command.account_name
        )
    await session.flush()
    await pay_back(session, account, contract, refund)
    return refund


async def agree_by_silence(session: AsyncSession, refund_id: UUID, deadline_id: UUID) -> None:
    """The institution's time has passed without a word: it counts as agreed [N:7wd, N:15wd]."""
    account, contract, refund = await locked(session, await queries.refund(session, refund_id))
    period = await queries.period(session, ANSWER.key, refund_id)
    if refund.status != RefundStatus.REQUESTED or period is None:
        return
    if period.id != deadline_id or period.state != DeadlineState.MISSED:
        return
    await deadlines.cancel(session, ANSWER, refund.id)
    await _agree(session, account, contract, refund, DecidedBy.SILENCE)


async def _agree(
    session: AsyncSession,
    account: CustodyAccount,
    contract: Contract,
    refund: RefundRequest,
    decided_by: DecidedBy,
) -> None:
    refund.status, refund.decided_by = RefundStatus.AGREED, decided_by
    refund.agreed_at = now_of(session)
    await session.flush()
    await publish(session, RefundAgreed(refund.tenant_id, refund.id, decided_by))
    await pay_back(session, account, contract, refund)


async def _answerable(session: AsyncSession, refund: RefundRequest) -> Fault | None:
    """Why the institution may not answer any more: the clock decides, not the worker."""
    if refund.status != RefundStatus.REQUESTED:
        return _wrong_state("该退费已答复", "The refund is answered already")
    period = await queries.period(session, ANSWER.key, refund.id)
    if period is None or period.due_at > now_of(session):
        return None
    return Fault(
        RefundErrorCode.PERIOD_OVER,
        f"答复期已于 {period.due_on} 届满，视为同意",
        f"The time to answer ended on {period.due_on}; silence has agreed to it",
        ("id",),
    )


def _wrong_state(zh: str, en: str, field_: str = "id") -> Fault:
    return Fault(RefundErrorCode.WRONG_STATE, zh, en, (field_,))


_NOT_ACTIVE = _wrong_state(
    "合同未签署或已结束，不能退费", "The contract is not signed, or is over", "contract_id"
)
