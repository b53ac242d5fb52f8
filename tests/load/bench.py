"""`make bench`: reads as ratios in interleaved runs, in process and beside a peer over HTTP."""

import argparse
import asyncio
import functools
import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Collection

import orjson
from rich.console import Console
from rich.table import Table
from starlette.applications import Starlette
from starlette.routing import Route

from infra.database.engine import dispose
from infra.ids import encode_id
from infra.telemetry import configure_logging
from infra.text import sort_key
from schema.graphql import build
from schema.http import Endpoint
from services.institutions.models import InstitutionCategory
from tenants import principal
from tenants.auth import tokens
from tenants.auth.tokens import Identity
from tests.harness.asgi import call
from tests.harness.cluster import Cluster, running_cluster
from tests.harness.county import County, open_county, open_supervisor
from tests.load.byhand import ByHandEndpoint
from tests.load.usual import UsualEndpoint
from tests.peers import dashboard
from tests.peers.questions import COUNTY, SUPERVISOR
from tests.peers.race import Asker, Field, race
from tests.peers.web import PATIENT

SEED = 20_261_124
INSTITUTIONS = 2_000
CLIENTS = 8
ROUNDS = 5
CATEGORIES = list(InstitutionCategory)
PARTS = ("authentication", "reads", "security", "peer")

_LEAVES = "id uscc name category address status registeredAt closedAt closeReason version"
QUERIES = {
    "nested": f"{{ institutions(first: 20) {{ nodes {{ {_LEAVES} unit {{ name kind"
    " parent { name } posts(first: 10) { nodes { title role } } } } } }",
    "by id": "query($id: ID!) { institution(id: $id) { uscc name unit { name } } }",
    "list": f"{{ institutions(first: 100) {{ nodes {{ {_LEAVES} title: name code: uscc }} }} }}",
}


async def rate(task: Callable[[], Awaitable[object]], seconds: float) -> float:
    """Runs per second of CLIENTS concurrent callers."""
    count = 0
    until = time.perf_counter() + seconds

    async def client() -> None:
        nonlocal count
        while time.perf_counter() < until:
            await task()
            count += 1

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return count / (time.perf_counter() - began)


async def fill(cluster: Cluster, name: str, county: County) -> str:
    """Institutions with short names; returns one's opaque id."""
    chance = random.Random(SEED)
    units = list(county.units.values())
    words = ["星海", "启明", "博雅", "青禾", "云帆", "晨曦"]
    async with cluster.admin(name) as admin:
        rows = []
        for number in range(INSTITUTIONS):
            title = f"{chance.choice(words)}培训中心{number}"
            rows.append((county.number, title, f"{number:018}", chance.choice(units),
                         sort_key(title), chance.choice(CATEGORIES)))  # fmt: skip
        await admin.executemany(
            "INSERT INTO institution (tenant_id, id, name, uscc, category, unit_id, status,"
            " registered_at, version, sort_key) VALUES ($1, gen_random_uuid(), $2, $3,"
            " $6, $4, 'ACTIVE', now(), 1, $5)",
            rows,
        )
        await admin.execute("ANALYZE")
        row_id = await admin.fetchval("SELECT id FROM institution ORDER BY name LIMIT 1")
    return encode_id("Institution", county.number, row_id)


def tell(console: Console, title: str, rates: dict[str, list[float]], base: str) -> None:
    """A table of requests per second and ratios to one contestant."""
    table = Table(title=title)
    for heading in ("contestant", "requests/s min", "median", "max", f"ratio to {base}"):
        table.add_column(heading)
    for name, values in rates.items():
        ratios = [a / b for a, b in zip(values, rates[base], strict=True)]
        table.add_row(
            name,
            *(f"{f(values):.0f}" for f in (min, statistics.median, max)),
            f"{statistics.median(ratios):.2f}",
        )
    console.print(table)


