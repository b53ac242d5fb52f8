"""Bank accounts, payment instructions, statements and their breaks as GraphQL types."""

from datetime import date, datetime
from typing import Any, cast

from schema.compiler.declarations import Node, column, many, node, one
from schema.compiler.lists import Connection, connection
from schema.organisation.types import Tenant
from schema.organisation.vocabulary import vocabulary
from schema.scalars import Money
from services.payments import models, visibility
from services.payments.models import (
    BankAccountKind,
    BreakKind,
    LineDirection,
    PaymentOutcome,
    PaymentPurpose,
    PaymentState,
)

vocabulary(
    BankAccountKind,
    "银行账户类别 — what an account is for",
    REWARD="举报奖金户 — rewards are paid from it",
    CUSTODY="预收费资金托管户 — prepaid fees",
    DEPOSIT="风险保证金户 — risk deposit",
)
vocabulary(
    PaymentPurpose,
    "付款用途 — why money leaves an account",
    REWARD="举报奖金 — reward for a report",
    REFUND="退费 — refund to a guardian",
    RELEASE="资金拨付 — release to an institution",
    DEPOSIT_RETURN="退还保证金 — return of a risk deposit",
)
vocabulary(
    PaymentState,
    "付款状态 — how far an instruction is",
    DRAFTED="待发送 — not handed to the bank yet",
    SENT="已发送 — handed over, no answer yet",
    PENDING="银行处理中 — the bank has it and has not paid",
    UNKNOWN="结果不明 — the bank may have it and is being asked",
    DONE="已付款 — paid",
    REFUSED="银行拒付 — the bank will never pay it",
)
vocabulary(
    PaymentOutcome,
    "发送结果 — how a call to the bank ended",
    DONE="已付款 — paid",
    REFUSED="银行拒付 — refused",
    PENDING="银行处理中 — taken, not paid yet",
    UNKNOWN="结果不明 — no answer",
    CLASH="编号冲突 — the bank has the id with another content",
)
vocabulary(
    LineDirection,
    "借贷方向 — which way money went",
    IN="收入 — received",
    OUT="支出 — paid",
)
vocabulary(
    BreakKind,
    "对账差异类别 — how statement and instructions disagree",
    LINE_UNKNOWN="无指令支出 — money left without an instruction of ours",
    CONTENT_DIFFERS="内容不符 — our id with another account, amount or direction",
    DUPLICATE="重复付款 — an instruction was paid more than once",
    INCOME_UNCLAIMED="收入未认领 — nobody said what the money received is for",
    LINE_MISSING="缺少流水 — paid by the bank's word, but not in its statement",
    PAID_THOUGH_REFUSED="拒付仍支出 — refused by the bank's word, but in its statement",
    UNRESOLVED="久未有果 — the bank has not said for too long",
)


@node(
    models.BankAccount,
    visible=visibility.visible_accounts,
    description="银行账户 — an account that is watched or paid from",
)
class BankAccount(Node):
    tenant: Tenant = one(models.BankAccount.tenant_id, "租户 — whose county watches it")
    account_no: str = column(models.BankAccount.account_no, "账号 — its number", filter=True)
    bank_code: str = column(models.BankAccount.bank_code, "银行代码 — who keeps it", filter=True)
    name: str = column(models.BankAccount.name, "户名 — in whose name it is")
    kind: BankAccountKind = column(models.BankAccount.kind, "类别 — what it is for", filter=True)
    opened_at: datetime = column(
        models.BankAccount.opened_at, "登记时间 — when it was entered", order=True
    )
    closed_at: datetime | None = column(
        models.BankAccount.closed_at, "注销时间 — when it was closed", filter=True
    )


@connection("银行账户列表 — a page of accounts", order=(models.BankAccount.opened_at,))
class BankAccountConnection(Connection[BankAccount]):
    """A page of accounts."""


@node(
    models.PaymentInstruction,
    visible=visibility.visible_instructions,
    description="付款指令 — one payment by the bank, under our id",
)
class PaymentInstruction(Node):
    tenant: Tenant = one(models.PaymentInstruction.tenant_id, "租户 — whose payment it is")
    bank_account: BankAccount = one(
        models.PaymentInstruction.bank_account_id, "付款账户 — where it is paid from", filter=True
    )
    payee_tail: str = column(
        models.PaymentInstruction.payee_tail, "收款账号末四位 — end of the payee's account number"
    )
    amount: Money = column(
        cast(Any, models.PaymentInstruction.amount_fen), "金额 — in yuan", filter=True, order=True
    )
    purpose: PaymentPurpose = column(
        models.PaymentInstruction.purpose, "用途 — why it is paid", filter=True
    )
    state: PaymentState = column(
        models.PaymentInstruction.state, "状态 — how far it is", filter=True
    )
    bank_serial: str | None = column(
        models.PaymentInstruction.bank_serial, "银行流水号 — once it is paid", filter=True
    )
    refusal_code: str | None = column(
        models.PaymentInstruction.refusal_code, "拒付代码 — the bank's, once it refused"
    )
    instructed_at: datetime = column(
        models.PaymentInstruction.instructed_at,
        "指令时间 — when it was given",
        filter=True,
        order=True,
    )
    settled_at: datetime | None = column(
        models.PaymentInstruction.settled_at,
        "办结时间 — when the bank's last word came",
        filter=True,
    )
    lines: "BankStatementLineConnection | None" = many(
        models.BankStatementLine.instruction_id, "对应流水 — where it stands in statements"
    )


