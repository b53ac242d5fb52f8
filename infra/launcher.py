"""`wangge run`: every server and process of the product under one supervisor."""

import asyncio
import contextlib
import importlib
import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress
from sqlalchemy import make_url

from infra.crypto import ensure_keys
from infra.database.engine import dispose
from infra.database.migrate import mark_clock, migrate
from infra.database.provision import ensure_database, ensure_roles
from infra.deployment import announce
from infra.embedded.postgres import EmbeddedPostgres
from infra.embedded.process import SUPERVISOR_PID, ServerAccount
from infra.embedded.valkey import EmbeddedValkey
from infra.settings import settings
from infra.telemetry import SHARED_METRICS

DATABASE = "wangge"
_READY_S = 120.0


class LauncherError(RuntimeError):
    """Why nothing was started, and what to do."""


def refuse_public_address() -> None:
    """An embedded deployment is for one machine: it does not face a network unless told to."""
    embedded = settings().database_url is None or settings().broker_url is None
    if not embedded or settings().allow_public_embedded:
        return
    host = settings().host
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    if host != "localhost":
        raise LauncherError(
            f"the embedded servers are for one machine, and {host} is not a loopback address:"
            " set WANGGE_DATABASE_URL and WANGGE_BROKER_URL, or WANGGE_ALLOW_PUBLIC_EMBEDDED=1"
        )


