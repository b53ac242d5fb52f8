"""Policies of clues."""

from tenants.policies import policy

REPLY_DAYS = policy("clue.reply_days", 10, "calendar days", "S3-14 “接到举报之日起10日内”")
TRIAGE_DAYS = policy("clue.triage_wd", 1, "working days", "[I] domain §4.5")
REPLY_EXTENSION_DAYS = policy(
    "clue.reply_extension_days", 20, "calendar days", "[I] domain §4.5, approved by a leader"
)
