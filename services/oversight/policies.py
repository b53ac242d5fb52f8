"""Policies of oversight."""

from tenants.policies import policy

REPLY_DAYS = policy("oversight.reply_wd", 10, "working days", "[I] SM-14; S2-3 gives no length")
