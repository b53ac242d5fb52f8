"""Deliveries set aside after their last try: seen by operators, put back when mended."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from tenants.scope import Scope
from tenants.session import reading, unit_of_work

_LIST = text("""
SELECT d.tenant_id, d.actor, e.kind, d.attempts, d.last_error, d.failed_at
FROM delivery d JOIN event e ON e.tenant_id = d.tenant_id AND e.id = d.event_id
WHERE d.failed_at IS NOT NULL ORDER BY d.failed_at, d.tenant_id, d.actor LIMIT :most
""")

_PUT_BACK = text("""
UPDATE delivery SET attempts = 0, rings = 0, failed_at = NULL, leased_until = NULL,
  available_at = clock_timestamp()
WHERE failed_at IS NOT NULL RETURNING 1
""")

SHOWN = 200


@dataclass(frozen=True)
class SetAside:
    """A delivery that waits for people: whose, of what, and the class of its last error."""

    tenant_id: int
    actor: str
    kind: str
    attempts: int
    last_error: str | None
    failed_at: datetime


async def set_aside() -> list[SetAside]:
    """The oldest deliveries set aside, of all tenants, at most SHOWN; no data of the events."""
    async with reading(Scope.system(None)) as session:
        return [SetAside(*row) for row in await session.execute(_LIST, {"most": SHOWN})]


async def put_back() -> int:
    """Give every delivery set aside its tries again; returns how many."""
    async with unit_of_work(Scope.system(None), "delivery.put_back") as session:
        return len((await session.execute(_PUT_BACK)).all())
