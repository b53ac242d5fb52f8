"""The relay: numbers events, expands them to deliveries, and rings until each is done."""

import asyncio
import importlib
import logging
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from infra import faults
from infra.broker import Bell, Unreachable, subscriptions
from infra.database.engine import dispose
from infra.embedded.process import die_with_parent
from infra.settings import settings
from infra.telemetry import OLDEST_UNSENT, SET_ASIDE, configure_logging
from tenants.session import system_tables

log = logging.getLogger("wangge.relay")

_POLL_S = 0.1
_LONGEST_PAUSE_S = 5.0
_MEASURE_S = 5.0
_NUMBERED_AT_ONCE = 500
_IN_FLIGHT_PER_TENANT = 64
"""Deliveries of one tenant that are rung and unfinished; the rest of a flood waits here."""
_RUNG_AT_ONCE = 256

_ONE_NUMBERER = text("SELECT pg_try_advisory_xact_lock(727275)")

_NUMBER = text("""
WITH fresh AS (
  SELECT tenant_id, id, kind FROM event WHERE seq IS NULL ORDER BY id LIMIT :most
), counted AS (
  INSERT INTO event_counter (tenant_id, last_seq)
  SELECT tenant_id, count(*) FROM fresh GROUP BY tenant_id
  ON CONFLICT (tenant_id) DO UPDATE SET last_seq = event_counter.last_seq + excluded.last_seq
  RETURNING tenant_id, last_seq
), placed AS (
  SELECT tenant_id, id, kind, count(*) OVER (PARTITION BY tenant_id) AS total,
         row_number() OVER (PARTITION BY tenant_id ORDER BY id) AS place FROM fresh
), numbered AS (
  UPDATE event e SET seq = c.last_seq - p.total + p.place
  FROM placed p JOIN counted c USING (tenant_id)
  WHERE e.tenant_id = p.tenant_id AND e.id = p.id
  RETURNING e.tenant_id, e.id, e.kind
), expanded AS (
  INSERT INTO delivery (tenant_id, event_id, actor, priority)
  SELECT n.tenant_id, n.id, s.actor, s.priority FROM numbered n
  JOIN unnest(cast(:kinds AS text[]), cast(:actors AS text[]), cast(:priorities AS int[]))
    AS s (kind, actor, priority) ON s.kind = n.kind
)
SELECT count(*) FROM numbered
""")

# Rings grow apart (1, 2, 4 leases) while nobody begins; a try that began resets them.
_CLAIM = text("""
WITH picked AS (
  SELECT due.* FROM event_counter t CROSS JOIN LATERAL (
    SELECT d.tenant_id, d.event_id, d.actor, d.priority, d.available_at FROM delivery d
    WHERE d.tenant_id = t.tenant_id AND d.failed_at IS NULL AND d.attempts < :most
      AND d.available_at <= clock_timestamp()
      AND coalesce(d.leased_until, '-infinity') <= clock_timestamp()
    ORDER BY d.priority DESC, d.available_at
    LIMIT greatest(0, :cap - (
      SELECT count(*) FROM delivery f WHERE f.tenant_id = t.tenant_id AND f.rings > 0
        AND f.available_at > clock_timestamp()))
    FOR UPDATE SKIP LOCKED
  ) due ORDER BY due.priority DESC, due.available_at LIMIT :batch
)
UPDATE delivery d SET rings = d.rings + 1,
  available_at = clock_timestamp() + make_interval(secs => :lease * 2 ^ least(d.rings, 2))
FROM picked p
WHERE d.tenant_id = p.tenant_id AND d.event_id = p.event_id AND d.actor = p.actor
RETURNING d.tenant_id, d.event_id, d.actor, d.priority
""")

# A delivery whose last allowed try was cut off has nobody left to say so.
_SET_ASIDE = text("""
UPDATE delivery SET failed_at = clock_timestamp(), last_error = coalesce(last_error, 'Interrupted')
WHERE failed_at IS NULL AND attempts >= :most
  AND coalesce(leased_until, '-infinity') <= clock_timestamp()
""")

_UNRUNG = text("""
UPDATE delivery d SET rings = greatest(0, d.rings - 1), available_at = clock_timestamp()
FROM unnest(cast(:tenants AS int[]), cast(:events AS uuid[]), cast(:actors AS text[]))
  AS u (tenant_id, event_id, actor)
WHERE d.tenant_id = u.tenant_id AND d.event_id = u.event_id AND d.actor = u.actor
  AND d.leased_until IS NULL
""")

