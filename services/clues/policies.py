"""Policies of clues."""

from tenants.policies import policy

REPLY_DAYS = policy("clue.reply_days", 10, "calendar days", "S3-14 “接到举报之日起10日内”")
