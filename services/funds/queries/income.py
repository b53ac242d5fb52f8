"""What is read of the income of accounts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.funds.models import (
    Contract,
    ContractPayment,
    CustodyAccount,
)
from services.payments.models import (
    BankStatementLine,
    LineDirection,
)
from tenants.session import scope_of


async def payment_by_serial(
    session: AsyncSession, account_id: UUID, serial: str
) -> ContractPayment | None:
    """The payment into an account under a bank's serial number."""
    found = await session.scalars(
        select(ContractPayment).where(
            ContractPayment.tenant_id == scope_of(session).tenant_id,
            ContractPayment.custody_account_id == account_id,
            ContractPayment.bank_serial == serial,
        )
    )
    return found.one_or_none()


async def line_by_serial(
    session: AsyncSession, account: CustodyAccount, serial: str
) -> BankStatementLine | None:
    """The line of an account's statements under a bank's serial number."""
    found = await session.scalars(
        select(BankStatementLine).where(
            BankStatementLine.tenant_id == account.tenant_id,
            BankStatementLine.bank_account_id == account.bank_account_id,
            BankStatementLine.serial == serial,
        )
    )
    return found.one_or_none()


async def income(
    session: AsyncSession, account: CustodyAccount, after: UUID | None, most: int
) -> Sequence[tuple[BankStatementLine, Contract | None, ContractPayment | None]]:
    """Open income of an account that names a contract, or that was recorded before, by id."""
    found = await session.execute(
        select(BankStatementLine, Contract, ContractPayment)
        .outerjoin(
            Contract,
            and_(
                Contract.tenant_id == BankStatementLine.tenant_id,
                Contract.id == BankStatementLine.reference_id,
            ),
        )
        .outerjoin(
            ContractPayment,
            and_(
                ContractPayment.tenant_id == BankStatementLine.tenant_id,
                ContractPayment.custody_account_id == account.id,
                ContractPayment.bank_serial == BankStatementLine.serial,
            ),
        )
        .where(
            BankStatementLine.tenant_id == account.tenant_id,
            BankStatementLine.bank_account_id == account.bank_account_id,
            BankStatementLine.direction == LineDirection.IN,
            BankStatementLine.instruction_id.is_(None),
            BankStatementLine.claim_id.is_(None),
            or_(Contract.id.is_not(None), ContractPayment.id.is_not(None)),
            BankStatementLine.id > (after or UUID(int=0)),
        )
        .order_by(BankStatementLine.id)
        .limit(most)
    )
    return [(line, contract, payment) for line, contract, payment in found]