async def reads(console: Console, token: str, row_id: str, seconds: float) -> None:
    """Ours, the usual way, and no GraphQL: equal JSON first, then interleaved rounds."""
    apps = {
        "ours": Endpoint(build(), PATIENT),
        "usual way": UsualEndpoint().__call__,
        "no GraphQL": ByHandEndpoint().__call__,
    }
    served = {
        name: Starlette(routes=[Route("/graphql", app, methods=["POST"])])
        for name, app in apps.items()
    }
    for kind, query in QUERIES.items():
        variables = {"id": row_id} if "$id" in query else {}
        body = orjson.dumps({"query": query, "variables": variables, "kind": kind})
        answers = {n: orjson.loads(await call(a, token, body))["data"] for n, a in served.items()}
        assert answers["ours"] == answers["usual way"] == answers["no GraphQL"], answers
        rates: dict[str, list[float]] = {name: [] for name in served}
        for _ in range(ROUNDS):
            for name, app in served.items():
                task = functools.partial(call, app, token, body)
                rates[name].append(await rate(task, seconds))
        tell(console, kind, rates, "usual way")
        limit = statistics.median(
            a / b for a, b in zip(rates["ours"], rates["no GraphQL"], strict=True)
        )
        console.print(f"{kind}: ours to no GraphQL {limit:.2f}")


async def row_security(
    console: Console, cluster: Cluster, name: str, token: str, seconds: float
) -> None:
    """The same query with row security on and off, switched between rounds."""
    app = Starlette(routes=[Route("/graphql", Endpoint(build(), PATIENT), methods=["POST"])])
    body = orjson.dumps({"query": QUERIES["nested"]})
    rates: dict[str, list[float]] = {"off": [], "on": []}
    async with cluster.admin(name) as admin:
        for _ in range(ROUNDS):
            for state, verb in (("off", "DISABLE"), ("on", "ENABLE")):
                for table in ("institution", "unit", "post", "account"):
                    await admin.execute(f"ALTER TABLE {table} {verb} ROW LEVEL SECURITY")
                await rate(lambda: call(app, token, body), seconds / 4)
                rates[state].append(await rate(lambda: call(app, token, body), seconds))
    tell(console, "row security (nested)", rates, "off")


def authentication(console: Console, token: str) -> None:
    """Verification of a known and of a new token."""
    identity = tokens.verify(token)
    count = 20_000
    began = time.perf_counter()
    for _ in range(count):
        tokens.verify(token)
    warm = (time.perf_counter() - began) / count * 1_000
    fresh = [tokens.issue(identity) for _ in range(200)]
    began = time.perf_counter()
    for one in fresh:
        tokens.verify(one)
    cold = (time.perf_counter() - began) / len(fresh) * 1_000
    console.print(f"authentication: warm {warm:.4f} ms, first time {cold:.3f} ms")


async def field_of(cluster: Cluster, name: str, county: County, row_id: str) -> Field:
    """Where the peer is met: a county's officer and a supervisor with figures to look at."""
    assert cluster.server.pid is not None
    officer = await county.principal("clue_officer")
    supervisor = await principal.load(*await open_supervisor())
    assert supervisor is not None
    async with cluster.admin(name) as admin:
        await dashboard.prepare(admin, SEED)
    askers = {
        who: Asker(
            asker.scope,
            functools.partial(tokens.issue, Identity(asker.tenant_id, asker.account_id)),
        )
        for who, asker in ((COUNTY, officer), (SUPERVISOR, supervisor))
    }
    return Field(askers, row_id, cluster.server.pid)


async def measure(cluster: Cluster, seconds: float, parts: Collection[str]) -> None:
    """The named measurements in one database."""
    console = Console()
    console.print(
        f"seed {SEED}, {INSTITUTIONS} institutions, {CLIENTS} clients in process,"
        f" {ROUNDS} rounds of {seconds} s"
    )
    async with cluster.clone() as name:
        with cluster.environment(name):
            county = await open_county("a")
            row_id = await fill(cluster, name, county)
            token = county.token("clue_officer")
            if "authentication" in parts:
                authentication(console, token)
            if "reads" in parts:
                await reads(console, token, row_id, seconds)
            if "security" in parts:
                await row_security(console, cluster, name, token, seconds)
            if "peer" in parts:
                race(console, await field_of(cluster, name, county, row_id), seconds)
            await dispose()


def main() -> None:
    """Start a server of its own and measure."""
    parser = argparse.ArgumentParser(description="measured ratios")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each cell and round")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to measure")
    arguments = parser.parse_args()
    os.environ.setdefault("WANGGE_LOG_LEVEL", "ERROR")
    configure_logging()
    with running_cluster() as cluster:
        asyncio.run(measure(cluster, arguments.seconds, arguments.only))


if __name__ == "__main__":
    main()
