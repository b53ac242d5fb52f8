"""What commands about accounts and alerts read and lock."""

from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import NotFound
from services.calendar.rules import end_of_day
from services.funds.models import (
    Contract,
    ContractPayment,
    ContractStatus,
    CustodyAccount,
    CustodyKind,
    CustodyOrder,
    CustodyStatus,
    FundAlert,
)
from services.funds.visibility import (
    visible_accounts,
    visible_alerts,
)
from services.institutions.models import Institution
from services.payments.models import (
    BankAccount,
    BankStatementLine,
    LineDirection,
    PaymentInstruction,
    PaymentState,
)
from tenants.access import RoleCode
from tenants.models import Post, UnitClosure
from tenants.scope import Scope
from tenants.session import scope_of

_LIVE = (ContractStatus.SIGNED, ContractStatus.ACTIVE)


async def post_in_charge(session: AsyncSession) -> UUID | None:
    """The post that owns tasks about funds: the fund supervisor's, else the leader's."""
    for role in (RoleCode.FUND_SUPERVISOR, RoleCode.BUREAU_LEADER):
        found: UUID | None = await session.scalar(
            select(Post.id)
            .where(Post.tenant_id == scope_of(session).tenant_id, Post.role == role.value)
            .order_by(Post.code)
            .limit(1)
        )
        if found is not None:
            return found
    return None


async def followers(session: AsyncSession, institution_id: UUID) -> list[UUID]:
    """Posts that follow up the funds of the institution's unit or of one above it."""
    found = await session.scalars(
        select(Post.id)
        .join(
            UnitClosure,
            and_(UnitClosure.tenant_id == Post.tenant_id, UnitClosure.ancestor_id == Post.unit_id),
        )
        .join(
            Institution,
            and_(
                Institution.tenant_id == UnitClosure.tenant_id,
                Institution.unit_id == UnitClosure.descendant_id,
            ),
        )
        .where(
            Post.tenant_id == scope_of(session).tenant_id,
            Post.role == RoleCode.AREA_FUND_FOLLOW.value,
            Institution.id == institution_id,
        )
        .order_by(Post.id)
    )
    return list(found)


async def lock_account(session: AsyncSession, account_id: UUID) -> CustodyAccount:
    """The visible account, locked against everything. Raises NotFound on `id`."""
    scope = scope_of(session)
    found = await session.scalars(
        select(CustodyAccount)
        .where(
            CustodyAccount.tenant_id == scope.tenant_id,
            CustodyAccount.id == account_id,
            visible_accounts(scope),
        )
        .with_for_update(of=CustodyAccount)
        .execution_options(populate_existing=True)
    )
    account = found.one_or_none()
    if account is None:
        raise NotFound("id")
    return account


async def hold_account(
    session: AsyncSession, account_id: UUID, *, alone: bool = False
) -> CustodyAccount:
    """An account of a contract, kept as it is; `alone`: nobody else passes meanwhile."""
    return await session.get_one(
        CustodyAccount,
        (scope_of(session).tenant_id, account_id),
        with_for_update={"read": not alone},
        populate_existing=True,
    )


async def live_account(
    session: AsyncSession, institution_id: UUID, kind: CustodyKind
) -> CustodyAccount | None:
    """The institution's account of a kind that is not closed."""
    found = await session.scalars(
        select(CustodyAccount).where(
            CustodyAccount.tenant_id == scope_of(session).tenant_id,
            CustodyAccount.institution_id == institution_id,
            CustodyAccount.kind == kind,
            CustodyAccount.status != CustodyStatus.CLOSED,
        )
    )
    return found.one_or_none()


async def account_at_bank(session: AsyncSession, bank_account_id: UUID) -> CustodyAccount | None:
    """The supervised account that a bank account is."""
    found = await session.scalars(
        select(CustodyAccount).where(
            CustodyAccount.tenant_id == scope_of(session).tenant_id,
            CustodyAccount.bank_account_id == bank_account_id,
        )
    )
    return found.one_or_none()


