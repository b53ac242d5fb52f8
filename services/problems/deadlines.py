"""The deadline of a rectification."""

from services.calendar.rules import Span
from services.deadlines.rules import deadline_rule
from services.problems import policies
from services.problems.events import RectificationOverdue

RECTIFY = deadline_rule(
    "problem.rectify",
    "整改",
    amount=policies.RECTIFY_DAYS,
    span=Span.CALENDAR_DAYS,
    subject_type="Problem",
    passed=RectificationOverdue,
    max_extension=policies.EXTENSION_DAYS,
)
"""By default 15 calendar days ([I] domain §4.4); a notice sets its own last day."""
