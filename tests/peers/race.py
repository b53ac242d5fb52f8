"""Ours beside a peer over real HTTP: equal answers first, then interleaved rounds."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from infra.embedded.process import SUPERVISOR_PID
from infra.launcher import free_port, web_command
from infra.settings import settings
from infra.telemetry import SHARED_METRICS
from tests.peers import postgraphile
from tests.peers.questions import QUESTIONS, Question, foreign_id, plain
from tests.peers.served import Served, processor_seconds

ROOT = Path(__file__).parents[2]
CONNECTIONS = 8
ROUNDS = 5
OURS = "ours"


@dataclass(frozen=True)
class Cell:
    """One contestant's measured load."""

    per_second: float
    p99_ms: float
    server_ms: float
    database_ms: float


def web(folder: Path) -> Served:
    """Our web process as the launcher starts it, logging and counting as it does there."""
    port = free_port()
    metrics = folder / "metrics"
    metrics.mkdir()
    environment = {
        "WANGGE_LOG_LEVEL": "INFO",
        SHARED_METRICS: str(metrics),
        SUPERVISOR_PID: str(os.getpid()),
    }
    return Served(
        OURS,
        web_command("127.0.0.1", port, "tests.peers.web:create_app"),
        environment,
        port,
        ROOT,
        folder / "web.log",
    )


@contextmanager
def contestants() -> Iterator[dict[str, Served]]:
    """Both servers over the configured database. Raises postgraphile.Unavailable."""
    installed = postgraphile.install()
    with tempfile.TemporaryDirectory(prefix="wp-") as name:
        folder = Path(name)
        peer = postgraphile.serve(installed, free_port(), folder / "postgraphile.log")
        with web(folder) as ours, peer as theirs:
            yield {ours.name: ours, theirs.name: theirs}


def documents(question: Question, row_id: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Query and variables by contestant."""
    has_id = "$id" in question.ours
    return {
        OURS: (question.ours, {"id": row_id} if has_id else {}),
        postgraphile.NAME: (question.theirs, {"id": foreign_id(row_id)} if has_id else {}),
    }


def compare(question: Question, servers: dict[str, Served], row_id: str, token: str) -> Any:
    """Both answers, which must be equal. Raises AssertionError with them."""
    asked = documents(question, row_id)
    answers = {name: plain(served.ask(token, *asked[name])) for name, served in servers.items()}
    assert answers[OURS] == answers[postgraphile.NAME], (question.name, answers)
    assert all(answers[OURS].values()), (question.name, "an empty answer proves nothing")
    return answers[OURS]


def load(served: Served, token: str, body: str, seconds: float) -> dict[str, float]:
    """Requests by the client's own process. Raises RuntimeError with what it saw."""
    told = {
        "port": served.port,
        "token": token,
        "body": body,
        "connections": CONNECTIONS,
        "seconds": seconds,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "tests.peers.client"],
        input=json.dumps(told),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        raise RuntimeError(f"{served.name}: {ran.stderr.strip().splitlines()[-1]}")
    told_back: dict[str, float] = json.loads(ran.stdout)
    return told_back


def measured(served: Served, postmaster: int, token: str, body: str, seconds: float) -> Cell:
    """One contestant's load with the processor time it took beside the client's."""
    assert served.process is not None
    roots = served.process.pid, postmaster
    before = [processor_seconds(root) for root in roots]
    got = load(served, token, body, seconds)
    server, database = (
        (processor_seconds(root) - was) * 1_000 / got["requests"]
        for root, was in zip(roots, before, strict=True)
    )
    return Cell(got["requests"] / got["seconds"], got["p99_ms"], server, database)


async def race(
    console: Console,
    postmaster: int,
    token: Callable[[], str],
    row_id: str,
    seconds: float,
    rounds: int = ROUNDS,
) -> dict[str, float]:
    """Every question, told as a table; the median ratio of ours to the peer by question.

    Says in one line why the peer is not there when it is not.
    """
    try:
        return await asyncio.to_thread(_race, console, postmaster, token, row_id, seconds, rounds)
    except postgraphile.Unavailable as why:
        console.print(f"without {postgraphile.NAME}: {why}")
        return {}


def _race(
    console: Console,
    postmaster: int,
    token: Callable[[], str],
    row_id: str,
    seconds: float,
    rounds: int,
) -> dict[str, float]:
    told = {}
    with contestants() as servers:
        console.print(
            f"{postgraphile.NAME} {postgraphile.VERSION} and ours over HTTP, one process each,"
            f" {CONNECTIONS} connections, pool {settings().pool_size},"
            f" {rounds} rounds of {seconds} s"
        )
        for question in QUESTIONS:
            # A token lives for minutes, a long run for more.
            current = token()
            compare(question, servers, row_id, current)
            bodies = {
                name: json.dumps({"query": query, "variables": variables})
                for name, (query, variables) in documents(question, row_id).items()
            }
            for name, served in servers.items():
                # Just-in-time compilation, statement and plan caches: nobody is measured cold.
                load(served, current, bodies[name], max(seconds, 1.0))
            cells = defaultdict(list)
            for _ in range(rounds):
                for name, served in servers.items():
                    cells[name].append(measured(served, postmaster, current, bodies[name], seconds))
            told[question.name] = _tell(console, question.name, cells)
    return told


def _tell(console: Console, title: str, cells: dict[str, list[Cell]]) -> float:
    table = Table(title=f"{title} (HTTP)")
    for heading in (
        *("contestant", "requests/s min", "median", "max", "p99 ms"),
        *("server CPU ms", "database CPU ms", f"ratio to {postgraphile.NAME}"),
    ):
        table.add_column(heading)
    ratio = 0.0
    for name, own in cells.items():
        rates = [cell.per_second for cell in own]
        base = [cell.per_second for cell in cells[postgraphile.NAME]]
        ratio = statistics.median(a / b for a, b in zip(rates, base, strict=True))
        middle = [
            statistics.median(values)
            for values in zip(*((c.p99_ms, c.server_ms, c.database_ms) for c in own), strict=True)
        ]
        table.add_row(
            name,
            *(f"{f(rates):.0f}" for f in (min, statistics.median, max)),
            *(f"{value:.2f}" for value in middle),
            f"{ratio:.2f}",
        )
        if name == OURS:
            ours = ratio
    console.print(table)
    return ours
