"""Ours beside a peer over real HTTP: equal answers first, then interleaved rounds."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from infra.embedded.process import SUPERVISOR_PID
from infra.launcher import free_port, web_command
from infra.settings import settings
from infra.telemetry import SHARED_METRICS
from tenants.scope import Scope
from tests.peers import postgraphile
from tests.peers.questions import QUESTIONS, Question, foreign_id, plain
from tests.peers.served import Served, processor_seconds

ROOT = Path(__file__).parents[2]
CONNECTIONS = 8
ROUNDS = 5
OURS = "ours"
PEER = postgraphile.NAME
WEB = "tests.peers.web:create_app"


@dataclass(frozen=True)
class Asker:
    """Somebody who asks: the scope of the account, and how to get a fresh token for it."""

    scope: Scope
    token: Callable[[], str]


@dataclass(frozen=True)
class Field:
    """Where the race is run: who asks, an institution's id, the database server's process."""

    askers: Mapping[str, Asker]
    row_id: str
    postmaster: int


@dataclass(frozen=True)
class Cell:
    """One contestant's measured load; processor time is per request."""

    per_second: float
    p99_ms: float
    server_ms: float
    database_ms: float

    @property
    def processor_ms(self) -> float:
        return self.server_ms + self.database_ms


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
    command = web_command("127.0.0.1", port, WEB)
    return Served(OURS, command, environment, port, ROOT, folder / "web.log")


@contextmanager
def contestants(field: Field) -> Iterator[dict[str, dict[str, Served]]]:
    """By asker, both servers over the configured database. Raises postgraphile.Unavailable.

    The peer needs a process for each database role; ours is one process for all.
    """
    installed = postgraphile.install()
    with tempfile.TemporaryDirectory(prefix="wp-") as name, ExitStack() as stack:
        folder = Path(name)
        ours = stack.enter_context(web(folder))
        servers = {}
        for who, asker in field.askers.items():
            log = folder / f"postgraphile-{who}.log"
            theirs = postgraphile.serve(installed, free_port(), log, asker.scope)
            servers[who] = {OURS: ours, PEER: stack.enter_context(theirs)}
        yield servers


def asked(question: Question, row_id: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Query and variables by contestant."""
    has_id = "$id" in question.ours
    return {
        OURS: (question.ours, {"id": row_id} if has_id else {}),
        PEER: (question.theirs, {"id": foreign_id(row_id)} if has_id else {}),
    }


def compare(question: Question, servers: dict[str, Served], row_id: str, token: str) -> Any:
    """The answer of both. Raises AssertionError when they differ or hold nothing."""
    documents = asked(question, row_id)
    answers = {name: plain(served.ask(token, *documents[name])) for name, served in servers.items()}
    assert answers[OURS] == answers[PEER], (question.name, answers)
    (found,) = answers[OURS].values()
    assert found and found.get("nodes", True), (question.name, "an empty answer proves nothing")
    return answers[OURS]


def load(served: Served, token: str, body: str, seconds: float) -> dict[str, float]:
    """Requests by the client's own process. Raises RuntimeError with what it saw."""
    told = {"port": served.port, "token": token, "body": body, "seconds": seconds}
    ran = subprocess.run(
        [sys.executable, "-m", "tests.peers.client"],
        input=json.dumps(told | {"connections": CONNECTIONS}),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        raise RuntimeError(f"{served.name}: {ran.stderr.strip().splitlines()[-1]}")
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def measured(served: Served, postmaster: int, token: str, body: str, seconds: float) -> Cell:
    """One contestant's load with the processor time it took, the client's left out."""
    assert served.process is not None
    roots = served.process.pid, postmaster
    before = [processor_seconds(root) for root in roots]
    found = load(served, token, body, seconds)
    server, database = (
        (processor_seconds(root) - was) * 1_000 / found["requests"]
        for root, was in zip(roots, before, strict=True)
    )
    return Cell(found["requests"] / found["seconds"], found["p99_ms"], server, database)


def race(
    console: Console, field: Field, seconds: float, rounds: int = ROUNDS
) -> dict[str, dict[str, float]]:
    """Every question as a table; by question what ours has of the peer's (see `_ratios`).

    Says in one line why the peer is not there when it is not, and gives nothing back.
    """
    told = {}
    try:
        with contestants(field) as servers:
            console.print(
                f"{PEER} {postgraphile.VERSION} and ours over HTTP, one process each,"
                f" {CONNECTIONS} connections, pool {settings().pool_size},"
                f" {rounds} rounds of {seconds} s"
            )
            for question in QUESTIONS:
                cells = _rounds(question, servers[question.asker], field, seconds, rounds)
                told[question.name] = _ratios(cells)
                _tell(console, question.name, cells, told[question.name])
    except postgraphile.Unavailable as why:
        console.print(f"without {PEER}: {why}")
    return told


def _rounds(
    question: Question, servers: dict[str, Served], field: Field, seconds: float, rounds: int
) -> dict[str, list[Cell]]:
    # A token lives for minutes, a long run for more.
    token = field.askers[question.asker].token()
    compare(question, servers, field.row_id, token)
    bodies = {
        name: json.dumps({"query": query, "variables": variables})
        for name, (query, variables) in asked(question, field.row_id).items()
    }
    for name, served in servers.items():
        # Just-in-time compilation, statement and plan caches: nobody is measured cold.
        load(served, token, bodies[name], max(seconds, 1.0))
    cells = defaultdict(list)
    for _ in range(rounds):
        for name, served in servers.items():
            cells[name].append(measured(served, field.postmaster, token, bodies[name], seconds))
    return cells


def _ratios(cells: dict[str, list[Cell]]) -> dict[str, float]:
    """Medians over the rounds of ours by the peer's: requests/s, p99, processor time."""
    pairs = list(zip(cells[OURS], cells[PEER], strict=True))
    return {
        "requests": statistics.median(a.per_second / b.per_second for a, b in pairs),
        "p99": statistics.median(a.p99_ms / b.p99_ms for a, b in pairs),
        "processor": statistics.median(a.processor_ms / b.processor_ms for a, b in pairs),
    }


def _tell(
    console: Console, title: str, cells: dict[str, list[Cell]], ratios: dict[str, float]
) -> None:
    table = Table(title=f"{title} (HTTP)")
    for heading in (
        *("contestant", "requests/s min", "median", "max", "p99 ms"),
        *("server CPU ms", "database CPU ms"),
    ):
        table.add_column(heading)
    for name, own in cells.items():
        rates = [cell.per_second for cell in own]
        times = [(cell.p99_ms, cell.server_ms, cell.database_ms) for cell in own]
        table.add_row(
            name,
            *(f"{f(rates):.0f}" for f in (min, statistics.median, max)),
            *(f"{statistics.median(values):.2f}" for values in zip(*times, strict=True)),
        )
    console.print(table)
    console.print(
        f"{title}: ours to {PEER}: requests/s {ratios['requests']:.2f},"
        f" p99 {ratios['p99']:.2f}, processor time {ratios['processor']:.2f}"
    )