_OLDEST = text("""
SELECT coalesce(extract(epoch FROM clock_timestamp() - least(
  (SELECT min(published_at) FROM event WHERE seq IS NULL),
  (SELECT min(e.published_at) FROM delivery d JOIN event e
     ON e.tenant_id = d.tenant_id AND e.id = d.event_id WHERE d.failed_at IS NULL))), 0)
""")


_WAITING_FOR_PEOPLE = text("SELECT count(*) FROM delivery WHERE failed_at IS NOT NULL")


async def number() -> int:
    """Give numbers to committed events and expand them; returns how many.

    Two relays are safe: whoever does not get the lock leaves the work to the other.
    """
    known = subscriptions()
    async with system_tables().begin() as connection:
        if not await connection.scalar(_ONE_NUMBERER):
            return 0
        values = {
            "most": _NUMBERED_AT_ONCE,
            "kinds": [kind for kind, _, _ in known],
            "actors": [actor for _, actor, _ in known],
            "priorities": [priority for _, _, priority in known],
        }
        return int(await connection.scalar(_NUMBER, values) or 0)


async def claim() -> Sequence[Any]:
    """Lease the deliveries to ring now: by priority, no tenant above its share in flight."""
    values = {
        "most": settings().max_attempts,
        "cap": _IN_FLIGHT_PER_TENANT,
        "batch": _RUNG_AT_ONCE,
        "lease": settings().lease_seconds,
    }
    async with system_tables().begin() as connection:
        rows = (await connection.execute(_CLAIM, values)).all()
    return sorted(rows, key=lambda row: -row.priority)


async def oldest_unsent_age() -> float:
    """Seconds since the oldest event was published that is unnumbered or undelivered; 0 = none."""
    async with system_tables().connect() as connection:
        return float(await connection.scalar(_OLDEST) or 0)


class Relay:
    """One relay; any number may run beside each other."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        # One thread, because RabbitMQ connections belong to the thread that made them.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bell")
        self._measured = 0.0

    async def turn(self) -> int:
        """Number, claim, ring; returns how much was done.

        Raises SQLAlchemyError or OSError while the database, `Unreachable` while the broker is
        away; nothing is lost by that.
        """
        await faults.point("before_numbering")
        numbered = await number()
        claimed = await claim()
        if claimed:
            await faults.point("before_ring")
        await self._ring(claimed)
        if claimed:
            await faults.point("after_ring")
        await self._measure()
        return numbered + len(claimed)

    async def _ring(self, claimed: Sequence[Any]) -> None:
        """Ring outside any transaction; what could not be rung is handed back."""
        loop = asyncio.get_running_loop()
        for place, row in enumerate(claimed):
            try:
                await loop.run_in_executor(
                    self._thread, self._bell.ring, row.actor, row.tenant_id, row.event_id
                )
            except Unreachable:
                await self._hand_back(claimed[place:])
                raise

    async def _hand_back(self, unrung: Sequence[Any]) -> None:
        values = {
            "tenants": [row.tenant_id for row in unrung],
            "events": [row.event_id for row in unrung],
            "actors": [row.actor for row in unrung],
        }
        async with system_tables().begin() as connection:
            await connection.execute(_UNRUNG, values)

    async def _measure(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._measured < _MEASURE_S:
            return
        self._measured = now
        OLDEST_UNSENT.set(await oldest_unsent_age())
        async with system_tables().begin() as connection:
            await connection.execute(_SET_ASIDE, {"most": settings().max_attempts})
            SET_ASIDE.set(await connection.scalar(_WAITING_FOR_PEOPLE) or 0)

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)
        self._bell.close()


async def run(stop: asyncio.Event | None = None) -> None:
    """Relay until `stop`; outages of database or broker are waited out with back-off."""
    stop = stop or asyncio.Event()
    relay = Relay(Bell.configured())
    failures = 0
    try:
        while not stop.is_set():
            try:
                done = await relay.turn()
                failures = 0
                pause = 0.0 if done else _POLL_S
            except (SQLAlchemyError, *Unreachable) as outage:
                failures += 1
                pause = min(_POLL_S * 2**failures, _LONGEST_PAUSE_S)
                log.warning("relay waits", extra={"error": type(outage).__name__})
            await _pause(stop, pause)
    finally:
        relay.close()
        await dispose()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def _main() -> None:
    stop = asyncio.Event()
    for number_ in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number_, stop.set)
    await run(stop)


if __name__ == "__main__":
    die_with_parent()
    configure_logging()
    # Entry points are named by string: the relay must know who subscribes.
    importlib.import_module("services.worker").load()
    asyncio.run(_main())
