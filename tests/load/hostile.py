"""A normal client's p99 beside a hostile client on one event loop, for each kind of document."""

import asyncio
import itertools
import json
import os
import statistics
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from infra.database.engine import dispose
from infra.telemetry import configure_logging
from schema.app import application, settle
from schema.graphql import build
from schema.http import Endpoint
from tests.harness.asgi import call
from tests.harness.cluster import Cluster, running_cluster
from tests.harness.county import open_county
from tests.load.bench import QUERIES, fill
from tests.schema.limits.hostile import corpus

NORMAL = ("clue_officer", "county_officer", "leader", "area_lead")
HOSTILE = "officer1"
ROUNDS = 3
EVERY_S = 0.01
"""Between two normal requests: a rate that the accounts' buckets allow for ever."""
HOSTILE_EVERY_S = 0.02
"""Between two hostile ones. More than a web server takes from one address, proxies must cut."""
# A body over its bound is BAD_USER_INPUT.
REFUSED = {
    "BAD_USER_INPUT",
    "COST_LIMIT_EXCEEDED",
    "GRAPHQL_VALIDATION_FAILED",
    "GRAPHQL_PARSE_FAILED",
}


@dataclass(frozen=True)
class Beside:
    """What one kind does to the others."""

    kind: str
    quiet_ms: float
    beside_ms: float
    refused: int
    throttled: int

    @property
    def ratio(self) -> float:
        """The normal client's p99 beside the hostile one to its quiet p99."""
        return self.beside_ms / self.quiet_ms


async def beside(
    fresh: Callable[[], Any], normal: list[str], body: bytes, hostile: str, seconds: float
) -> AsyncIterator[Beside]:
    """For each kind, ROUNDS times: `seconds` of quiet, then as long beside; the medians.

    `normal` are tokens that take turns, `hostile` is the token of another account of the same
    county. `fresh` makes an application with full buckets for each kind, or the debt of one would
    hide what the next costs. No document is sent twice alike, so no cache helps.
    Raises AssertionError when one is neither refused nor throttled, or a normal request is.
    """
    for one in _chosen():
        app = fresh()
        # Made ready and parted here, so that writing a large body is not measured as reading it.
        query = f"#{0:07}\n{one.query}"
        written = json.dumps({"query": query, "variables": one.variables}, ensure_ascii=False)
        sent = written.encode().split(b"0000000", 1)
        await _latencies(app, normal, body, seconds)
        found: dict[str, int] = {}
        quiet, troubled = [], []
        for _ in range(ROUNDS):
            quiet.append(_p99(await _latencies(app, normal, body, seconds)))
            attack = asyncio.create_task(_attack(app, hostile, sent, found))
            troubled.append(_p99(await _latencies(app, normal, body, seconds)))
            attack.cancel()
            await asyncio.gather(attack, return_exceptions=True)
        throttled = found.pop("THROTTLED", 0)
        assert set(found) <= REFUSED, (one.kind, found)
        medians = statistics.median(quiet), statistics.median(troubled)
        yield Beside(one.kind, *medians, sum(found.values()), throttled)


async def _attack(app: Any, token: str, sent: list[bytes], found: dict[str, int]) -> None:
    """One kind without end, each time with a number of its own between the parts of its body."""
    head, tail = sent
    for number in itertools.count():
        due = asyncio.create_task(asyncio.sleep(HOSTILE_EVERY_S))
        answer = orjson.loads(await call(app, token, head + b"%07d" % number, tail))
        code = answer["errors"][0]["extensions"]["code"] if "errors" in answer else "none"
        found[code] = found.get(code, 0) + 1
        await due


async def _latencies(app: Any, tokens: list[str], body: bytes, seconds: float) -> list[float]:
    """Milliseconds from when each request was due, so that a stall counts for all it delays."""
    taken: list[float] = []

    async def ask(due: float, token: str) -> None:
        await asyncio.sleep(due - time.perf_counter())
        answer = await call(app, token, body)
        taken.append((time.perf_counter() - due) * 1_000)
        assert b'"errors"' not in answer, answer[:300]

    began = time.perf_counter()
    count = int(seconds / EVERY_S)
    turns = (tokens[number % len(tokens)] for number in range(count))
    await asyncio.gather(*(ask(began + i * EVERY_S, token) for i, token in enumerate(turns)))
    return taken


def _chosen() -> list[Any]:
    """Kinds whose names have one of the words of KINDS (`|` between them); without it all.

    What cannot be written as UTF-8 cannot be sent.
    """
    words = os.environ.get("KINDS", "").split("|")
    return [k for k in corpus() if _is_sendable(k.query) and any(w in k.kind for w in words)]


def _is_sendable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def tell(console: Console, found: list[Beside]) -> None:
    """The worst kinds, and how many are within twice the quiet value."""
    table = Table(title="normal client's p99 beside a hostile one")
    for heading in ("kind", "quiet ms", "beside ms", "ratio", "refused", "throttled"):
        table.add_column(heading)
    for one in sorted(found, key=lambda one: -one.ratio)[:12]:
        figures = (f"{one.quiet_ms:.1f}", f"{one.beside_ms:.1f}", f"{one.ratio:.2f}")
        table.add_row(one.kind, *figures, str(one.refused), str(one.throttled))
    console.print(table)
    within = sum(one.ratio <= 2 for one in found)
    console.print(f"{within} of {len(found)} kinds within 2 times the quiet p99")


async def measure(cluster: Cluster, seconds: float) -> None:
    """All kinds in a database of its own."""
    async with cluster.clone() as name:
        with cluster.environment(name):
            county = await open_county("a")
            row_id = await fill(cluster, name, county)
            body = orjson.dumps({"query": QUERIES["by id"], "variables": {"id": row_id}})
            schema = build()
            settle()

            def fresh() -> Any:
                return application(Endpoint(schema))

            normal = [county.token(account) for account in NORMAL]
            hostile = county.token(HOSTILE)
            tell(Console(), [b async for b in beside(fresh, normal, body, hostile, seconds)])
            await dispose()


def main() -> None:
    """Start a server of its own and measure."""
    os.environ.setdefault("WANGGE_LOG_LEVEL", "ERROR")
    configure_logging()
    with running_cluster() as cluster:
        asyncio.run(measure(cluster, float(os.environ.get("SECONDS_EACH", "0.6"))))


if __name__ == "__main__":
    main()
