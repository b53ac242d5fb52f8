"""What happens to problems; ids only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from infra.outbox import Event


@dataclass(frozen=True)
class ProblemFound(Event):
    """A problem was found."""

    kind: ClassVar[str] = "problem.found"
    problem_id: UUID


@dataclass(frozen=True)
class ProblemConfirmed(Event):
    """A problem was confirmed, by an officer or by a signed conclusion."""

    kind: ClassVar[str] = "problem.confirmed"
    problem_id: UUID


@dataclass(frozen=True)
class RectificationNoticeIssued(Event):
    """A rectification notice went out."""

    kind: ClassVar[str] = "problem.notice_issued"
    problem_id: UUID
    notice_id: UUID


@dataclass(frozen=True)
class RectificationOverdue(Event):
    """The deadline of a rectification passed; told by the deadline engine."""

    kind: ClassVar[str] = "problem.overdue"
    deadline_id: UUID
    subject_id: UUID


@dataclass(frozen=True)
class ProblemWrittenOff(Event):
    """A problem was re-checked and written off (销号)."""

    kind: ClassVar[str] = "problem.written_off"
    problem_id: UUID


@dataclass(frozen=True)
class ProblemReferred(Event):
    """The rounds allowed are used up; enforcement takes over (S4-7)."""

    kind: ClassVar[str] = "problem.referred"
    problem_id: UUID
