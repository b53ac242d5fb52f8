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


@dataclass(frozen=True)
class InstitutionBlacklisted(Event):
    """An institution is on the black list, in force at once."""

    kind: ClassVar[str] = "institution.blacklisted"
    institution_id: UUID
    entry_id: UUID


@dataclass(frozen=True)
class InstitutionDelisted(Event):
    """An entry of a list ended; `list_kind` says of which."""

    kind: ClassVar[str] = "institution.delisted"
    institution_id: UUID
    entry_id: UUID
    list_kind: str


@dataclass(frozen=True)
class ListsPublished(Event):
    """The lists of a month were signed."""

    kind: ClassVar[str] = "list.published"
    publication_id: UUID
