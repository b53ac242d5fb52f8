"""Deadlines of clues (domain §4.5)."""

from services.calendar.rules import Span
from services.clues import policies
from services.deadlines.models import RungKind
from services.deadlines.rules import Rung, deadline_rule

TRIAGE = deadline_rule(
    "clue.triage",
    "线索甄别",
    amount=policies.TRIAGE_DAYS,
    span=Span.WORKING_DAYS,
    subject_type="Clue",
)
REPLY = deadline_rule(
    "clue.reply",
    "线索答复",
    amount=policies.REPLY_DAYS,
    span=Span.CALENDAR_DAYS,
    subject_type="Clue",
    ladder=(
        Rung(RungKind.REMIND, -3),
        Rung(RungKind.DUE),
        Rung(RungKind.ABOVE),
        Rung(RungKind.LEADER, 1, Span.WORKING_DAYS),
        Rung(RungKind.DRAFT, 3, Span.WORKING_DAYS),
    ),
    max_extension=policies.REPLY_EXTENSION_DAYS,
)
