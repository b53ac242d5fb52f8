"""What happened to institutions."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from infra.outbox import Event


@dataclass(frozen=True)
class InstitutionRegistered(Event):
    """An institution entered the register."""

    kind: ClassVar[str] = "institution.registered"
    tenant_id: int
    institution_id: UUID


@dataclass(frozen=True)
class InstitutionClosed(Event):
    """An institution ceased."""

    kind: ClassVar[str] = "institution.closed"
    tenant_id: int
    institution_id: UUID
