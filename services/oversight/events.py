"""What happened to papers of oversight; each is carried to the other side's row."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from infra.outbox import Event


@dataclass(frozen=True)
class OversightIssued(Event):
    """A paper was signed; the target has to get it."""

    kind: ClassVar[str] = "oversight.issued"
    document_id: UUID


@dataclass(frozen=True)
class OversightAnswered(Event):
    """The target acknowledged or answered; the issuer has to see it."""

    kind: ClassVar[str] = "oversight.answered"
    document_id: UUID


@dataclass(frozen=True)
class OversightClosed(Event):
    """The issuer accepted the answer; the target has to see it."""

    kind: ClassVar[str] = "oversight.closed"
    document_id: UUID
