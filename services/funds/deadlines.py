"""Deadlines of prepaid fees (domain §4.7): filing, two silences, decisions, mending, alerts."""

from services.calendar.rules import Span
from services.deadlines.models import RungKind
from services.deadlines.rules import SILENCE, Rung, deadline_rule
from services.funds import policies
from services.funds.events import LessonPeriodPassed, RefundPeriodPassed

_DAYS = Span.WORKING_DAYS

FILING = deadline_rule(
    "custody.filing",
    "监管账户备案",
    amount=policies.ACCOUNT_FILING_DAYS,
    span=_DAYS,
    subject_type="CustodyAccount",
)
CONFIRM = deadline_rule(
    "lesson.confirm",
    "消课确认",
    amount=policies.CONFIRM_DAYS,
    span=_DAYS,
    subject_type="Lesson",
    ladder=(Rung(RungKind.REMIND, -2, _DAYS), *SILENCE),
    passed=LessonPeriodPassed,
)
"""Has no owner: the guardian is reminded by message, and silence confirms."""
ANSWER = deadline_rule(
    "refund.answer",
    "退费答复",
    amount=policies.REFUND_DAYS,
    span=_DAYS,
    subject_type="Refund",
    ladder=SILENCE,
    passed=RefundPeriodPassed,
)
DECIDE_LESSON = deadline_rule(
    "lesson.decide",
    "消课争议处理",
    amount=policies.DECIDE_DAYS,
    span=_DAYS,
    subject_type="Lesson",
)
DECIDE_REFUND = deadline_rule(
    "refund.decide",
    "退费争议处理",
    amount=policies.DECIDE_DAYS,
    span=_DAYS,
    subject_type="Refund",
)
MEND_LESSON = deadline_rule(
    "lesson.mend",
    "银行拒付的拨款处理",
    amount=policies.MEND_DAYS,
    span=_DAYS,
    subject_type="Lesson",
)
MEND_REFUND = deadline_rule(
    "refund.mend",
    "银行拒付的退费处理",
    amount=policies.MEND_DAYS,
    span=_DAYS,
    subject_type="Refund",
)
ALERT = deadline_rule(
    "fund.alert",
    "资金红色预警核查",
    amount=policies.ALERT_DAYS,
    span=_DAYS,
    subject_type="FundAlert",
    ladder=(
        Rung(RungKind.DUE),
        Rung(RungKind.LEADER, 2, _DAYS),
        Rung(RungKind.DRAFT, 4, _DAYS),
    ),
)
"""Not acknowledged: the fund supervisor after 1 working day, the leader after 3 (SM-7e [I])."""
