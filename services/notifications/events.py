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


@dataclass(frozen=True)
class MessageSent(Event):
    """The gateway took a message whose delivery somebody waits for."""

    kind: ClassVar[str] = "message.sent"
    message_id: UUID


@dataclass(frozen=True)
class MessageDelivered(Event):
    """The phone has a message."""

    kind: ClassVar[str] = "message.delivered"
    message_id: UUID
