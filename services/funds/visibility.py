"""Who sees accounts and alerts, and who sees contracts, which are about minors."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, literal_column, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.funds.models import (
    Contract,
    ContractPayment,
    CustodyAccount,
    CustodyOrder,
    FundAlert,
    Lesson,
    RefundRequest,
)
from services.institutions.models import Institution
from services.institutions.visibility import acted_for
from tenants.access import RoleCode
from tenants.organisation import acting_as, within_units
from tenants.scope import Reach, Scope, ScopeKind, asking_account

_STAFF = (RoleCode.FUND_SUPERVISOR, RoleCode.BUREAU_LEADER)
_FOLLOWERS = (RoleCode.AREA_FUND_FOLLOW,)


class Side(StrEnum):
    """In which part of a contract somebody acts."""

    GUARDIAN = "GUARDIAN"
    INSTITUTION = "INSTITUTION"
    SUPERVISOR = "SUPERVISOR"


def visible_accounts(scope: Scope) -> ColumnElement[bool]:
    """Staff: the county's or their subtrees'; operators: their institutions'; supervisors: all.

    Guardians: those that their contracts are paid to.
    """
    return _accounts(scope, CustodyAccount)


def visible_orders(scope: Scope) -> ColumnElement[bool]:
    """Those about visible accounts, and not to outsiders before they are confirmed."""
    account = aliased(CustodyAccount)
    below = exists(
        select(literal_column("1"))
        .select_from(account)
        .where(
            account.tenant_id == CustodyOrder.tenant_id,
            account.id == CustodyOrder.custody_account_id,
            _accounts(scope, account),
        )
    )
    return and_(below, CustodyOrder.confirmed_at.is_not(None)) if _outside(scope) else below


def visible_contracts(scope: Scope) -> ColumnElement[bool]:
    """Fund supervisor and leader: the county's; area follow-up: those of its subtrees.

    Operators: their institutions'. Guardians: their own. Everybody else, supervisors first: none.
    """
    return _contracts(scope, Contract)


def visible_payments(scope: Scope) -> ColumnElement[bool]:
    """Those of visible contracts."""
    return _of_contract(scope, ContractPayment.tenant_id, ContractPayment.contract_id)


def visible_lessons(scope: Scope) -> ColumnElement[bool]:
    """Those of visible contracts."""
    return _of_contract(scope, Lesson.tenant_id, Lesson.contract_id)


def visible_refunds(scope: Scope) -> ColumnElement[bool]:
    """Those of visible contracts."""
    return _of_contract(scope, RefundRequest.tenant_id, RefundRequest.contract_id)


def visible_alerts(scope: Scope) -> ColumnElement[bool]:
    """Staff: the county's or their subtrees'; supervisors: their range. No outsiders."""
    if scope.kind is ScopeKind.PUBLIC or scope.reach in (Reach.NONE, Reach.OWN):
        return false()
    if scope.reach is Reach.SUBTREE:
        return _in_subtree(FundAlert.tenant_id, FundAlert.institution_id)
    return true()


def acting_in(side: Side) -> ColumnElement[bool]:
    """The asker may act in that part of the contract."""
    match side:
        case Side.GUARDIAN:
            return Contract.guardian_account_id == asking_account()
        case Side.INSTITUTION:
            return acted_for(Contract.tenant_id, Contract.institution_id)
        case Side.SUPERVISOR:
            return acting_as(Contract.tenant_id, _STAFF)


def _outside(scope: Scope) -> bool:
    return scope.kind is ScopeKind.COUNTY and scope.reach is Reach.OWN


def _accounts(scope: Scope, account: Any) -> ColumnElement[bool]:
    if scope.kind is ScopeKind.PUBLIC or scope.reach is Reach.NONE:
        return false()
    if scope.reach is Reach.SUBTREE:
        return _in_subtree(account.tenant_id, account.institution_id)
    if scope.reach is Reach.OWN:
        contract = aliased(Contract)
        paid_to = exists(
            select(literal_column("1"))
            .select_from(contract)
            .where(
                contract.tenant_id == account.tenant_id,
                contract.custody_account_id == account.id,
                contract.guardian_account_id == asking_account(),
            )
        )
        return or_(acted_for(account.tenant_id, account.institution_id), paid_to)
    return true()


def _contracts(scope: Scope, contract: Any) -> ColumnElement[bool]:
    if scope.kind is ScopeKind.SYSTEM:
        return true()
    if scope.kind is not ScopeKind.COUNTY:
        return false()
    # Not by reach alone: most of the staff, and all grid officers, have no business with minors.
    match scope.reach:
        case Reach.TENANT:
            return acting_as(contract.tenant_id, _STAFF)
        case Reach.SUBTREE:
            return and_(
                acting_as(contract.tenant_id, _FOLLOWERS),
                _in_subtree(contract.tenant_id, contract.institution_id),
            )
        case Reach.OWN:
            return or_(
                acted_for(contract.tenant_id, contract.institution_id),
                contract.guardian_account_id == asking_account(),
            )
        case Reach.NONE:
            return false()


def _of_contract(
    scope: Scope, tenant: InstrumentedAttribute[int], contract_id: InstrumentedAttribute[UUID]
) -> ColumnElement[bool]:
    if scope.kind in (ScopeKind.PUBLIC, ScopeKind.JURISDICTION) or scope.reach is Reach.NONE:
        return false()
    contract = aliased(Contract)
    return exists(
        select(literal_column("1"))
        .select_from(contract)
        .where(
            contract.tenant_id == tenant, contract.id == contract_id, _contracts(scope, contract)
        )
    )


def _in_subtree(tenant: Any, institution_id: Any) -> ColumnElement[bool]:
    seen = aliased(Institution)
    return exists(
        select(literal_column("1"))
        .select_from(seen)
        .where(
            seen.tenant_id == tenant,
            seen.id == institution_id,
            within_units(seen.tenant_id, seen.unit_id),
        )
    )
