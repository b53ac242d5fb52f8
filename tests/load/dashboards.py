"""A province's and the nation's dashboard through compiled reads, and how exact they are.

`python -m tests.load.dashboards`; `ROWS=10000000` for the size that the goals speak of. The same
rows are read twice: as deltas that wait, which is a day of stopped workers, and folded, with the
few that wait on an ordinary morning.
"""

import asyncio
import os
import statistics
import time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from starlette.applications import Starlette
from starlette.routing import Route

from infra.database.engine import dispose
from infra.telemetry import configure_logging
from schema.graphql import build
from schema.http import Endpoint
from services.metrics.rolling import roll
from services.metrics.service import fold
from tenants.access import RoleCode
from tenants.audit import GENESIS
from tenants.auth import tokens
from tenants.auth.tokens import Identity
from tenants.models import UnitKind
from tenants.organisation import AddUnit, add_account, add_post, add_unit, hold_post
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.harness.asgi import call
from tests.harness.cluster import Cluster, running_cluster
from tests.harness.county import SINCE
from tests.load.counties import open_counties
from tests.peers.web import PATIENT

ROWS = 1_000_000
WAITING = 10_000
"""Deltas that wait on an ordinary morning."""
LEAST = 10
"""Reads of each, however long one takes."""
NATION, PROVINCE = 0, 11_000_000
GOALS = {"province": "2", "nation": "10"}

COUNTED = {"institutions.active": "institutionsActive", "clues.received": "cluesReceived",
           "funds.alerts_red": "fundsAlertsRed"}  # fmt: skip
RATED = {"clues.replied": "cluesReplied", "clues.replied_in_time": "cluesRepliedInTime",
         "clues.substantiated": "cluesSubstantiated", "deadlines.missed": "deadlinesMissed",
         "rewards.paid": "rewardsPaid"}  # fmt: skip
MONEY = {"rewards.amount_fen": "rewardsAmount", "funds.balance_fen": "fundsBalance",
         "funds.unconsumed_fen": "fundsUnconsumed"}  # fmt: skip
COVERED = "fundsCoverage"
METRICS = (*COUNTED, *RATED, *MONEY, "funds.supervised")

_FIGURES = " ".join(
    [f"{name} {{ value }}" for name in (*COUNTED.values(), *MONEY.values())]
    + [f"{name} {{ value numerator denominator }}" for name in (*RATED.values(), COVERED)]
)
QUERIES = {
    "province": f"{{ tenant {{ name {_FIGURES} }} }}",
    "nation": f"{{ tenant {{ name {_FIGURES} }} }}",
    "nation, each province": "{ tenants(first: 40, filter: {level: {eq: PROVINCE}})"
    f" {{ nodes {{ name {_FIGURES} }} }} }}",
}

_DELTAS = """
INSERT INTO metric_delta (tenant_id, id, metric, numerator, denominator)
SELECT c.number, gen_random_uuid(), m.metric, (i * 7919 + m.place * 31) % 5 + 1,
  CASE WHEN m.is_rate THEN (i * 7919 + m.place * 31) % 5 + 1 + i % 3 ELSE 0 END
FROM generate_series(1::bigint, $1::int) i
JOIN (SELECT metric, is_rate, row_number() OVER () - 1 AS place, count(*) OVER () AS metrics
      FROM unnest($2::text[], $3::bool[]) u (metric, is_rate)) m ON m.place = i % m.metrics
JOIN (SELECT number, row_number() OVER (ORDER BY md5(number::text)) - 1 AS place,
             count(*) OVER () AS counties
      FROM tenant WHERE level = 'COUNTY') c ON c.place = i / m.metrics % c.counties
"""
# Kept in a table of its own as the rows were written, before anything folded them.
_RECOUNT = """
SELECT metric, sum(numerator)::bigint AS numerator, sum(denominator)::bigint AS denominator
FROM written WHERE tenant_id BETWEEN $1 AND $2 GROUP BY metric
"""


async def open_nation(admin: Any) -> None:
    """A tenant whose block is the whole range, above the provinces, with somebody who looks."""
    await admin.execute(
        "INSERT INTO tenant (number, hi, name, level, public_code, status)"
        " VALUES ($1, 99999999, '全国', 'NATIONAL', 'nation', 'ACTIVE')",
        NATION,
    )
    await admin.execute(
        "INSERT INTO audit_head (tenant_id, seq, hash) VALUES ($1, 0, $2)", NATION, GENESIS
    )


async def seat(number: int) -> str:
    """A token of a supervisor in the tenant."""
    async with unit_of_work(Scope.county(number), "test.open") as session:
        unit = await add_unit(session, AddUnit("office", "监管处", UnitKind.PROVINCE_OFFICE))
        role = RoleCode.PROVINCIAL_SUPERVISOR
        post = await add_post(session, unit.id, "supervisor", "监管岗", role)
        account = await add_account(session, "supervisor")
        await hold_post(session, post.id, account.id, SINCE)
    return tokens.issue(Identity(number, account.id))