@connection(
    "付款指令列表 — a page of instructions",
    order=(models.PaymentInstruction.instructed_at.desc(),),
)
class PaymentInstructionConnection(Connection[PaymentInstruction]):
    """A page of instructions."""


@node(
    models.BankStatement,
    visible=visibility.visible_statements,
    description="对账单 — one imported file of a bank",
)
class Statement(Node):
    tenant: Tenant = one(models.BankStatement.tenant_id, "租户 — whose account it states")
    bank_account: BankAccount = one(
        models.BankStatement.bank_account_id, "账户 — which it states", filter=True
    )
    from_on: date = column(models.BankStatement.from_on, "起始日 — its first day")
    to_on: date = column(models.BankStatement.to_on, "截止日 — its last day", filter=True)
    lines_new: int = column(
        models.BankStatement.lines_new, "新增行数 — lines that no earlier import held"
    )
    imported_at: datetime = column(
        models.BankStatement.imported_at, "导入时间 — when it was imported", filter=True, order=True
    )
    lines: "BankStatementLineConnection | None" = many(
        models.BankStatementLine.statement_id, "流水 — the lines that came with it"
    )


@connection("对账单列表 — a page of statements", order=(models.BankStatement.imported_at.desc(),))
class StatementConnection(Connection[Statement]):
    """A page of statements."""


@node(
    models.BankStatementLine,
    visible=visibility.visible_lines,
    description="银行流水 — one booking as the bank states it",
)
class BankStatementLine(Node):
    tenant: Tenant = one(models.BankStatementLine.tenant_id, "租户 — whose account it is of")
    bank_account: BankAccount = one(
        models.BankStatementLine.bank_account_id, "账户 — which was booked on", filter=True
    )
    booked_on: date = column(
        models.BankStatementLine.booked_on, "交易日期 — day of the booking", filter=True, order=True
    )
    serial: str = column(
        models.BankStatementLine.serial, "流水号 — the bank's, once per account", filter=True
    )
    direction: LineDirection = column(
        models.BankStatementLine.direction, "借贷方向 — received or paid", filter=True
    )
    amount: Money = column(
        cast(Any, models.BankStatementLine.amount_fen), "金额 — in yuan", filter=True, order=True
    )
    balance: Money = column(
        cast(Any, models.BankStatementLine.balance_fen), "余额 — after the booking, in yuan"
    )
    counterparty: str | None = column(
        models.BankStatementLine.counterparty, "对方 — masked: a number's end or a first character"
    )
    reference: str | None = column(models.BankStatementLine.reference, "附言 — as the bank has it")
    instruction: PaymentInstruction | None = one(
        models.BankStatementLine.instruction_id, "付款指令 — which it pays", filter=True
    )


@connection(
    "银行流水列表 — a page of bookings",
    order=(models.BankStatementLine.booked_on.desc(),),
)
class BankStatementLineConnection(Connection[BankStatementLine]):
    """A page of bookings."""


@node(
    models.ReconciliationBreak,
    visible=visibility.visible_breaks,
    description="对账差异 — where statement and instructions disagree",
)
class ReconciliationBreak(Node):
    tenant: Tenant = one(models.ReconciliationBreak.tenant_id, "租户 — whose account it is about")
    bank_account: BankAccount = one(
        models.ReconciliationBreak.bank_account_id, "账户 — which it is about", filter=True
    )
    kind: BreakKind = column(
        models.ReconciliationBreak.kind, "类别 — how they disagree", filter=True
    )
    line: BankStatementLine | None = one(
        models.ReconciliationBreak.line_id, "流水 — the booking, if there is one"
    )
    instruction: PaymentInstruction | None = one(
        models.ReconciliationBreak.instruction_id, "付款指令 — the instruction, if there is one"
    )
    found_at: datetime = column(
        models.ReconciliationBreak.found_at, "发现时间 — when it was found", filter=True, order=True
    )
    resolved_at: datetime | None = column(
        models.ReconciliationBreak.resolved_at,
        "消除时间 — when they agreed again; null while open",
        filter=True,
    )


@connection(
    "对账差异列表 — a page of breaks",
    order=(models.ReconciliationBreak.found_at.desc(),),
)
class ReconciliationBreakConnection(Connection[ReconciliationBreak]):
    """A page of breaks."""
