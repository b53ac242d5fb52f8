"""Deadlines of rewards (SM-6)."""

from services.calendar.rules import Span
from services.deadlines.rules import SILENCE, deadline_rule
from services.rewards import policies
from services.rewards.events import ClaimWindowPassed

NOTICE = deadline_rule(
    "reward.notice",
    "奖励电话通知",
    amount=policies.NOTICE_DAYS,
    span=Span.WORKING_DAYS,
    subject_type="Reward",
)
"""The gateway has reported no delivery: somebody has to call."""

CLAIM = deadline_rule(
    "reward.claim",
    "奖励领取",
    amount=policies.CLAIM_DAYS,
    span=Span.WORKING_DAYS,
    subject_type="Reward",
    ladder=SILENCE,
    passed=ClaimWindowPassed,
)