def free_port() -> int:
    """A loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def web_command(host: str, port: int, application: str = "schema.app:create_app") -> list[str]:
    """How a web process is started: one worker of one application factory."""
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--no-ws"]
    command += ["--host", host, "--port", str(port), "--workers", "1"]
    return [*command, "--loop", "uvloop", "--no-access-log", application]


@dataclass
class Child:
    """A process that is started again, with growing pauses, when it ends by itself."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    not_before: float = 0.0
    started: float = 0.0

    def start(self, log: Path) -> None:
        ourselves = ServerAccount("", os.getuid(), os.getgid(), changes=False)
        self.started = time.monotonic()
        with log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=Path(__file__).resolve().parent.parent,
                preexec_fn=ourselves.enter(signal.SIGKILL),
            )

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@dataclass
class Launcher:
    """Starts everything in order, watches it, stops it in reverse."""

    console: Console = field(default_factory=lambda: Console(stderr=False))
    children: list[Child] = field(default_factory=list)
    stopping: bool = False

    def run(self) -> None:
        """Run until SIGINT or SIGTERM. Raises LauncherError when it cannot start."""
        began = time.monotonic()
        refuse_public_address()
        folder = settings().data_dir.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, self._on_signal)
        with contextlib.ExitStack() as stack:
            try:
                self._servers(stack, folder)
                accounts = self._prepare()
                self._processes(stack, folder)
                self._wait_until_ready(folder)
                self._show(accounts, time.monotonic() - began)
                self._watch(folder)
            except KeyboardInterrupt:
                pass
            self.console.print("正在停止 stopping …")

    def _on_signal(self, _signum: int, _frame: Any) -> None:
        if not self.stopping:
            self.stopping = True
            raise KeyboardInterrupt

    def _servers(self, stack: contextlib.ExitStack, folder: Path) -> None:
        keys = settings().keys.absolute()
        ensure_keys(keys)
        importlib.import_module("tenants.auth.tokens").ensure_signing_key(keys)
        values = {
            "WANGGE_DATA_DIR": str(folder),
            "WANGGE_KEYS_DIR": str(keys),
            SUPERVISOR_PID: str(os.getpid()),
        }
        admin_url = settings().admin_url
        if settings().database_url is None:
            postgres = EmbeddedPostgres(folder / "postgres")
            postgres.start()
            stack.callback(postgres.stop)
            self.console.print(f"内嵌 PostgreSQL embedded: {postgres.data_dir}")
            admin_url = postgres.admin_url
            values |= {"WANGGE_DATABASE_URL": postgres.url(DATABASE), "WANGGE_DEMO": "1"}
        else:
            values["WANGGE_DATABASE_URL"] = settings().database_url or ""
        if settings().broker_url is None:
            valkey = EmbeddedValkey(folder / "valkey")
            valkey.start()
            stack.callback(valkey.stop)
            self.console.print(f"内嵌 Valkey embedded: {valkey.url}")
            values["WANGGE_BROKER_URL"] = valkey.url
        else:
            values["WANGGE_BROKER_URL"] = settings().broker_url or ""
        for name, url in (("sms", settings().sms_url), ("bank", settings().bank_url)):
            if url is None:
                url = self._beside_us(name, folder)
            values[f"WANGGE_{name.upper()}_URL"] = url
        announce(folder, values)
        # For our children alone: a command that runs once would leave its files behind.
        shared = folder / "metrics"
        shutil.rmtree(shared, ignore_errors=True)
        shared.mkdir()
        os.environ[SHARED_METRICS] = str(shared)
        for child in self.children:
            child.start(folder / f"{child.name}.log")
            stack.callback(child.stop)
        if admin_url is not None:
            asyncio.run(self._provision(admin_url, keys))

    def _beside_us(self, name: str, folder: Path) -> str:
        """A gateway of ours that stands for one outside, with books in the data folder."""
        port = free_port()
        command = [sys.executable, "-m", f"infra.gateways.{name}", "--port", str(port)]
        self.children.append(Child(name, [*command, "--dir", str(folder / name)]))
        return f"http://127.0.0.1:{port}"

    async def _provision(self, admin_url: str, keys: Path) -> None:
        await ensure_roles(admin_url, keys)
        await ensure_database(
            admin_url, make_url(settings().database_url or "").database or DATABASE
        )

    def _prepare(self) -> list[tuple[str, str]]:
        """Migrate, and fill an empty demonstration database."""

        async def prepare() -> list[tuple[str, str]]:
            try:
                await migrate()
                await mark_clock(is_demo=settings().demo)
                demo = importlib.import_module("services.demo")
                if settings().demo and not await demo.is_loaded():
                    with Progress(console=self.console, transient=True) as bar:
                        task = bar.add_task("示范数据 demo data")

                        def advance(done: int, total: int) -> None:
                            bar.update(task, completed=done, total=total)

                        await demo.load(advance)
                return list(demo.ACCOUNTS) if settings().demo else []
            finally:
                await dispose()

        return asyncio.run(prepare())

    def _processes(self, stack: contextlib.ExitStack, folder: Path) -> None:
        python = sys.executable
        current = settings()
        web = web_command(current.host, current.port)
        worker = [python, "-m", "services.worker"]
        for child in (
            Child("web", web),
            Child("worker", worker),
            Child("scheduler", [python, "-m", "infra.cli", "scheduler"]),
        ):
            self.children.append(child)
            child.start(folder / f"{child.name}.log")
            stack.callback(child.stop)

    def _wait_until_ready(self, folder: Path) -> None:
        url = f"http://{settings().host}:{settings().port}/readyz"
        deadline = time.monotonic() + _READY_S
        web = next(child for child in self.children if child.name == "web")
        with httpx.Client(timeout=5, verify=False) as client:
            while time.monotonic() < deadline:
                if web.process is not None and web.process.poll() is not None:
                    break
                with contextlib.suppress(httpx.HTTPError):
                    if client.get(url).status_code == 200:
                        return
                time.sleep(0.05)
        tail = (folder / "web.log").read_text(errors="replace").splitlines()[-12:]
        raise LauncherError("the web process did not become ready:\n" + "\n".join(tail))

    def _watch(self, folder: Path) -> None:
        while True:
            time.sleep(0.25)
            for child in self.children:
                self._revive(child, folder)

    def _revive(self, child: Child, folder: Path) -> None:
        now = time.monotonic()
        if child.process is not None and child.process.poll() is not None:
            lived = now - child.started
            child.failures = 1 if lived > 30 else child.failures + 1
            pause = min(2.0 ** (child.failures - 1) * 0.25, 15.0)
            self.console.print(
                f"{child.name} 退出 ended ({child.process.returncode}); again in {pause:.1f} s"
            )
            child.process = None
            child.not_before = now + pause
        if child.process is None and now >= child.not_before:
            child.start(folder / f"{child.name}.log")

    def _show(self, accounts: list[tuple[str, str]], seconds: float) -> None:
        url = f"http://{settings().host}:{settings().port}/graphql"
        shim = Path(sys.executable).parent / "wangge"
        lines = [f"GraphQL  {url}", ""]
        if accounts:
            lines += ["示范账号 demo accounts (wangge token ACCOUNT):"]
            lines += [f"  {name:<28}{title}" for name, title in accounts]
            query = '{"query":"{ institutions(first: 3) { totalCount nodes { name uscc } } }"}'
            lines += ["", "试一试 try:"]
        self.console.print(Panel("\n".join(lines), title="网格 Wangge", expand=False))
        if accounts:
            # Outside the panel, so that it can be copied as one line.
            self.console.print(
                f"curl -s {url} -H 'Content-Type: application/json'"
                f" -H \"Authorization: Bearer $('{shim}' token {accounts[0][0]})\""
                f" -d '{query}'",
                soft_wrap=True,
                highlight=False,
                markup=False,
            )
        self.console.print(f"就绪 ready in {seconds:.1f} s — Ctrl-C 停止 stops it")
        sys.stdout.flush()
