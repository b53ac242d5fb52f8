"""Policies of payments."""

from tenants.policies import policy

LINE_MISSING_DAYS = policy(
    "payment.line_missing_days",
    2,
    "calendar days",
    "[I] §3.2 daily reconciliation of the previous day's orders, and a day for the file",
)
INCOME_UNCLAIMED_DAYS = policy(
    "payment.income_unclaimed_days", 5, "calendar days", "[I] §3.2 money moves within a week"
)
UNRESOLVED_HOURS = policy(
    "payment.unresolved_hours", 24, "hours", "[I] §8 a mismatch is told daily"
)
RECONCILE_HOUR = policy(
    "payment.reconcile_hour", 10, "hour of the day", "[I] §9 bank_reconcile: check daily 10:00"
)
