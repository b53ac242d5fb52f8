"""Reading payments, statements and breaks."""

import strawberry

from schema.compiler.declarations import by_id, every
from schema.payments.types import (
    BankAccount,
    BankAccountConnection,
    BankStatementLine,
    BankStatementLineConnection,
    PaymentInstruction,
    PaymentInstructionConnection,
    ReconciliationBreak,
    ReconciliationBreakConnection,
    Statement,
    StatementConnection,
)
from tenants.access import Permission

_READ = Permission.PAYMENT_READ


@strawberry.type
class PaymentQuery:
    bank_account: BankAccount | None = by_id(
        "BankAccount", "银行账户 — one account", requires=_READ
    )
    bank_accounts: BankAccountConnection | None = every(
        "银行账户列表 — accounts that are watched or paid from", requires=_READ
    )
    payment_instruction: PaymentInstruction | None = by_id(
        "PaymentInstruction", "付款指令 — one instruction", requires=_READ
    )
    payment_instructions: PaymentInstructionConnection | None = every(
        "付款指令列表 — instructions to banks, newest first", requires=_READ
    )
    statement: Statement | None = by_id("Statement", "对账单 — one statement", requires=_READ)
    statements: StatementConnection | None = every(
        "对账单列表 — imported statements, newest first", requires=_READ
    )
    bank_statement_line: BankStatementLine | None = by_id(
        "BankStatementLine", "银行流水 — one booking", requires=_READ
    )
    bank_statement_lines: BankStatementLineConnection | None = every(
        "银行流水列表 — bookings of watched accounts, newest first", requires=_READ
    )
    reconciliation_break: ReconciliationBreak | None = by_id(
        "ReconciliationBreak", "对账差异 — one break", requires=_READ
    )
    reconciliation_breaks: ReconciliationBreakConnection | None = every(
        "对账差异列表 — breaks, open and resolved, newest first", requires=_READ
    )
