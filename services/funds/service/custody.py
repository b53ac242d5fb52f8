"""Commands of supervised accounts: open, file, freeze and thaw by two persons, close (SM-7d)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError, Fault
from infra.ids import new_id
from infra.outbox import publish
from infra.text import text_fault
from services.deadlines import service as deadlines
from services.funds import books, queries, rules
from services.funds.deadlines import FILING
from services.funds.errors import CustodyAccountErrorCode
from services.funds.events import CustodyFrozen, CustodyThawed
from services.funds.models import (
    CustodyAccount,
    CustodyKind,
    CustodyOrder,
    CustodyStatus,
    OrderKind,
)
from services.institutions.models import InstitutionStatus
from services.institutions.queries import lock_institution
from services.metrics.service import record
from services.payments.models import BankAccountKind
from services.payments.service import (
    OpenBankAccount,
    close_bank_account,
    is_bank_code,
    open_bank_account,
)
from tenants.access import Permission, require
from tenants.acting import acting_post
from tenants.principal import Principal
from tenants.session import now_of

SUPERVISED_METRIC = "funds.supervised"
"""Institutions whose prepaid fees are in a custody account that is filed."""

_FREEZABLE = (CustodyStatus.OPENED, CustodyStatus.ACTIVE)


@dataclass(frozen=True)
class OpenCustodyAccount:
    """An institution's account at a bank, and where released money goes."""

    institution_id: UUID
    kind: CustodyKind
    bank_code: str
    account_no: str
    account_name: str
    settlement_account_no: str
    settlement_name: str


@dataclass(frozen=True)
class FileCustodyAccount:
    """The account is filed with the authority under a number."""

    account_id: UUID
    filing_no: str


@dataclass(frozen=True)
class OrderCustodyAccount:
    """Freeze an account or let it go on, and why; another person has to confirm."""

    account_id: UUID
    kind: OrderKind
    reason: str


@dataclass(frozen=True)
class ConfirmOrder:
    """Confirm the order of that kind about an account."""

    account_id: UUID
    kind: OrderKind


@dataclass(frozen=True)
class CloseCustodyAccount:
    """The account is given up."""

    account_id: UUID


async def open_custody_account(
    session: AsyncSession, principal: Principal, command: OpenCustodyAccount
) -> CustodyAccount:
    """Enter an account; it is to be filed within policy fund.account_filing_wd [N:nmg].

    Raises NotFound, DomainError; all faults are told at once.
    """
    require(principal, Permission.CUSTODY_OPEN)
    institution = await lock_institution(session, command.institution_id, "institution_id")
    faults = _form_faults(command)
    is_number = not any(fault.field == ("account_no",) for fault in faults)
    if institution.status == InstitutionStatus.CLOSED:
        faults.append(
            _fault(
                CustodyAccountErrorCode.INSTITUTION_CLOSED,
                "机构已关停，不能开户",
                "The institution is closed",
            )
        )
    if await queries.live_account(session, institution.id, command.kind):
        faults.append(
            _fault(
                CustodyAccountErrorCode.ALREADY_OPEN,
                "该机构已有此类监管账户，一家机构只能有一个",
                "The institution has an account of this kind; one is all it may have",
            )
        )
    if is_number and await queries.is_number_taken(session, command.account_no):
        faults.append(
            Fault(
                CustodyAccountErrorCode.ACCOUNT_NO_TAKEN,
                "该账号已登记",
                "This account number is entered already",
                ("account_no",),
            )
        )
    if faults:
        raise DomainError(*faults)
    account_id = new_id()
    bank = await open_bank_account(
        session,
        OpenBankAccount(
            command.account_no,
            command.bank_code,
            command.account_name,
            BankAccountKind(command.kind.value),
            institution.id,
        ),
    )
    cash, due, refunds = await books.open_books(session, account_id, command.kind)
    account = CustodyAccount(
        tenant_id=principal.tenant_id,
        id=account_id,
        institution_id=institution.id,
        kind=command.kind,
        status=CustodyStatus.OPENED,
        bank_account_id=bank.id,
        bank_code=command.bank_code,
        account_no=command.account_no,
        settlement_no=command.settlement_account_no,
        settlement_name=command.settlement_name.strip(),
        cash_account_id=cash,
        due_account_id=due,
        refund_account_id=refunds,
        opened_at=now_of(session),
    )
    session.add(account)
    await session.flush()
    await deadlines.start(session, FILING, account.id, await queries.post_in_charge(session))
    return account


async def file_custody_account(
    session: AsyncSession, principal: Principal, command: FileCustodyAccount
) -> CustodyAccount:
    """Note that an account is filed; from now on contracts may be paid to it."""
    require(principal, Permission.CUSTODY_OPEN)
    account = await queries.lock_account(session, command.account_id)
    faults = [text_fault("filing_no", command.filing_no, 2, 60, "备案号", "The filing number")]
    if account.filed_at is not None or account.status == CustodyStatus.CLOSED:
        faults.append(_wrong_state("该账户已备案或已注销", "The account is filed or closed"))
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    account.filed_at = now_of(session)
    account.filing_no = command.filing_no.strip()
    if account.status == CustodyStatus.OPENED:
        account.status = CustodyStatus.ACTIVE
    await session.flush()
    await deadlines.satisfy(session, FILING, account.id)
    if account.kind == CustodyKind.CUSTODY:
        await record(session, SUPERVISED_METRIC, numerator=1)
    return account


