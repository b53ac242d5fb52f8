"""Steps per second beside a bare update with an outbox row, and what an empty poll costs after.

`python -m tests.load.deadlines`; `ROWS=10000000` for the table that the goals speak of.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from infra.database.engine import Role, dispose, pool
from infra.telemetry import configure_logging
from services.deadlines.stepping import BATCH, take_due_steps
from tests.harness.cluster import Cluster, running_cluster
from tests.harness.county import open_county
from tests.load.counties import open_counties

ROWS = 200_000
MOST_DUE = 100_000
WARM_UP = 2
"""Batches of each before any is measured."""
POLLS = 50

# Five steps of the standard ladder, at the moments rules.py gives them. The first `due` alarms are
# of deadlines that ended eight to twelve days ago: five mornings and nights that nobody was there.
_DEADLINES = """
INSERT INTO deadline (tenant_id, id, rule, subject_type, subject_id, state, start_on, counted_from,
  amount, span, plain_on, rolled_on, due_on, due_at, is_provisional, calendar_version, round,
  version)
SELECT c.number, gen_random_uuid(), 'clue.reply', 'Clue', gen_random_uuid(), 'RUNNING', d.day - 10,
  d.day - 10, 10, 'CALENDAR_DAYS', d.day, d.day, d.day,
  (d.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai', false, 1, 1, 1
FROM generate_series(0, $1::int / 5 - 1) i
JOIN (SELECT number, row_number() OVER (ORDER BY md5(number::text)) - 1 AS place,
             count(*) OVER () AS counties
      FROM tenant WHERE level = 'COUNTY') c ON c.place = i % c.counties
CROSS JOIN LATERAL (SELECT current_date + CASE WHEN i < $2::int / 5
  THEN -8 - (i / c.counties)::int % 5 ELSE 10 + i % 300 END AS day) d
"""
_ALARMS = """
INSERT INTO deadline_alarm
  (tenant_id, deadline_id, step, round, rung, fires_at, subject_id, passed_kind)
SELECT tenant_id, id, r.step, 1, r.rung,
  (due_on + r.after + r.hours) AT TIME ZONE 'Asia/Shanghai', subject_id,
  CASE WHEN r.rung = 'DUE' THEN 'clue.reply_passed' END
FROM deadline, (VALUES (1, 'REMIND', -3, interval '9 hours'), (2, 'DUE', 1, interval '0'),
  (3, 'ABOVE', 1, interval '9 hours'), (4, 'LEADER', 3, interval '9 hours'),
  (5, 'DRAFT', 5, interval '9 hours')) r (step, rung, after, hours)
"""
# The bare contestant has no row security, no references, no trace, no figure and no audit chain.
_BARE = """
CREATE TABLE bare_alarm (LIKE deadline_alarm INCLUDING DEFAULTS, taken_at timestamptz);
INSERT INTO bare_alarm SELECT *, NULL FROM deadline_alarm;
ALTER TABLE bare_alarm ADD PRIMARY KEY (tenant_id, deadline_id, step);
CREATE INDEX ON bare_alarm (fires_at) WHERE taken_at IS NULL;
CREATE TABLE bare_event (LIKE event INCLUDING DEFAULTS INCLUDING INDEXES);
GRANT SELECT, INSERT, UPDATE ON bare_alarm, bare_event TO wangge_scheduler;
"""
_BARE_STEP = f"""
WITH due AS MATERIALIZED (
  SELECT tenant_id, deadline_id, step FROM bare_alarm
  WHERE taken_at IS NULL AND fires_at <= now() ORDER BY fires_at LIMIT {BATCH}
  FOR UPDATE SKIP LOCKED),
taken AS (
  UPDATE bare_alarm a SET taken_at = now() FROM due
  WHERE a.tenant_id = due.tenant_id AND a.deadline_id = due.deadline_id AND a.step = due.step
  RETURNING a.*),
told AS (
  INSERT INTO bare_event (tenant_id, id, kind, payload, occurred_at)
  SELECT tenant_id, gen_random_uuid(), 'deadline.stepped', jsonb_build_object(
    'deadline_id', deadline_id, 'round', round, 'step', step, 'rung', rung), now() FROM taken)
SELECT count(*) FROM taken
"""

Taker = Callable[[], Awaitable[int]]


async def fill(admin: Any, rows: int) -> int:
    """`rows` alarms of deadlines over all counties, twice; returns how many are due."""
    due = min(rows // 2, MOST_DUE)
    await admin.execute(_DEADLINES, rows, due)
    await admin.execute(_ALARMS)
    await admin.execute(_BARE)
    for table in ("deadline", "deadline_alarm", "bare_alarm", "event", "bare_event", "audit_head"):
        await admin.execute(f"VACUUM ANALYZE {table}")
    await admin.execute("CHECKPOINT")
    return int(await admin.fetchval("SELECT count(*) FROM deadline_alarm WHERE fires_at <= now()"))


async def take_bare_steps() -> int:
    """A batch of the bare contestant, prepared, one round trip."""
    async with pool(Role.SCHEDULER).acquire() as connection:
        return int(await connection.fetchval(_BARE_STEP))


async def drain(takers: dict[str, Taker]) -> dict[str, list[float]]:
    """Seconds of each full batch, in turns, until nothing is due."""
    taken: dict[str, list[float]] = {name: [] for name in takers}
    open_ = set(takers)
    turn = 0
    while open_:
        for name in sorted(open_, reverse=bool(turn % 2)):
            began = time.perf_counter()
            count = await takers[name]()
            seconds = time.perf_counter() - began
            if count == 0:
                open_.discard(name)
            elif count == BATCH and turn >= WARM_UP:
                taken[name].append(seconds)
        turn += 1
    return taken


async def empty_polls(take: Taker) -> list[float]:
    """Milliseconds of polls that find nothing."""
    polls = []
    for _ in range(POLLS):
        began = time.perf_counter()
        found = await take()
        polls.append((time.perf_counter() - began) * 1_000)
        assert found == 0, found
    return polls


async def check(admin: Any, due: int) -> None:
    """Every step has its trace, event, figure and place in a chain. Raises AssertionError."""
    steps = await admin.fetchval("SELECT count(*) FROM deadline_step")
    told = await admin.fetchval(
        "SELECT count(*) FROM event WHERE kind IN ('deadline.stepped', 'deadline.ladder_ended')"
    )
    missed = await admin.fetchval("SELECT count(*) FROM deadline WHERE state = 'MISSED'")
    counted = await admin.fetchval(
        "SELECT sum(numerator) FROM metric_delta WHERE metric = 'deadlines.missed'"
    )
    linked = await admin.fetchval(
        "SELECT sum(length(subjects) - length(replace(subjects, 'deadline_step:', '')))"
        " / length('deadline_step:') FROM audit_link WHERE action = 'deadline.step'"
    )
    assert steps == told == linked == due, (steps, told, linked, due)
    assert missed == counted == due // 5, (missed, counted, due)
    assert await admin.fetchval("SELECT count(*) FROM bare_event") == due


def tell(console: Console, seconds: dict[str, list[float]], polls: dict[str, list[float]]) -> None:
    """Steps per second, the ratio, and the empty polls."""
    table = Table(title=f"steps in batches of {BATCH:,}, in turns")
    for heading in ("contestant", "batches", "steps/s", "ms per 1,000: median", "p90", "worst"):
        table.add_column(heading)
    for name, batches in seconds.items():
        ms = [one / BATCH * 1_000_000 for one in batches]
        ninth = statistics.quantiles(ms, n=10)[8]
        rate = BATCH * len(batches) / sum(batches)
        figures = (statistics.median(ms), ninth, max(ms))
        table.add_row(
            name, str(len(batches)), f"{rate:,.0f}", *(f"{figure:.1f}" for figure in figures)
        )
    console.print(table)
    total = sum(seconds["bare"]) / sum(seconds["ours"])
    pairs = statistics.median(
        bare / ours for bare, ours in zip(seconds["bare"], seconds["ours"], strict=False)
    )
    console.print(f"ours to bare: {total:.2f} (median of pairs {pairs:.2f}; goal 0.70)")
    for name, ms in polls.items():
        console.print(
            f"empty poll after it, {name}: median {statistics.median(ms):.2f} ms,"
            f" worst of {len(ms)} {max(ms):.2f} ms (goal 2)"
        )


async def measure(cluster: Cluster, rows: int) -> None:
    """Both in one database of its own."""
    console = Console()
    async with cluster.clone() as name:
        with cluster.environment(name):
            await open_county("a")
            async with cluster.admin(name) as admin:
                counties = await open_counties(admin)
                due = await fill(admin, rows)
                console.print(f"{rows:,} alarms, {due:,} due, of {counties:,} counties")
                takers: dict[str, Taker] = {"bare": take_bare_steps, "ours": take_due_steps}
                seconds = await drain(takers)
                polls = {who: await empty_polls(take) for who, take in takers.items()}
                await check(admin, due)
                tell(console, seconds, polls)
            await dispose()


def main() -> None:
    """Start a server of its own and measure."""
    os.environ.setdefault("WANGGE_LOG_LEVEL", "ERROR")
    configure_logging()
    with running_cluster() as cluster:
        asyncio.run(measure(cluster, int(os.environ.get("ROWS", str(ROWS)))))


if __name__ == "__main__":
    main()
