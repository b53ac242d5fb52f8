"""Guardians' payments: from the bank's statement or recorded with its serial, booked once."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError, Fault
from infra.ids import new_id
from infra.money import MOST_FEN, yuan
from infra.outbox import publish
from services.funds import books, queries, rules
from services.funds.errors import ContractErrorCode
from services.funds.events import ContractPaid, FeeUnclaimed, IncomeWaits
from services.funds.models import (
    Contract,
    ContractPayment,
    ContractStatus,
    CustodyAccount,
    CustodyKind,
    CustodyStatus,
    FeeStatus,
    UnclaimedReason,
)
from services.funds.service.alerts import watch
from services.funds.service.contracts import limits_on, terms_of
from services.funds.visibility import Side
from services.payments.intake import claim_line
from services.payments.models import BankStatementLine, LineDirection
from tenants.access import Permission, require
from tenants.principal import Principal
from tenants.session import now_of, today_of

AT_ONCE = 200
"""Lines of income that one step books."""


@dataclass(frozen=True)
class RecordPayment:
    """A payment that the bank has told under its serial number, before its statement states it."""

    contract_id: UUID
    bank_serial: str
    amount_fen: int
    paid_on: date


async def record_payment(
    session: AsyncSession, principal: Principal, command: RecordPayment
) -> Contract:
    """Book a payment on its contract; the statement's line is taken for it when it comes.

    Raises NotFound, DomainError; all faults are told at once.
    """
    require(principal, Permission.CONTRACT_BOOK)
    found = await queries.find_contract(session, command.contract_id, Side.SUPERVISOR)
    faults = rules.serial_faults(command.bank_serial)
    if not 0 < command.amount_fen <= MOST_FEN:
        faults.append(
            Fault(
                ContractErrorCode.AMOUNT_INVALID,
                "金额应大于零",
                "The amount is above zero",
                ("amount",),
            )
        )
    if command.paid_on > today_of(session):
        faults.append(
            Fault(
                ContractErrorCode.DAY_INVALID,
                "付款日期尚未到来",
                "That day has not come yet",
                ("paid_on",),
            )
        )
    if found.custody_account_id is None:
        faults.append(_REFUSALS[UnclaimedReason.NOT_SIGNED])
    if faults or found.custody_account_id is None:
        raise DomainError(*faults)
    account = await queries.hold_account(session, found.custody_account_id, alone=True)
    contract = await queries.lock_contract(session, found.id)
    line = await queries.line_by_serial(session, account, command.bank_serial)
    known = await queries.payment_by_serial(session, account.id, command.bank_serial)
    if known is not None and known.status == FeeStatus.BOOKED:
        faults.append(
            Fault(
                ContractErrorCode.SERIAL_TAKEN,
                "该流水号已入账",
                "This serial number was recorded already",
                ("bank_serial",),
            )
        )
    elif line is not None and not _states(line, command):
        faults.append(
            Fault(
                ContractErrorCode.SERIAL_DIFFERS,
                "银行对账单中该流水的金额、日期或方向不同，或已另作他用",
                "The statement's line has another amount, day or direction, or is taken",
                ("bank_serial",),
            )
        )
    reason = await _reason(
        session, account, contract, command.amount_fen, command.paid_on, is_its_account=True
    )
    if reason is not None:
        faults.append(_refusal(reason, contract))
    if faults:
        raise DomainError(*faults)
    payment = known or await _payment(session, contract, account, command.bank_serial)
    payment.contract_id = contract.id
    payment.amount_fen, payment.paid_on = command.amount_fen, command.paid_on
    await _book(session, account, contract, payment, line)
    await watch(session, account)
    return contract


async def take_income(session: AsyncSession, account_id: UUID, after: UUID | None) -> None:
    """Book the open income of an account that names a contract; what cannot be is told once.

    At most `AT_ONCE` lines, the rest under an event of its own. Then the balance is compared.
    """
    account = await queries.hold_account(session, account_id, alone=True)
    if account.kind != CustodyKind.CUSTODY:
        return
    found = await queries.income(session, account, after, AT_ONCE)
    for line, contract, payment in found:
        if payment is not None and payment.status == FeeStatus.BOOKED:
            if payment.amount_fen == line.amount_fen and payment.line_id is None:
                await claim_line(session, line.id, books.PAYMENT, payment.id)
                payment.line_id = line.id
                await session.flush()
        elif contract is not None:
            await _take(session, account, contract, payment, line)
    if len(found) == AT_ONCE:
        await publish(session, IncomeWaits(account.tenant_id, account.id, found[-1][0].id))
    else:
        await watch(session, account)


async def _take(
    session: AsyncSession,
    account: CustodyAccount,
    named: Contract,
    payment: ContractPayment | None,
    line: BankStatementLine,
) -> None:
    contract = await queries.lock_contract(session, named.id)
    reason = await _reason(
        session,
        account,
        contract,
        line.amount_fen,
        line.booked_on,
        is_its_account=contract.custody_account_id == account.id,
    )
    known = payment.reason if payment is not None else None
    if payment is None:
        payment = await _payment(session, contract, account, line.serial)
    payment.contract_id = contract.id
    payment.amount_fen, payment.paid_on = line.amount_fen, line.booked_on
    if reason is None:
        await _book(session, account, contract, payment, line)
        return
    payment.status, payment.reason = FeeStatus.UNCLAIMED, reason
    session.add(payment)
    await session.flush()
    if known != reason:
        event = FeeUnclaimed(account.tenant_id, contract.id, payment.id, reason)
        await publish(session, event)


async def _book(
    session: AsyncSession,
    account: CustodyAccount,
    contract: Contract,
    payment: ContractPayment,
    line: BankStatementLine | None,
) -> None:
    payment.transfer_id = await books.receive(session, account, contract, payment)
    payment.status, payment.reason = FeeStatus.BOOKED, None
    if line is not None:
        await claim_line(session, line.id, books.PAYMENT, payment.id)
        payment.line_id = line.id
    session.add(payment)
    contract.paid_fen += payment.amount_fen
    contract.version += 1
    if contract.paid_fen == contract.total_fen:
        contract.status = ContractStatus.ACTIVE
        contract.paid_at = now_of(session)
        await publish(session, ContractPaid(contract.tenant_id, contract.id))
    await session.flush()


async def _reason(
    session: AsyncSession,
    account: CustodyAccount,
    contract: Contract,
    amount_fen: int,
    paid_on: date,
    *,
    is_its_account: bool,
) -> UnclaimedReason | None:
    terms = terms_of(contract)
    limits = await limits_on(session, terms.category, today_of(session))
    return rules.unclaimed(
        contract=ContractStatus(contract.status),
        account=CustodyStatus(account.status),
        is_its_account=is_its_account,
        amount_fen=amount_fen,
        left_fen=contract.total_fen - contract.paid_fen,
        paid_on=paid_on,
        first_on=rules.earliest_on(terms.start_on, limits),
    )


async def _payment(
    session: AsyncSession, contract: Contract, account: CustodyAccount, serial: str
) -> ContractPayment:
    return ContractPayment(
        tenant_id=contract.tenant_id,
        id=new_id(),
        contract_id=contract.id,
        custody_account_id=account.id,
        bank_serial=serial,
        received_at=now_of(session),
    )


def _states(line: BankStatementLine, command: RecordPayment) -> bool:
    """Whether the bank's line is the payment, and free."""
    return (
        line.direction == LineDirection.IN
        and line.amount_fen == command.amount_fen
        and line.booked_on == command.paid_on
        and line.instruction_id is None
        and line.claim_id is None
    )


def _refusal(reason: UnclaimedReason, contract: Contract) -> Fault:
    if reason is UnclaimedReason.ABOVE_TOTAL:
        left = yuan(contract.total_fen - contract.paid_fen)
        return Fault(
            ContractErrorCode.ABOVE_TOTAL,
            f"超过合同总价，尚可支付 {left} 元",
            f"More than the contract's total; {left} yuan are left to be paid",
            ("amount",),
        )
    return _REFUSALS[reason]


_REFUSALS = {
    UnclaimedReason.NOT_SIGNED: Fault(
        ContractErrorCode.WRONG_STATE, "合同尚未签署", "The contract is not signed", ("id",)
    ),
    UnclaimedReason.ACCOUNT_NOT_ACTIVE: Fault(
        ContractErrorCode.ACCOUNT_NOT_ACTIVE,
        "监管账户未启用、已冻结或已注销（R6 专用账户）",
        "The custody account is not active, frozen or closed (R6)",
        ("id",),
    ),
    UnclaimedReason.TOO_EARLY: Fault(
        ContractErrorCode.TOO_EARLY,
        "早于允许收费的日期（R3）",
        "Earlier than fees may be collected (R3)",
        ("paid_on",),
    ),
}
