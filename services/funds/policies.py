"""Policies of prepaid fees (domain §5); a tenant may only tighten those with a ceiling."""

from tenants.policies import policy

MAX_MONTHS = policy(
    "fund.max_months", 3, "months", "教监管函〔2021〕2号 N:6min-q, N:13dept", ceiling=3
)
MAX_HOURS = policy(
    "fund.max_hours", 60, "class hours", "教监管函〔2021〕2号 N:6min-q, N:13dept", ceiling=60
)
MAX_AMOUNT_NON_SUBJECT = policy(
    "fund.max_amount_fen.non_subject", 500_000, "fen", "十三部门意见 N:13dept", ceiling=500_000
)
MAX_AMOUNT_SUBJECT = policy(
    "fund.max_amount_fen.subject", None, "fen; null: no bound", "[I] no source gives one"
)
COLLECT_NOT_BEFORE = policy(
    "fund.collect_not_before", 1, "months before the course starts", "N:hainan", ceiling=1
)
ACCOUNT_FILING_DAYS = policy("fund.account_filing_wd", 5, "working days", "N:nmg")
CONFIRM_DAYS = policy(
    "fund.confirm_auto_wd", 7, "working days", "N:7wd; another notice says 15, N:15wd"
)
REFUND_DAYS = policy("fund.refund_auto_wd", 5, "working days", "N:7wd, N:15wd")
DECIDE_DAYS = policy("fund.decide_wd", 5, "working days", "[I] domain §4.7, a dispute is decided")
MEND_DAYS = policy(
    "fund.mend_payment_wd", 1, "working days", "[I] a payment that the bank refused is mended"
)
ALERT_DAYS = policy("fund.alert.acknowledge_wd", 1, "working days", "[I] domain §4.7, SM-7e")
ALERT_QUIET_HOURS = policy("fund.alert.dedup_hours", 24, "hours", "N:pension")
CONTRACT_TEMPLATE = policy(
    "fund.contract_template", "GF-2021-2604", "number of the model contract", "N:6min, N:gf2604"
)
