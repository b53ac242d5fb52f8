"""Reading prepaid fees."""

import strawberry

from schema.compiler.declarations import by_id, every
from schema.funds.accounts import (
    CustodyAccount,
    CustodyAccountConnection,
    FundAlert,
    FundAlertConnection,
)
from schema.funds.contracts import (
    Contract,
    ContractConnection,
    Lesson,
    LessonConnection,
    Refund,
    RefundConnection,
)
from tenants.access import Permission

_CONTRACTS = Permission.CONTRACT_READ


@strawberry.type
class FundQuery:
    custody_account: CustodyAccount | None = by_id(
        "CustodyAccount", "监管账户 — one account", requires=Permission.CUSTODY_READ
    )
    custody_accounts: CustodyAccountConnection | None = every(
        "监管账户列表 — the accounts one sees, newest first", requires=Permission.CUSTODY_READ
    )
    fund_alert: FundAlert | None = by_id(
        "FundAlert", "资金预警 — one alert", requires=Permission.FUND_ALERT_READ
    )
    fund_alerts: FundAlertConnection | None = every(
        "资金预警列表 — the alerts one sees, newest first", requires=Permission.FUND_ALERT_READ
    )
    contract: Contract | None = by_id("Contract", "合同 — one contract", requires=_CONTRACTS)
    contracts: ContractConnection | None = every(
        "合同列表 — the contracts one sees, newest first", requires=_CONTRACTS
    )
    lesson: Lesson | None = by_id("Lesson", "消课 — one lesson", requires=_CONTRACTS)
    lessons: LessonConnection | None = every(
        "消课列表 — the lessons one sees, newest first", requires=_CONTRACTS
    )
    refund: Refund | None = by_id("Refund", "退费申请 — one refund", requires=_CONTRACTS)
    refunds: RefundConnection | None = every(
        "退费申请列表 — the refunds one sees, newest first", requires=_CONTRACTS
    )
