"""Messages and the attempts to deliver them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, LargeBinary, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from infra.database.base import (
    Base,
    Kind,
    TenantOwned,
    internal,
    personal,
    public,
    refer,
    sealed,
    table_info,
)


class Channel(StrEnum):
    """How a message reaches its recipient."""

    IN_APP = "IN_APP"
    SMS = "SMS"


class MessageState(StrEnum):
    """QUEUED → SENT → DELIVERED | FAILED; UNKNOWN while it is unclear whether the gateway took it.

    DELIVERED: the gateway reports that the phone has it, the proof of a notice.

    In-app messages are SENT when written. FAILED: the gateway refused the message for good.
    """

    QUEUED = "QUEUED"
    UNKNOWN = "UNKNOWN"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class AttemptOutcome(StrEnum):
    """How a call ended; UNKNOWN: it was begun, and what came of it nobody lived to write."""

    SENT = "SENT"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


class Message(TenantOwned, Base):
    """One message to one recipient; `params` hold codes, never a reporter or a subject."""

    __tablename__ = "message"
    __table_args__ = (
        refer("account_id", "account"),
        Index("ix_message_inbox", "tenant_id", "account_id", "id"),
        {"info": table_info(Kind.TENANT, supervised=False, public={"insert"})},
    )
    # No RETURNING: role `public` may queue a message and read none.
    __mapper_args__ = {"eager_defaults": False}
    account_id: Mapped[UUID | None] = internal(Uuid)
    phone: Mapped[bytes | None] = sealed(LargeBinary)
    channel: Mapped[Channel] = internal(Text)
    template: Mapped[str] = internal(Text)
    params: Mapped[dict[str, Any]] = personal(JSONB)
    state: Mapped[MessageState] = internal(Text)
    created_at: Mapped[datetime] = internal(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )
    read_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    delivered_at: Mapped[datetime | None] = internal(DateTime(timezone=True))


class MessageAttempt(TenantOwned, Base):
    """A call to the gateway, written before it is made; no outcome while it runs."""

    __tablename__ = "message_attempt"
    __table_args__ = (
        refer("message_id", "message"),
        Index("ix_message_attempt_message", "tenant_id", "message_id"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    message_id: Mapped[UUID] = public(Uuid)
    started_at: Mapped[datetime] = internal(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )
    outcome: Mapped[AttemptOutcome | None] = internal(Text)