async def write(admin: Any, rows: int) -> None:
    """So many deltas, of all metrics and counties in turn, on top of what is there."""
    rated = [metric in RATED for metric in METRICS]
    await admin.execute("SET synchronize_seqscans = off")
    await admin.execute(_DELTAS, rows, list(METRICS), rated)
    await admin.execute("DROP TABLE IF EXISTS written")
    await admin.execute(
        "CREATE TABLE written AS SELECT tenant_id, metric, numerator, denominator"
        " FROM metric_total UNION ALL SELECT tenant_id, metric, numerator, denominator"
        " FROM metric_delta"
    )
    await admin.execute("VACUUM ANALYZE metric_delta, metric_total, tenant")


def expected(sums: dict[str, tuple[int, int]]) -> dict[str, Any]:
    """A dashboard's figures from sums by metric, reckoned here."""
    found: dict[str, Any] = {name: {"value": sums[metric][0]} for metric, name in COUNTED.items()}
    found |= {
        name: {"value": f"{Decimal(sums[metric][0]) / 100:.2f}"} for metric, name in MONEY.items()
    }
    rates = {name: sums[metric] for metric, name in RATED.items()}
    rates[COVERED] = sums["funds.supervised"][0], sums["institutions.active"][0]
    for name, (numerator, denominator) in rates.items():
        percent = (Decimal(numerator) * 100 / denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)
        found[name] = {"value": str(percent), "numerator": numerator, "denominator": denominator}
    return found


async def mismatches(admin: Any, data: dict[str, Any]) -> int:
    """Figures of an answer that differ from a recount of the rows as they were written."""
    (found,) = data.values()
    wrong = 0
    for node in found.get("nodes", [found]):
        lo, hi = await admin.fetchrow(
            "SELECT number, hi FROM tenant WHERE name = $1", node.pop("name")
        )
        sums = {row[0]: (row[1], row[2]) for row in await admin.fetch(_RECOUNT, lo, hi)}
        wrong += sum(node[name] != figure for name, figure in expected(sums).items())
    return wrong


async def latencies(app: Any, token: str, body: bytes, seconds: float) -> list[float]:
    """Milliseconds of requests one after another."""
    taken: list[float] = []
    until = time.perf_counter() + seconds
    while len(taken) < LEAST or time.perf_counter() < until:
        began = time.perf_counter()
        await call(app, token, body)
        taken.append((time.perf_counter() - began) * 1_000)
    return taken


async def look(
    admin: Any, table: Table, state: str, app: Any, asked: dict[str, str], seconds: float
) -> None:
    """Each dashboard in one state of the rows."""
    for name, query in QUERIES.items():
        token = asked[name.partition(",")[0]]
        body = orjson.dumps({"query": query})
        answer = orjson.loads(await call(app, token, body))
        assert "errors" not in answer, answer
        wrong = await mismatches(admin, answer["data"])
        taken = await latencies(app, token, body, seconds)
        centiles = statistics.quantiles(taken, n=100)
        figures = (f"{min(taken):.2f}", f"{centiles[49]:.2f}", f"{centiles[98]:.2f}")
        table.add_row(state, name, *figures, GOALS.get(name, ""), str(len(taken)), str(wrong))


async def measure(cluster: Cluster, rows: int, seconds: float) -> None:
    """All in one database of its own."""
    console = Console()
    table = Table(title=f"dashboards of {len(METRICS)} metrics, {rows:,} rows written")
    for heading in ("rows", "dashboard", "ms: best", "p50", "p99", "goal", "reads", "mismatches"):
        table.add_column(heading)
    async with cluster.clone() as name:
        with cluster.environment(name):
            async with cluster.admin(name) as admin:
                await open_nation(admin)
                counties = await open_counties(admin)
                asked = {"province": await seat(PROVINCE), "nation": await seat(NATION)}
                door = Route("/graphql", Endpoint(build(), PATIENT), methods=["POST"])
                app = Starlette(routes=[door])
                await write(admin, rows)
                await look(admin, table, f"{rows:,} wait", app, asked, seconds)
                began = time.perf_counter()
                for record in await admin.fetch("SELECT DISTINCT tenant_id FROM metric_delta"):
                    async with unit_of_work(Scope.system(record[0]), "metric.fold") as session:
                        await fold(session)
                while await roll():
                    pass
                folded = rows / (time.perf_counter() - began)
                await write(admin, WAITING)
                await look(admin, table, f"rolled, {WAITING:,} wait", app, asked, seconds)
            console.print(table)
            console.print(f"{counties:,} counties; folded and rolled {folded:,.0f} deltas/s")
            await dispose()


def main() -> None:
    """Start a server of its own and measure."""
    os.environ.setdefault("WANGGE_LOG_LEVEL", "ERROR")
    # Reading a million rows that wait on a shared machine is no request of ours to cut short.
    os.environ.setdefault("WANGGE_STATEMENT_TIMEOUT_MS", "60000")
    configure_logging()
    with running_cluster() as cluster:
        rows = int(os.environ.get("ROWS", str(ROWS)))
        asyncio.run(measure(cluster, rows, float(os.environ.get("SECONDS_EACH", "3"))))


if __name__ == "__main__":
    main()
