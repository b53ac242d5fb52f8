"""What happens to clues; ids only, never a subject, never a reporter."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from infra.outbox import Event


@dataclass(frozen=True)
class ClueReceived(Event):
    """A report arrived and has its owner."""

    kind: ClassVar[str] = "clue.received"
    clue_id: UUID


@dataclass(frozen=True)
class ClueTriaged(Event):
    """A report was accepted, rejected, merged, or needs more information."""

    kind: ClassVar[str] = "clue.triaged"
    clue_id: UUID
    status: str


@dataclass(frozen=True)
class ClueSupplemented(Event):
    """A reporter added what was asked for."""

    kind: ClassVar[str] = "clue.supplemented"
    clue_id: UUID


@dataclass(frozen=True)
class ClueReplied(Event):
    """The reporter has an answer."""

    kind: ClassVar[str] = "clue.replied"
    clue_id: UUID


@dataclass(frozen=True)
class ClueAssigned(Event):
    """A clue was given to a post to verify."""

    kind: ClassVar[str] = "clue.assigned"
    clue_id: UUID


@dataclass(frozen=True)
class ClueConclusionProposed(Event):
    """A conclusion waits for a leader's signature."""

    kind: ClassVar[str] = "clue.conclusion_proposed"
    clue_id: UUID
    conclusion_id: UUID


@dataclass(frozen=True)
class ClueConcluded(Event):
    """A leader signed what was found, whatever it is."""

    kind: ClassVar[str] = "clue.concluded"
    clue_id: UUID
    outcome: str


@dataclass(frozen=True)
class ClueSubstantiated(Event):
    """A report was found true, wholly or in part."""

    kind: ClassVar[str] = "clue.substantiated"
    clue_id: UUID
    outcome: str