async def order_custody_account(
    session: AsyncSession, principal: Principal, command: OrderCustodyAccount
) -> CustodyAccount:
    """Ask for an account to be frozen or to go on; nothing changes until another confirms."""
    require(principal, Permission.CUSTODY_FREEZE)
    post_id = await acting_post(session, principal, Permission.CUSTODY_FREEZE)
    account = await queries.lock_account(session, command.account_id)
    faults = [text_fault("reason", command.reason, 2, 200, "理由", "The reason")]
    if not _may(command.kind, account):
        faults.append(_unfit(command.kind))
    if await queries.open_order(session, account.id):
        faults.append(
            Fault(
                CustodyAccountErrorCode.ORDER_OPEN,
                "已有一条待确认的指令",
                "An order waits to be confirmed already",
                ("id",),
            )
        )
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    session.add(
        CustodyOrder(
            tenant_id=account.tenant_id,
            custody_account_id=account.id,
            kind=command.kind,
            reason=command.reason.strip(),
            requested_by_account_id=principal.account_id,
            requested_by_post_id=post_id,
            requested_at=now_of(session),
        )
    )
    await session.flush()
    return account


async def confirm_order(
    session: AsyncSession, principal: Principal, command: ConfirmOrder
) -> CustodyAccount:
    """Carry out an order that another person asked for. Raises NotFound, DomainError."""
    require(principal, Permission.CUSTODY_FREEZE)
    post_id = await acting_post(session, principal, Permission.CUSTODY_FREEZE)
    account = await queries.lock_account(session, command.account_id)
    order = await queries.open_order(session, account.id)
    if order is None or order.kind != command.kind:
        raise DomainError(
            Fault(
                CustodyAccountErrorCode.NO_ORDER,
                "没有待确认的该类指令",
                "No such order waits",
                ("id",),
            )
        )
    if order.requested_by_account_id == principal.account_id:
        raise DomainError(
            Fault(
                CustodyAccountErrorCode.SAME_HAND,
                "须由另一人确认",
                "Another person than the one who asked has to confirm",
                ("id",),
            )
        )
    if not _may(command.kind, account):
        raise DomainError(_unfit(command.kind))
    order.confirmed_at = now_of(session)
    order.confirmed_by_account_id = principal.account_id
    order.confirmed_by_post_id = post_id
    if command.kind is OrderKind.FREEZE:
        account.status = CustodyStatus.FROZEN
        event: CustodyFrozen | CustodyThawed = CustodyFrozen(account.tenant_id, account.id)
    else:
        account.status = CustodyStatus.ACTIVE if account.filed_at else CustodyStatus.OPENED
        event = CustodyThawed(account.tenant_id, account.id)
    await session.flush()
    await publish(session, event)
    return account


async def close_custody_account(
    session: AsyncSession, principal: Principal, command: CloseCustodyAccount
) -> CustodyAccount:
    """Give an account up: nothing is in it, and no contract is paid to it any more."""
    require(principal, Permission.CUSTODY_OPEN)
    account = await queries.lock_account(session, command.account_id)
    if account.status not in _FREEZABLE:
        raise DomainError(
            _wrong_state("只有未冻结的账户可以注销", "Only an account that is not frozen is closed")
        )
    held = await books.standing(session, account)
    watched = account
    if account.kind == CustodyKind.DEPOSIT:
        # A deposit stands for the fees in custody, so it goes last.
        other = await queries.live_account(session, account.institution_id, CustodyKind.CUSTODY)
        watched = other or account
    owed = await books.standing(session, watched)
    if held.cash_fen or owed.cash_fen or await queries.has_live_contracts(session, watched.id):
        raise DomainError(
            Fault(
                CustodyAccountErrorCode.NOT_EMPTY,
                "账户内尚有未消课、应退或应付资金，或仍有履行中的合同，不能注销",
                "Money that is not consumed or not paid out is there, or contracts run",
                ("id",),
            )
        )
    account.closed_at = now_of(session)
    account.status = CustodyStatus.CLOSED
    await close_bank_account(session, account.bank_account_id)
    await deadlines.cancel(session, FILING, account.id)
    await session.flush()
    if account.kind == CustodyKind.CUSTODY and account.filed_at is not None:
        await record(session, SUPERVISED_METRIC, numerator=-1)
    return account


def _may(kind: OrderKind, account: CustodyAccount) -> bool:
    if kind is OrderKind.FREEZE:
        return account.status in _FREEZABLE
    return account.status == CustodyStatus.FROZEN


def _unfit(kind: OrderKind) -> Fault:
    if kind is OrderKind.FREEZE:
        return _wrong_state("该账户已冻结或已注销", "The account is frozen or closed already")
    return _wrong_state("该账户未冻结", "The account is not frozen")


def _form_faults(command: OpenCustodyAccount) -> list[Fault]:
    numbers = ("account_no", "settlement_account_no")
    names = (("account_name", "账户户名"), ("settlement_name", "结算户名"))
    found = [
        rules.account_fault(
            CustodyAccountErrorCode.ACCOUNT_NO_INVALID, field, getattr(command, field)
        )
        for field in numbers
    ]
    found += [
        text_fault(field, getattr(command, field), 2, 100, zh, "The name of the account")
        for field, zh in names
    ]
    if not is_bank_code(command.bank_code):
        found.append(
            Fault(
                CustodyAccountErrorCode.BANK_CODE_INVALID,
                "银行代码应为 2 至 20 位大写字母或数字，例如 CCB",
                "A bank's code has 2 to 20 capitals and digits, such as CCB",
                ("bank_code",),
            )
        )
    return [fault for fault in found if fault]


def _fault(code: CustodyAccountErrorCode, zh: str, en: str) -> Fault:
    return Fault(code, zh, en, ("institution_id",))


def _wrong_state(zh: str, en: str) -> Fault:
    return Fault(CustodyAccountErrorCode.WRONG_STATE, zh, en, ("id",))
