"""Supervised accounts, orders about them and alerts as GraphQL types."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry
from sqlalchemy import case, select
from sqlalchemy.orm import InstrumentedAttribute

from schema.compiler.declarations import Node, column, many, node, one
from schema.compiler.lists import Connection, connection
from schema.funds import vocabulary as _words  # noqa: F401 - registers the enums
from schema.institutions.types import Institution
from schema.organisation.types import Post, Tenant
from schema.scalars import Money
from services.funds import models, visibility
from services.funds.models import (
    AlertLevel,
    AlertRule,
    AlertStatus,
    CustodyKind,
    CustodyStatus,
    OrderKind,
)
from services.ledger.models import LedgerAccount
from tenants.access import Permission

if TYPE_CHECKING:
    from schema.funds.contracts import ContractConnection


def _net(account: InstrumentedAttribute[Any]) -> Any:
    """Debits less credits of one of the account's books, in fen."""
    return (
        select(LedgerAccount.posted_debit_fen - LedgerAccount.posted_credit_fen)
        .where(
            LedgerAccount.tenant_id == models.CustodyAccount.tenant_id,
            LedgerAccount.id == account,
        )
        .correlate(models.CustodyAccount)
        .scalar_subquery()
    )


_CASH = _net(models.CustodyAccount.cash_account_id)
_DUE = -_net(models.CustodyAccount.due_account_id)
_REFUNDS = case(
    (
        models.CustodyAccount.refund_account_id == models.CustodyAccount.due_account_id,
        0,
    ),
    else_=-_net(models.CustodyAccount.refund_account_id),
)


@node(
    models.CustodyAccount,
    visible=visibility.visible_accounts,
    description="监管账户 — an institution's account at a bank for prepaid fees or its deposit",
)
class CustodyAccount(Node):
    tenant: Tenant = one(models.CustodyAccount.tenant_id, "租户 — whose county supervises it")
    institution: Institution | None = one(
        models.CustodyAccount.institution_id, "机构 — whose account it is", filter=True
    )
    kind: CustodyKind = column(models.CustodyAccount.kind, "类别 — what it holds", filter=True)
    status: CustodyStatus = column(
        models.CustodyAccount.status, "状态 — of the account", filter=True
    )
    bank_code: str = column(models.CustodyAccount.bank_code, "银行代码 — who keeps it", filter=True)
    account_no: str = column(
        models.CustodyAccount.account_no, "账号 — where fees are paid to", filter=True
    )
    filing_no: str | None = column(
        models.CustodyAccount.filing_no, "备案号 — null until it is filed"
    )
    opened_at: datetime = column(
        models.CustodyAccount.opened_at, "开户时间 — when it was entered", filter=True, order=True
    )
    filed_at: datetime | None = column(
        models.CustodyAccount.filed_at, "备案时间 — when it was filed", filter=True
    )
    closed_at: datetime | None = column(
        models.CustodyAccount.closed_at, "注销时间 — when it was closed"
    )
    book_balance: Money | None = column(
        cast(Any, _CASH), "账面余额 — by the ledger, in yuan", requires=Permission.CUSTODY_READ
    )
    unconsumed: Money | None = column(
        cast(Any, _CASH - _DUE - _REFUNDS),
        "未消课资金 — paid and not consumed, in yuan",
        requires=Permission.CUSTODY_READ,
    )
    refunds_due: Money | None = column(
        cast(Any, _REFUNDS),
        "应退资金 — refunds agreed and not paid yet, in yuan",
        requires=Permission.CUSTODY_READ,
    )
    institution_due: Money | None = column(
        cast(Any, _DUE),
        "应付机构 — released and not paid yet, in yuan; of a deposit: the deposit",
        requires=Permission.CUSTODY_READ,
    )
    orders: "CustodyOrderConnection | None" = many(
        models.CustodyOrder.custody_account_id,
        "监管指令 — orders to freeze it or let it go on",
        requires=Permission.CUSTODY_READ,
    )
    contracts: Annotated["ContractConnection", strawberry.lazy("schema.funds.contracts")] | None = (
        many(
            models.Contract.custody_account_id,
            "合同 — what is paid to it",
            requires=Permission.CONTRACT_READ,
        )
    )
    alerts: "FundAlertConnection | None" = many(
        models.FundAlert.custody_account_id,
        "资金预警 — about it",
        requires=Permission.FUND_ALERT_READ,
    )