async def is_number_taken(session: AsyncSession, account_no: str) -> bool:
    """Whether the county watches an account with this number already."""
    found = await session.scalar(
        select(BankAccount.id).where(
            BankAccount.tenant_id == scope_of(session).tenant_id,
            BankAccount.account_no == account_no,
        )
    )
    return found is not None


async def open_order(session: AsyncSession, account_id: UUID) -> CustodyOrder | None:
    """The order about a locked account that waits to be confirmed."""
    found = await session.scalars(
        select(CustodyOrder).where(
            CustodyOrder.tenant_id == scope_of(session).tenant_id,
            CustodyOrder.custody_account_id == account_id,
            CustodyOrder.confirmed_at.is_(None),
        )
    )
    return found.one_or_none()


async def has_live_contracts(session: AsyncSession, account_id: UUID) -> bool:
    """Whether contracts that are signed or active are paid to an account."""
    found = await session.scalar(
        select(Contract.id)
        .where(
            Contract.tenant_id == scope_of(session).tenant_id,
            Contract.custody_account_id == account_id,
            Contract.status.in_(_LIVE),
        )
        .limit(1)
    )
    return found is not None


async def lock_alert(session: AsyncSession, alert_id: UUID) -> FundAlert:
    """The visible alert, locked. Raises NotFound on `id`."""
    scope: Scope = scope_of(session)
    found = await session.scalars(
        select(FundAlert)
        .where(
            FundAlert.tenant_id == scope.tenant_id, FundAlert.id == alert_id, visible_alerts(scope)
        )
        .with_for_update(of=FundAlert)
    )
    alert = found.one_or_none()
    if alert is None:
        raise NotFound("id")
    return alert


async def newest_alert(session: AsyncSession, institution_id: UUID, rule: str) -> FundAlert | None:
    """The alert of an institution under a rule that was raised last."""
    found = await session.scalars(
        select(FundAlert)
        .where(
            FundAlert.tenant_id == scope_of(session).tenant_id,
            FundAlert.institution_id == institution_id,
            FundAlert.rule == rule,
        )
        .order_by(FundAlert.raised_at.desc(), FundAlert.id.desc())
        .limit(1)
    )
    return found.one_or_none()


async def stated_balance(session: AsyncSession, account: CustodyAccount) -> tuple[int, date] | None:
    """What the bank last said is in an account, and of which day; None: it never said."""
    # Lines of a day lie in the order of the file, and ids are given in it.
    found = await session.execute(
        select(BankStatementLine.balance_fen, BankStatementLine.booked_on)
        .where(
            BankStatementLine.tenant_id == account.tenant_id,
            BankStatementLine.bank_account_id == account.bank_account_id,
        )
        .order_by(BankStatementLine.booked_on.desc(), BankStatementLine.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else (row.balance_fen, row.booked_on)


async def not_stated_yet(session: AsyncSession, account: CustodyAccount, day: date) -> int:
    """What moved since the bank's last line, of `day`: recorded payments less payments out, fen.

    A statement may end within its last day, so a payment of that day may still be missing in it.
    """
    recorded = await session.scalar(
        select(func.coalesce(func.sum(ContractPayment.amount_fen), 0)).where(
            ContractPayment.tenant_id == account.tenant_id,
            ContractPayment.custody_account_id == account.id,
            ContractPayment.transfer_id.is_not(None),
            ContractPayment.line_id.is_(None),
            ContractPayment.paid_on >= day,
        )
    )
    stated = (
        select(BankStatementLine.id)
        .where(
            BankStatementLine.tenant_id == PaymentInstruction.tenant_id,
            BankStatementLine.instruction_id == PaymentInstruction.id,
            BankStatementLine.direction == LineDirection.OUT,
        )
        .exists()
    )
    paid = await session.scalar(
        select(func.coalesce(func.sum(PaymentInstruction.amount_fen), 0)).where(
            PaymentInstruction.tenant_id == account.tenant_id,
            PaymentInstruction.bank_account_id == account.bank_account_id,
            PaymentInstruction.state == PaymentState.DONE,
            PaymentInstruction.settled_at >= end_of_day(day),
            ~stated,
        )
    )
    return int(recorded or 0) - int(paid or 0)
