"""The processes of a deployment, each of which can be killed and started again."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2 as httpx
import redis

from infra.database.engine import dispose
from infra.embedded.process import SUPERVISOR_PID
from infra.embedded.valkey import EmbeddedValkey
from infra.faults import FAULT_DIR
from infra.gateways import trust
from infra.launcher import free_port, web_command
from services.notifications.rules import Template
from services.notifications.service import queue_sms
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.harness.cluster import TEMPLATE, Cluster
from tests.harness.county import County, open_county
from tests.scenarios.kill.rabbit import Rabbit

ROOT = Path(__file__).parents[3]
LEASE_S = 1.5
PATIENCE_S = 30.0
START_S = 120.0
PHONE = "+8613800138000"

HONEST = "services.worker"
CARELESS = "tests.scenarios.kill.careless"


@dataclass(frozen=True)
class Outcome:
    """What is left of some messages: rows here, and what the gateway's own files say."""

    states: dict[UUID, str]
    open_deliveries: int
    attempts: dict[UUID, list[str | None]]
    raw: dict[UUID, int]
    visible: dict[UUID, int]
    numbers: list[int]


class Stack:
    """Database, broker, gateway, relay and a worker of two processes, on files of their own.

    `with_duties`: the relay is the whole scheduler, which takes the steps of deadlines as well.
    """

    def __init__(
        self, folder: Path, rabbit: Rabbit | None = None, *, with_duties: bool = False
    ) -> None:
        self.folder = folder
        self.scheduler = ("infra.cli", "scheduler") if with_duties else ("tenants.relay",)
        self.rabbit = rabbit
        self.faults = folder / "faults"
        self.faults.mkdir()
        self.cluster = Cluster(folder)
        self.valkey = EmbeddedValkey(folder / "valkey")
        self.sms_port = free_port()
        self.bank_port = free_port()
        self.web_port = free_port()
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.worker = HONEST
        self.county: County | None = None

    def start(self) -> None:
        """Start everything; the database keeps what it acknowledged."""
        self.cluster.start()
        asyncio.run(self._open())
        self.revive("broker")
        for name in ("gateway", "relay", "worker"):
            self.begin(name)
        self.wait_for("gateway")

    async def _open(self) -> None:
        async with self.cluster.admin(TEMPLATE) as connection:
            # The shared harness trades durability for speed; here it is what is tested.
            await connection.execute("ALTER SYSTEM RESET synchronous_commit")
            await connection.execute("ALTER SYSTEM RESET full_page_writes")
            await connection.execute("SELECT pg_reload_conf()")
        with self.cluster.environment(TEMPLATE):
            self.county = await open_county("a")
            await dispose()

    @property
    def tenant_id(self) -> int:
        """The county that everything happens in."""
        assert self.county is not None
        return self.county.number

    def stop(self) -> None:
        for name in list(self.children):
            self._end(name)
        self.valkey.stop()
        if self.rabbit is not None:
            self.rabbit.stop()
        self.cluster.stop()

    def kill(self, name: str) -> None:
        """kill -9 a part with all its processes."""
        match name:
            case "postgres":
                assert self.cluster.server.pid is not None
                os.killpg(self.cluster.server.pid, signal.SIGKILL)
                # Its children die with it; the next start would wait for them.
                self.cluster.server.stop()
            case "broker" if self.rabbit is not None:
                self.rabbit.kill()
            case "broker":
                assert self.valkey.pid is not None
                os.kill(self.valkey.pid, signal.SIGKILL)
                self.valkey.stop()
            case "wipe":
                with redis.Redis(unix_socket_path=str(self.valkey.socket)) as client:
                    client.flushall()
            case _:
                self._end(name)

    def revive(self, name: str) -> None:
        """Start a killed part again, and wait until it answers if others call it."""
        self.begin(name)
        self.wait_for(name)

    def begin(self, name: str) -> None:
        """Start a part."""
        match name:
            case "postgres":
                self.cluster.server.start()
            case "broker" if self.rabbit is not None:
                self.rabbit.start()
            case "broker":
                self.valkey.start()
            case "wipe":
                return
            case "gateway":
                command = ["infra.gateways.sms", "--port", str(self.sms_port)]
                self._spawn(name, *command, "--dir", str(self.folder / "sms"))
            case "bank":
                command = ["infra.gateways.bank", "--port", str(self.bank_port)]
                self._spawn(name, *command, "--dir", str(self.folder / "bank"))
            case "relay":
                self._spawn(name, *self.scheduler)
            case "web":
                _, _, *command = web_command("127.0.0.1", self.web_port)
                self._spawn(name, *command)
            case "worker":
                self._spawn(name, self.worker)

    def wait_for(self, name: str) -> None:
        """Wait until a part answers; those that nobody calls are not asked."""
        doors = {
            "gateway": (self.sms_port, "healthz"),
            "bank": (self.bank_port, "healthz"),
            "web": (self.web_port, "livez"),
        }
        if name in doors:
            port, path = doors[name]
            wait_for(lambda: _is_well(f"http://127.0.0.1:{port}/{path}"), START_S)

    def _spawn(self, name: str, module: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "WANGGE_DATABASE_URL": self.cluster.url(TEMPLATE),
            "WANGGE_BROKER_URL": self.rabbit.url if self.rabbit else self.valkey.url,
            "WANGGE_SMS_URL": f"http://127.0.0.1:{self.sms_port}",
            "WANGGE_BANK_URL": f"http://127.0.0.1:{self.bank_port}",
            "WANGGE_KEYS_DIR": str(self.cluster.keys),
            "WANGGE_DATA_DIR": str(self.folder),
            "WANGGE_DEMO": "1",
            "WANGGE_LEASE_SECONDS": str(LEASE_S),
            "WANGGE_MAX_ATTEMPTS": "50",
            "WANGGE_WORKER_PROCESSES": "2",
            "WANGGE_WORKER_THREADS": "2",
            "WANGGE_POOL_SIZE": "4",
            SUPERVISOR_PID: str(os.getpid()),
            FAULT_DIR: str(self.faults),
        }

    def _end(self, name: str) -> None:
        process = self.children.pop(name, None)
        if process is None:
            return
        # It may have ended by itself, which a restart mends as well.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def arm(self, point: str) -> None:
        """Hold the next process that reaches a point."""
        self.disarm()
        (self.faults / f"{point}.armed").touch()

    def held(self, point: str) -> bool:
        return any(self.faults.glob(f"{point}.held-*"))

    def wait_until_held(self, point: str) -> None:
        wait_for(lambda: self.held(point), PATIENCE_S)

    def disarm(self) -> None:
        """Let everybody go on."""
        for mark in self.faults.iterdir():
            mark.unlink(missing_ok=True)

    def send(self, count: int) -> list[UUID]:
        """Queue messages as a command does: the row and its event in one transaction."""

        async def queue() -> list[UUID]:
            ids = []
            for place in range(count):
                async with unit_of_work(Scope.county(self.tenant_id), "test.send") as session:
                    ids.append(
                        await queue_sms(
                            session,
                            self.tenant_id,
                            PHONE,
                            Template.CLUE_RECEIVED,
                            {"ticket": f"T-{place:04d}"},
                        )
                    )
            await dispose()
            return ids

        with self.cluster.environment(TEMPLATE):
            return asyncio.run(queue())

    def send_and_die(self, point: str) -> UUID:
        """Queue a message in a process that is killed at a point; returns the message's id."""
        self.arm(point)
        self._spawn("producer", "tests.scenarios.kill.producer", str(self.tenant_id), PHONE)
        self.wait_until_held(point)
        self._end("producer")
        self.disarm()
        return UUID((self.folder / "producer.log").read_text().splitlines()[-1])

    def queued_rings(self) -> int:
        """Rings that lie in the broker."""
        with redis.Redis(unix_socket_path=str(self.valkey.socket)) as client:
            return int(client.llen("dramatiq:wangge"))  # type: ignore[arg-type]

    def outcome(self, ids: Sequence[UUID]) -> Outcome:
        """What became of messages."""

        async def look() -> tuple[Any, ...]:
            async with self.cluster.admin(TEMPLATE) as connection:
                return (
                    await connection.fetch(
                        "SELECT id, state FROM message WHERE id = ANY($1)", list(ids)
                    ),
                    await connection.fetchval(
                        "SELECT (SELECT count(*) FROM delivery)"
                        " + (SELECT count(*) FROM event WHERE seq IS NULL)"
                    ),
                    await connection.fetch(
                        "SELECT message_id, outcome FROM message_attempt"
                        " WHERE message_id = ANY($1) ORDER BY id",
                        list(ids),
                    ),
                    await connection.fetch("SELECT seq FROM event ORDER BY seq"),
                )

        states, waiting, attempts, numbers = asyncio.run(look())
        tries: dict[UUID, list[str | None]] = {i: [] for i in ids}
        for row in attempts:
            tries[row["message_id"]].append(row["outcome"])
        return Outcome(
            {row["id"]: row["state"] for row in states},
            waiting,
            tries,
            self._count("raw", ids),
            self._count("visible", ids),
            [row["seq"] for row in numbers],
        )

    def _count(self, book: str, ids: Sequence[UUID]) -> dict[UUID, int]:
        path = self.folder / "sms" / f"{book}.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        found = [UUID(json.loads(line)["id"]) for line in lines]
        return {i: found.count(i) for i in ids}

    def settle(self, ids: Sequence[UUID], patience: float = PATIENCE_S) -> Outcome:
        """Wait until nothing is left to do. Raises TimeoutError."""
        wait_for(lambda: self.outcome(ids).open_deliveries == 0, patience)
        return self.outcome(ids)


def _is_well(url: str) -> bool:
    try:
        # Asked again and again: reading the certificates each time would be most of the work.
        return httpx.get(url, verify=trust()).status_code == 200
    except httpx.HTTPError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    """Look until it is so. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


@contextmanager
def running_stack(rabbit: Rabbit | None = None, *, with_duties: bool = False) -> Iterator[Stack]:
    """A stack in a folder of its own, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="wk-"))
    folder.chmod(0o755)
    stack = Stack(folder, rabbit, with_duties=with_duties)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
