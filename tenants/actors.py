"""Running an actor: its effect and its acknowledgement, once, in the tenant of the event."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from infra import faults
from infra.broker import ACTORS, Actor
from infra.broker import actor as actor  # what services declare reactions with
from infra.broker import external_actor as external_actor
from infra.outbox import EVENTS, Event
from infra.settings import settings
from infra.telemetry import DELIVERIES
from tenants.scope import Scope
from tenants.session import close_connections, unit_of_work

log = logging.getLogger("wangge.actors")

_BACK_OFF_S = 0.5
_LONGEST_BACK_OFF_S = 600.0

_WHERE = "tenant_id = :tenant AND event_id = :event AND actor = :actor"

# Nobody else begins while the lease runs; a ring that was lost and repeated finds it taken.
_BEGIN = text("""
UPDATE delivery d SET attempts = attempts + 1, rings = 0,
  leased_until = clock_timestamp() + make_interval(secs => :lease),
  available_at = clock_timestamp() + make_interval(secs => :lease)
FROM event e
WHERE d.tenant_id = :tenant AND d.event_id = :event AND d.actor = :actor
  AND e.tenant_id = d.tenant_id AND e.id = d.event_id
  AND d.failed_at IS NULL AND d.attempts < :most
  AND coalesce(d.leased_until, '-infinity') <= clock_timestamp()
RETURNING e.kind, e.payload
""")

_ACKNOWLEDGE = text(f"DELETE FROM delivery WHERE {_WHERE} RETURNING attempts")  # noqa: S608

_SET_BACK = text(f"""
UPDATE delivery SET last_error = :error, rings = 0,
  failed_at = CASE WHEN attempts >= :most THEN clock_timestamp() END,
  available_at = clock_timestamp() + make_interval(
    secs => least(:first * 2 ^ (attempts - 1), :longest) * :jitter),
  leased_until = clock_timestamp() + make_interval(
    secs => least(:first * 2 ^ (attempts - 1), :longest) * :jitter)
WHERE {_WHERE} RETURNING failed_at
""")  # noqa: S608 - constants only


_PUT_OFF = text(f"""
UPDATE delivery SET attempts = greatest(attempts - 1, 0), rings = 0, last_error = 'Later',
  available_at = clock_timestamp() + make_interval(secs => :seconds),
  leased_until = clock_timestamp() + make_interval(secs => :seconds)
WHERE {_WHERE}
""")  # noqa: S608 - constants only


class Later(Exception):
    """What an actor waits for is under way elsewhere: ring again in `seconds`.

    No failure, so no try is used up; whatever the actor's last step did is undone.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class AlreadyDone(Exception):
    """Somebody else acknowledged the delivery; nothing of this try may be kept."""


@dataclass(frozen=True)
class _Delivery:
    """Which row a ring is about."""

    name: str
    tenant_id: int
    event_id: UUID

    def key(self) -> dict[str, Any]:
        return {"tenant": self.tenant_id, "event": self.event_id, "actor": self.name}

    def facts(self, error: Exception) -> dict[str, str]:
        """For the log: no data of the event, no text of the error."""
        return {
            "actor": self.name,
            "event_id": str(self.event_id),
            "error": type(error).__name__,
        }


@dataclass(frozen=True)
class Steps:
    """The transactions of an external actor: some before the call, one that ends it."""

    name: str
    tenant_id: int
    event_id: UUID

    @asynccontextmanager
    async def step(self) -> AsyncIterator[AsyncSession]:
        """A transaction of its own; the delivery stays."""
        async with unit_of_work(Scope.system(self.tenant_id), f"actor.{self.name}") as session:
            yield session

    @asynccontextmanager
    async def last_step(self) -> AsyncIterator[AsyncSession]:
        """The transaction of the result; the delivery goes with it."""
        async with self.step() as session:
            await acknowledge(session, self.name, self.tenant_id, self.event_id)
            yield session
            await session.flush()
            await faults.point("before_commit")


async def acknowledge(session: AsyncSession, name: str, tenant_id: int, event_id: UUID) -> None:
    """Remove the delivery in the session's transaction. Raises AlreadyDone when it is gone."""
    values = {"tenant": tenant_id, "event": event_id, "actor": name}
    if (await session.execute(_ACKNOWLEDGE, values)).one_or_none() is None:
        raise AlreadyDone


async def close() -> None:
    """Close what actors opened on the running loop."""
    await close_connections()


async def run(name: str, tenant_id: int, event_id: UUID) -> None:
    """Answer a ring: begin, do, acknowledge; a failure is set back with back-off or aside.

    Never raises for a failing actor: what happens next is written in the delivery, and if even
    that cannot be written its lease ends and the relay rings again.
    """
    delivery = _Delivery(name, tenant_id, event_id)
    outcome = "left"
    try:
        outcome = await _try(delivery)
    except Exception as outage:
        log.warning("delivery left to its lease", extra=delivery.facts(outage))
    DELIVERIES.labels(name, outcome).inc()


async def _try(delivery: _Delivery) -> str:
    """One try; returns what became of it. Raises when the database cannot be written."""
    row = await _begin(delivery)
    if row is None:
        return "taken"
    try:
        event = EVENTS[row.kind].from_payload(delivery.tenant_id, row.payload)
        # A try that outlives its lease would run beside the next one.
        async with asyncio.timeout(settings().lease_seconds):
            await _perform(ACTORS[delivery.name], delivery, event)
    except AlreadyDone:
        return "repeated"
    except Later as later:
        await _put_off(delivery, later.seconds)
        return "put_off"
    except Exception as failure:
        return "failed" if await _set_back(delivery, failure) else "set_back"
    return "done"


async def _begin(delivery: _Delivery) -> Any:
    """Count the try and take the lease; None when the delivery is done, taken or set aside."""
    limits = {"lease": settings().lease_seconds, "most": settings().max_attempts}
    async with unit_of_work(Scope.system(delivery.tenant_id), "actor.begin") as session:
        return (await session.execute(_BEGIN, delivery.key() | limits)).one_or_none()


async def _perform(found: Actor, delivery: _Delivery, event: Event) -> None:
    steps = Steps(delivery.name, delivery.tenant_id, delivery.event_id)
    if found.reach == "external":
        await found.handler(steps, event)
        return
    async with steps.last_step() as session:
        await found.handler(session, event)


async def _put_off(delivery: _Delivery, seconds: float) -> None:
    values = delivery.key() | {"seconds": seconds}
    async with unit_of_work(Scope.system(delivery.tenant_id), "actor.put_off") as session:
        await session.execute(_PUT_OFF, values)


async def _set_back(delivery: _Delivery, failure: Exception) -> bool:
    """Write down what went wrong (its class only: messages may name persons) and when to retry.

    Returns whether that was the last try.
    """
    limits = {
        "error": type(failure).__name__,
        "most": settings().max_attempts,
        "first": _BACK_OFF_S,
        "longest": _LONGEST_BACK_OFF_S,
        "jitter": random.uniform(0.8, 1.2),  # noqa: S311 - spreads retries, guards nothing
    }
    async with unit_of_work(Scope.system(delivery.tenant_id), "actor.set_back") as session:
        row = (await session.execute(_SET_BACK, delivery.key() | limits)).one_or_none()
    was_last = row is not None and row.failed_at is not None
    level = logging.ERROR if was_last else logging.WARNING
    log.log(level, "actor failed", extra=delivery.facts(failure))
    return was_last
