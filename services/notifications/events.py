"""What happens to messages."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from infra.outbox import Event


@dataclass(frozen=True)
class MessageQueued(Event):
    """A message waits for its gateway."""

    kind: ClassVar[str] = "message.queued"
    message_id: UUID
