"""What happened and who still has to hear of it: events, their numbers, their deliveries."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Self, get_type_hints
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    Index,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from infra.clock import NOW_SQL
from infra.database.base import Base, Kind, TenantOwned, internal, public, refer, table_info
from infra.ids import new_id

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,63}")
_INT_LIMIT = 2**31


class EventRow(TenantOwned, Base):
    """Something that happened; followers see it once the relay has given it a number.

    Numbers are given after commit because a writer's own order loses late commits.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index(
            "ix_event_unnumbered",
            "id",
            postgresql_where=text("seq IS NULL"),
        ),
        Index("uq_event_seq", "tenant_id", "seq", unique=True),
        {"info": table_info(Kind.SYSTEM, append_only=True, public={"insert"})},
    )
    seq: Mapped[int | None] = internal(BigInteger)
    kind: Mapped[str] = internal(Text)
    payload: Mapped[Any] = internal(JSONB)
    occurred_at: Mapped[datetime] = internal(DateTime(timezone=True))
    published_at: Mapped[datetime] = internal(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )


class EventCounter(Base):
    """The last number given in a tenant."""

    __tablename__ = "event_counter"
    __table_args__ = ({"info": table_info(Kind.SYSTEM)},)
    tenant_id: Mapped[int] = public(Integer, primary_key=True, autoincrement=False)
    last_seq: Mapped[int] = internal(BigInteger)


class Delivery(Base):
    """One actor that has not yet dealt with one event; the row goes with the effect.

    `available_at`: when the relay rings (again). `rings`: rings since the last try, so a stopped
    worker never uses up tries. `attempts`: tries that began. `leased_until`: nobody else may
    begin before. `failed_at`: set aside for staff after the last try.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        refer("event_id", "event"),
        Index(
            "ix_delivery_due",
            "tenant_id",
            text("priority DESC"),
            "available_at",
            postgresql_where=text("failed_at IS NULL"),
        ),
        Index("ix_delivery_rung", "tenant_id", postgresql_where=text("rings > 0")),
        {"info": table_info(Kind.SYSTEM)},
    )
    tenant_id: Mapped[int] = public(Integer, primary_key=True)
    event_id: Mapped[UUID] = internal(Uuid, primary_key=True)
    actor: Mapped[str] = internal(Text, primary_key=True)
    priority: Mapped[int] = internal(SmallInteger)
    available_at: Mapped[datetime] = internal(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )
    rings: Mapped[int] = internal(Integer, server_default=text("0"))
    attempts: Mapped[int] = internal(Integer, server_default=text("0"))
    leased_until: Mapped[datetime | None] = internal(DateTime(timezone=True))
    failed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    last_error: Mapped[str | None] = internal(Text)


class NotAnEvent(TypeError):
    """An event carries something else than ids, small numbers and codes."""


@dataclass(frozen=True)
class Event:
    """Base of events: frozen dataclasses in the past tense that carry ids and codes only.

    A subclass states its `kind` ("clue.received"); fields are UUID, int, bool or str codes
    (a letter, then up to 63 letters, digits and `_.:-`), each may be None.
    """

    kind: ClassVar[str]
    tenant_id: int

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        kind = cls.__dict__.get("kind")
        if kind is None:
            return
        known = EVENTS.get(kind)
        if known is not None and known.__qualname__ != cls.__qualname__:
            raise NotAnEvent(f"event kind {kind} is declared twice")
        EVENTS[kind] = cls

    def payload(self) -> dict[str, str | int | None]:
        """The fields but the tenant, as JSON values. Raises NotAnEvent for anything but codes."""
        return {
            field.name: _encode(f"{self.kind}.{field.name}", getattr(self, field.name))
            for field in fields(self)
            if field.name != "tenant_id"
        }

    @classmethod
    def from_payload(cls, tenant_id: int, payload: Mapping[str, Any]) -> Self:
        """The event again; fields unknown to this code are left out (a newer writer's)."""
        hints = get_type_hints(cls)
        values = {
            field.name: _decode(hints[field.name], payload[field.name])
            for field in fields(cls)
            if field.name in payload
        }
        return cls(tenant_id=tenant_id, **values)


EVENTS: dict[str, type[Event]] = {}
"""Every declared kind of event."""


def _encode(where: str, value: object) -> str | int | None:
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < _INT_LIMIT:
        return int(value)
    if isinstance(value, str) and _CODE.fullmatch(value):
        return str(value)
    # The value itself stays out of the message: it may be what must not be told.
    raise NotAnEvent(f"{where} is no id, small number or code ({type(value).__name__})")


def _decode(hint: Any, value: Any) -> Any:
    accepted = getattr(hint, "__args__", (hint,))
    return UUID(value) if UUID in accepted and value is not None else value


_PUBLISH = text(f"""
INSERT INTO event (tenant_id, id, kind, payload, occurred_at)
VALUES (:tenant_id, :id, :kind, cast(:payload AS jsonb), {NOW_SQL})
""")  # noqa: S608 - a constant


async def publish(session: AsyncSession, event: Event) -> UUID:
    """Record an event in the session's transaction; returns its id.

    Raises NotAnEvent when the event carries free text, or its tenant is another than the scope's
    (row security refuses that).
    """
    event_id = new_id()
    values = {
        "tenant_id": event.tenant_id,
        "id": event_id,
        "kind": event.kind,
        "payload": json.dumps(event.payload()),
    }
    await session.execute(_PUBLISH, values)
    return event_id
