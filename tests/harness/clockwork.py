"""Time and reactions in one process: move the domain's clock, take due steps, run every actor."""

from datetime import datetime
from uuid import UUID

import asyncpg

from infra.clock import SHANGHAI
from services import worker
from tenants import actors, relay
from tenants.duties import DUTIES, Duty


class _Bell:
    """Keeps the rings, for actors that run in this process."""

    def __init__(self) -> None:
        self.rings: list[tuple[str, int, UUID]] = []

    def ring(self, name: str, tenant_id: int, event_id: UUID) -> None:
        self.rings.append((name, tenant_id, event_id))

    def close(self) -> None:
        """Nothing was opened."""


async def set_clock(admin: asyncpg.Connection, moment: str) -> None:
    """Let the domain's clock show a moment of legal time, such as `2026-03-02 09:00`."""
    wanted = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
    await admin.execute("UPDATE clock_shift SET shift = $1::timestamptz - now()", wanted)


async def settle(*, duties: bool = True) -> None:
    """Do what scheduler and workers would do now, until nothing is left to do."""
    worker.load()
    bell = _Bell()
    running = relay.Relay(bell)  # type: ignore[arg-type] - quacks
    while True:
        while await running.turn() or bell.rings:
            for ring in bell.rings:
                await actors.run(*ring)
            bell.rings.clear()
        found = [await _exhaust(duty) for duty in DUTIES.values()] if duties else []
        if not any(found):
            return


async def _exhaust(duty: Duty) -> int:
    """How much a duty found until it found nothing more."""
    found = 0
    while more := await duty.work():
        found += more
    return found
