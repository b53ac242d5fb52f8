"""Reading the books."""

import strawberry

from schema.compiler.declarations import by_id, every, grouped
from schema.ledger.types import (
    LedgerAccount,
    LedgerAccountConnection,
    LedgerStop,
    LedgerStopConnection,
    LedgerTransfer,
    LedgerTransferConnection,
    LedgerTrialBalance,
)
from tenants.access import Permission

_READ = Permission.LEDGER_READ


@strawberry.type
class LedgerQuery:
    ledger_account: LedgerAccount | None = by_id(
        "LedgerAccount", "账户 — one account", requires=_READ
    )
    ledger_accounts: LedgerAccountConnection | None = every(
        "账户列表 — accounts of the ledger", requires=_READ
    )
    ledger_transfer: LedgerTransfer | None = by_id(
        "LedgerTransfer", "流水 — one transfer", requires=_READ
    )
    ledger_transfers: LedgerTransferConnection | None = every(
        "流水列表 — transfers, newest first", requires=_READ
    )
    ledger_stop: LedgerStop | None = by_id(
        "LedgerStop", "停止记账 — one stop of postings", requires=_READ
    )
    ledger_stops: LedgerStopConnection | None = every(
        "停止记账列表 — stops of postings, newest first", requires=_READ
    )
    ledger_trial_balance: list[LedgerTrialBalance] | None = grouped(
        "试算平衡 — debits and credits by kind of account", requires=_READ
    )