@connection("监管账户列表 — a page of accounts", order=(models.CustodyAccount.opened_at.desc(),))
class CustodyAccountConnection(Connection[CustodyAccount]):
    """A page of accounts."""


@node(
    models.CustodyOrder,
    visible=visibility.visible_orders,
    description="监管指令 — asked for by one person, in force once another confirms",
)
class CustodyOrder(Node):
    tenant: Tenant = one(models.CustodyOrder.tenant_id, "租户 — whose order it is")
    kind: OrderKind = column(models.CustodyOrder.kind, "类别 — freeze or let go on", filter=True)
    grounds: str | None = column(
        models.CustodyOrder.reason, "理由 — why", requires=Permission.CUSTODY_READ
    )
    requested_at: datetime = column(
        models.CustodyOrder.requested_at, "提出时间 — when it was asked for", order=True
    )
    requested_by: Post | None = one(
        models.CustodyOrder.requested_by_post_id, "提出岗位 — the post that asked"
    )
    confirmed_at: datetime | None = column(
        models.CustodyOrder.confirmed_at, "确认时间 — null while it waits", filter=True
    )
    confirmed_by: Post | None = one(
        models.CustodyOrder.confirmed_by_post_id, "确认岗位 — the post that confirmed"
    )


@connection("监管指令列表 — a page of orders", order=(models.CustodyOrder.requested_at.desc(),))
class CustodyOrderConnection(Connection[CustodyOrder]):
    """A page of orders."""


@node(
    models.FundAlert,
    visible=visibility.visible_alerts,
    description="资金预警 — a warning about an institution's money; one of a rule is open",
)
class FundAlert(Node):
    tenant: Tenant = one(models.FundAlert.tenant_id, "租户 — whose county it is about")
    institution: Institution | None = one(
        models.FundAlert.institution_id, "机构 — whose money it is about", filter=True
    )
    custody_account: CustodyAccount | None = one(
        models.FundAlert.custody_account_id, "监管账户 — which it is about"
    )
    rule: AlertRule = column(models.FundAlert.rule, "规则 — what it warns of", filter=True)
    level: AlertLevel = column(models.FundAlert.level, "等级 — yellow or red", filter=True)
    status: AlertStatus = column(models.FundAlert.status, "状态 — of the alert", filter=True)
    bank_balance: Money = column(
        cast(Any, models.FundAlert.balance_fen),
        "银行余额 — as the bank last stated it, with what it cannot have stated yet, in yuan",
    )
    liability: Money = column(
        cast(Any, models.FundAlert.liability_fen),
        "应存资金 — not consumed or to be given back, in yuan",
    )
    raised_at: datetime = column(
        models.FundAlert.raised_at, "触发时间 — when it was raised", filter=True, order=True
    )
    acknowledged_at: datetime | None = column(
        models.FundAlert.acknowledged_at, "受理时间 — when it was taken up", filter=True
    )
    acknowledged_by: Post | None = one(
        models.FundAlert.acknowledged_by_post_id, "受理岗位 — the post that took it up"
    )
    disposition: str | None = column(models.FundAlert.disposition, "处置情况 — what came of it")
    handled_at: datetime | None = column(
        models.FundAlert.handled_at, "办结时间 — when it was closed", filter=True
    )
    handled_by: Post | None = one(
        models.FundAlert.handled_by_post_id, "办结岗位 — the post that closed it"
    )


@connection("资金预警列表 — a page of alerts", order=(models.FundAlert.raised_at.desc(),))
class FundAlertConnection(Connection[FundAlert]):
    """A page of alerts."""
