"""What happens to the books."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from infra.outbox import Event


@dataclass(frozen=True)
class LedgerCheckDue(Event):
    """The books of a tenant are to be checked now."""

    kind: ClassVar[str] = "ledger.check_due"


@dataclass(frozen=True)
class LedgerStopped(Event):
    """The books did not agree, so postings were stopped; the stop says where."""

    kind: ClassVar[str] = "ledger.stopped"
    stop_id: UUID
    finding: str


@dataclass(frozen=True)
class LedgerStopLifted(Event):
    """A person lifted a stop."""

    kind: ClassVar[str] = "ledger.stop_lifted"
    stop_id: UUID
