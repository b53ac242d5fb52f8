"""Policies of all deadlines; each rule's own length and ladder stand beside the rule."""

from tenants.policies import policy

REMIND_HOUR = policy(
    "deadline.remind_hour", 9, "hour of the day, Asia/Shanghai", "[I] the start of office hours"
)
