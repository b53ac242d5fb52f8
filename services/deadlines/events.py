"""What happens to deadlines."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from infra.outbox import Event


@dataclass(frozen=True)
class DeadlineStepped(Event):
    """A step of a ladder was taken."""

    kind: ClassVar[str] = "deadline.stepped"
    deadline_id: UUID
    round: int
    step: int
    rung: str


@dataclass(frozen=True)
class DeadlineMoved(Event):
    """A new calendar moved an open deadline."""

    kind: ClassVar[str] = "deadline.moved"
    deadline_id: UUID


@dataclass(frozen=True)
class DeadlineExtended(Event):
    """A leader gave more time, once."""

    kind: ClassVar[str] = "deadline.extended"
    deadline_id: UUID


@dataclass(frozen=True)
class LadderEnded(Event):
    """The last rung was reached and nobody has acted: the jurisdiction above is to hear."""

    kind: ClassVar[str] = "deadline.ladder_ended"
    deadline_id: UUID
