"""Deadlines of oversight."""

from services.calendar.rules import Span
from services.deadlines.models import RungKind
from services.deadlines.rules import Rung, deadline_rule
from services.oversight import policies

REPLY = deadline_rule(
    "oversight.reply",
    "督办单答复",
    amount=policies.REPLY_DAYS,
    span=Span.WORKING_DAYS,
    subject_type="OversightDocument",
    # The issuer sees the state itself; a second order about the first is a person's decision.
    ladder=(
        Rung(RungKind.REMIND, -1, Span.WORKING_DAYS),
        Rung(RungKind.DUE),
        Rung(RungKind.LEADER, 1, Span.WORKING_DAYS),
    ),
)
