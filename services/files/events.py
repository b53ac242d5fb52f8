"""What happens to files."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from infra.outbox import Event


@dataclass(frozen=True)
class UploadAbandoned(Event):
    """A staged upload was not attached in time; it may be no more."""

    kind: ClassVar[str] = "upload.abandoned"
    upload_id: UUID
