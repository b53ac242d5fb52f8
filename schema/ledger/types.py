"""Accounts, transfers and stops of the ledger as GraphQL types."""

from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import BigInteger, case, func, select
from sqlalchemy import cast as sql_cast

from schema.compiler.declarations import Node, column, many, node, one
from schema.compiler.lists import Connection, Grouping, connection, grouping, measure
from schema.organisation.types import Tenant
from schema.organisation.vocabulary import vocabulary
from schema.scalars import Money
from services.ledger import models
from services.ledger.models import AccountKind, Finding, NormalSide, Phase
from services.ledger.visibility import visible

vocabulary(
    AccountKind,
    "账户类别 — what an account of the ledger is about",
    BANK="银行存款 — money at a bank",
    CUSTODY_CASH="托管资金 — prepaid fees at the custody bank",
    DEPOSIT_CASH="保证金存款 — risk deposits at the bank",
    BUDGET="预算 — money set aside for a purpose",
    PAYEE="应付收款人 — owed to people who are paid out",
    CUSTODY_UNCONSUMED="未消课学费 — fees of lessons not yet given",
    INSTITUTION_DUE="应付机构 — owed to an institution",
    REFUND_DUE="应退学费 — owed to guardians",
    DEPOSIT="风险保证金 — risk deposit of an institution",
)
vocabulary(
    NormalSide,
    "余额方向 — the side on which an account grows",
    DEBIT="借方 — what is owned",
    CREDIT="贷方 — what is owed or set aside",
)
vocabulary(
    Phase,
    "流水类型 — what a transfer does",
    SINGLE="直接入账 — moves at once",
    PENDING="冻结 — sets aside",
    POST="解冻入账 — moves what was set aside, or a part of it",
    VOID="撤销冻结 — gives free what was set aside",
    EXPIRE="冻结到期 — gives free what was not posted in time",
    REVERSAL="冲正 — takes back a transfer",
)
vocabulary(
    Finding,
    "核对发现 — what the standing check of the books found broken",
    DEBITS_CREDITS="借贷不平 — debits and credits differ",
    ACCOUNT_SUMS="余额与流水不符 — an account's sums are not those of its transfers",
    ACCOUNT_BOUNDS="余额越界 — an account is outside its bounds",
    PENDING_RESOLVED="冻结款了结有误 — resolved more than once, or without having been set aside",
    REVERSED="冲正有误 — reversed more than once, or not what it claims to reverse",
    LIVE_PAYOUTS="重复付款 — more than one live payout for one subject",
)

_A = models.LedgerAccount
_IS_OWNED = _A.normal_side == NormalSide.DEBIT
_NET = _A.posted_debit_fen - _A.posted_credit_fen
_LOWEST = case((_IS_OWNED, _NET - _A.pending_credit_fen), else_=-_NET - _A.pending_debit_fen)
_LEAST = case((_IS_OWNED, _A.net_min_fen), else_=-_A.net_max_fen)


def _money(expression: Any) -> Any:
    """Fen of an expression, shown in yuan."""
    return cast(Any, sql_cast(expression, BigInteger))


@node(_A, visible=visible, description="账户 — an account of the ledger")
class LedgerAccount(Node):
    tenant: Tenant = one(_A.tenant_id, "租户 — whose books it is in")
    code: str = column(_A.code, "编码 — unique name within the ledger", filter=True)
    kind: AccountKind = column(_A.kind, "类别 — what it is about", filter=True)
    normal_side: NormalSide = column(_A.normal_side, "余额方向 — side on which it grows")
    balance: Money = column(
        _money(case((_IS_OWNED, _NET), else_=-_NET)),
        "余额 — posted, on the normal side, in yuan",
    )
    available: Money = column(
        _money(_LOWEST - func.coalesce(_LEAST, 0)),
        "可用余额 — what may still go out, in yuan",
    )
    posted_debit: Money = column(_money(_A.posted_debit_fen), "借方累计 — all debits, in yuan")
    posted_credit: Money = column(_money(_A.posted_credit_fen), "贷方累计 — all credits, in yuan")
    pending_debit: Money = column(
        _money(_A.pending_debit_fen), "借方冻结 — set aside to be debited, in yuan"
    )
    pending_credit: Money = column(
        _money(_A.pending_credit_fen), "贷方冻结 — set aside to be credited, in yuan"
    )
    opened_at: datetime = column(_A.opened_at, "开户时间 — when it was opened", order=True)
    debits: "LedgerTransferConnection" = many(
        models.LedgerTransfer.debit_account_id, "借方流水 — transfers that debit it"
    )
    credits: "LedgerTransferConnection" = many(
        models.LedgerTransfer.credit_account_id, "贷方流水 — transfers that credit it"
    )


