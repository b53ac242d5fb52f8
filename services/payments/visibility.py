"""Which accounts, payments and lines a scope may see."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, literal_column, select, true
from sqlalchemy.orm import aliased

from services.payments.models import (
    BankAccount,
    BankSeat,
    BankStatement,
    BankStatementLine,
    PaymentInstruction,
    ReconciliationBreak,
)
from tenants.scope import Reach, Scope, ScopeKind, asking_account


def visible_accounts(scope: Scope) -> ColumnElement[bool]:
    """County staff and workers: all. Banks: the accounts they keep. Others: none."""
    return _of_account(scope, BankAccount.tenant_id, BankAccount.id)


def visible_instructions(scope: Scope) -> ColumnElement[bool]:
    """Those from visible accounts."""
    return _of_account(scope, PaymentInstruction.tenant_id, PaymentInstruction.bank_account_id)


def visible_statements(scope: Scope) -> ColumnElement[bool]:
    """Those of visible accounts."""
    return _of_account(scope, BankStatement.tenant_id, BankStatement.bank_account_id)


def visible_lines(scope: Scope) -> ColumnElement[bool]:
    """Those of visible accounts."""
    return _of_account(scope, BankStatementLine.tenant_id, BankStatementLine.bank_account_id)


def visible_breaks(scope: Scope) -> ColumnElement[bool]:
    """Those of visible accounts."""
    return _of_account(scope, ReconciliationBreak.tenant_id, ReconciliationBreak.bank_account_id)


def _of_account(scope: Scope, tenant: Any, bank_account: Any) -> ColumnElement[bool]:
    if scope.kind in (ScopeKind.PUBLIC, ScopeKind.JURISDICTION):
        return false()
    match scope.reach:
        case Reach.TENANT:
            return true()
        case Reach.OWN:
            return _kept_by_the_asker(tenant, bank_account)
        case _:
            return false()


def _kept_by_the_asker(tenant: Any, bank_account: Any) -> ColumnElement[bool]:
    """The account is kept by a bank that the asker acts for."""
    seat, account = aliased(BankSeat), aliased(BankAccount)
    return exists(
        select(literal_column("1"))
        .select_from(seat)
        .join(
            account,
            and_(account.tenant_id == seat.tenant_id, account.bank_code == seat.bank_code),
        )
        .where(
            account.tenant_id == tenant,
            account.id == bank_account,
            seat.account_id == asking_account(),
            seat.ended_at.is_(None),
        )
    )