_T = models.LedgerTransfer


@node(_T, visible=visible, description="流水 — one transfer; it is never changed")
class LedgerTransfer(Node):
    tenant: Tenant = one(_T.tenant_id, "租户 — whose books it is in")
    debit_account: LedgerAccount = one(
        _T.debit_account_id, "借方账户 — account that is debited", filter=True
    )
    credit_account: LedgerAccount = one(
        _T.credit_account_id, "贷方账户 — account that is credited", filter=True
    )
    amount: Money = column(
        cast(Any, _T.amount_fen), "金额 — in yuan, above zero", filter=True, order=True
    )
    kind: str = column(_T.kind, "业务代码 — what it was for", filter=True)
    phase: Phase = column(_T.phase, "类型 — what it does", filter=True)
    resolves: "LedgerTransfer | None" = one(_T.pending_id, "所了结的冻结 — what it resolves")
    reverses: "LedgerTransfer | None" = one(_T.reverses_id, "所冲正的流水 — what it takes back")
    reversal_reason: str | None = column(_T.reason, "冲正原因 — code of why it was taken back")
    expires_at: datetime | None = column(
        _T.expires_at, "冻结到期 — from then on it cannot be posted"
    )
    booked_at: datetime = column(
        _T.booked_at, "记账时间 — when it was written", filter=True, order=True
    )
    effective_on: date = column(
        _T.effective_on, "业务日期 — day it counts for", filter=True, order=True
    )


@connection("账户列表 — a page of accounts", order=(_A.opened_at,))
class LedgerAccountConnection(Connection[LedgerAccount]):
    """A page of accounts."""


@connection("流水列表 — a page of transfers", order=(_T.id.desc(),))
class LedgerTransferConnection(Connection[LedgerTransfer]):
    """A page of transfers."""


@grouping("试算平衡 — accounts and their sums in groups")
class LedgerTrialBalance(Grouping[LedgerAccount]):
    """Debits and credits by kind of account: over all of them both sides come to the same."""

    kind: AccountKind | None = column(_A.kind, "类别 — of the group, when grouped by it")
    normal_side: NormalSide | None = column(
        _A.normal_side, "余额方向 — of the group, when grouped by it"
    )
    count: int = measure(func.count(), "账户数 — how many accounts there are")
    debits: Money = measure(_money(func.sum(_A.posted_debit_fen)), "借方合计 — in yuan")
    credits: Money = measure(_money(func.sum(_A.posted_credit_fen)), "贷方合计 — in yuan")


_S = models.LedgerStop
_ACCOUNT_CODE = (
    select(_A.code)
    .where(_A.tenant_id == _S.tenant_id, _A.id == _S.account_id)
    .correlate(_S)
    .scalar_subquery()
)
_TRANSFER_KEY = (
    select(_T.key)
    .where(_T.tenant_id == _S.tenant_id, _T.id == _S.transfer_id)
    .correlate(_S)
    .scalar_subquery()
)


@node(_S, visible=visible, description="停止记账 — postings stopped because the books disagree")
class LedgerStop(Node):
    tenant: Tenant = one(_S.tenant_id, "租户 — whose postings stopped")
    finding: Finding = column(_S.finding, "核对发现 — what was found broken", filter=True)
    account_code: str | None = column(
        _ACCOUNT_CODE, "账户编码 — of the account it shows in; null if it shows in none"
    )
    transfer_key: str | None = column(
        _TRANSFER_KEY, "业务键 — of the transfer it shows in; null if it shows in none"
    )
    stopped_at: datetime = column(
        _S.stopped_at, "停止时间 — when it was found", filter=True, order=True
    )
    lifted_at: datetime | None = column(
        _S.lifted_at, "解除时间 — null while postings are stopped", filter=True
    )
    lift_reason: str | None = column(_S.lift_reason, "解除原因 — why it was lifted")


@connection("停止记账列表 — a page of stops", order=(_S.stopped_at.desc(),))
class LedgerStopConnection(Connection[LedgerStop]):
    """A page of stops."""
