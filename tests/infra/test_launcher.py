"""`wangge run` as an operator meets it: one start for all of these, on a data folder of its own."""

import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from infra.launcher import LauncherError, free_port, refuse_public_address
from infra.settings import settings
from services.demo.figures import figures

ROOT = Path(__file__).resolve().parent.parent.parent


class Deployment:
    """A launcher in a folder, with two worker processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None
        self.story: subprocess.CompletedProcess[str] | None = None
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("WANGGE_")}
        self.environment = inherited | {
            "WANGGE_DATA_DIR": str(folder),
            "WANGGE_PORT": str(self.port),
            "WANGGE_WORKER_PROCESSES": "2",
            "PYTHONPATH": str(ROOT),
        }

    def start(self) -> str:
        """Start and wait for the panel; returns what was printed."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.cli", "run"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            printed += line
            if "就绪" in line:
                return printed
        raise AssertionError(printed)

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another shell's `wangge …`."""
        return subprocess.run(
            [sys.executable, "-m", "infra.cli", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def end(self, signum: int) -> None:
        """Signal the launcher and wait for it."""
        assert self.process is not None
        self.process.send_signal(signum)
        self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def left(self) -> list[str]:
        """Command lines of processes that belong to this deployment."""
        mark = f"WANGGE_PORT={self.port}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (
                    mark in (entry / "environ").read_bytes()
                    or str(self.folder).encode() in (entry / "cmdline").read_bytes()
                ):
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found

    def nothing_left(self, seconds: float) -> list[str]:
        """What still runs after at most so many seconds."""
        deadline = time.monotonic() + seconds
        while self.left() and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.left()


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment with demo data, stopped at the end."""
    made = Deployment(tmp_path_factory.mktemp("run") / "data")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.end(signal.SIGTERM)


@pytest.fixture
def deployment(launched: Deployment) -> Deployment:
    """The deployment running, whatever a test before did to it."""
    if launched.process is None or launched.process.poll() is not None:
        launched.start()
    return launched


@pytest.fixture
def played(deployment: Deployment) -> subprocess.CompletedProcess[str]:
    """The story, played against the deployment once for all who ask what it left."""
    if deployment.story is None:
        deployment.story = deployment.cli("story")
    return deployment.story


def test_the_panels_question_is_answered(deployment: Deployment) -> None:
    token = deployment.cli("token", "pucheng/clue_officer").stdout.strip()
    body = httpx.post(
        f"http://127.0.0.1:{deployment.port}/graphql",
        json={"query": "{ institutions(first: 3) { totalCount nodes { name uscc } } }"},
        headers={"Authorization": f"Bearer {token}"},
    ).json()
    assert body["data"]["institutions"]["totalCount"] == 60
    unknown = deployment.cli("token", "pucheng/nobody")
    assert unknown.returncode == 1 and "没有该账号" in unknown.stderr


def test_each_published_figure_is_asked_back_from_its_own_place(deployment: Deployment) -> None:
    query = """{ tenants(first: 12) { nodes { divisionCode publishedFigures(first: 100) { nodes {
      metric value isAtLeast quoted note } } } } }"""
    shown: dict[tuple[str, str], dict[str, Any]] = {}
    for province in ("shaanxi", "chongqing", "anhui"):
        token = deployment.cli("token", f"{province}/supervisor").stdout.strip()
        body = httpx.post(
            f"http://127.0.0.1:{deployment.port}/graphql",
            json={"query": query},
            headers={"Authorization": f"Bearer {token}"},
        ).json()
        for place in body["data"]["tenants"]["nodes"]:
            for told in place["publishedFigures"]["nodes"]:
                assert (place["divisionCode"], told["metric"]) not in shown
                shown[place["divisionCode"], told["metric"]] = told
    own = {(figure.tenant_code, figure.metric): figure for figure in figures()}
    assert set(shown) == set(own) and len(own) > 100
    for key, figure in own.items():
        told = shown[key]
        assert Decimal(told["value"]) == figure.value
        assert told["isAtLeast"] == figure.at_least
        assert (told["quoted"], told["note"] or "") == (figure.quoted, figure.note)


def test_the_story_holds(played: subprocess.CompletedProcess[str]) -> None:
    assert played.returncode == 0, played.stdout


def test_the_probes(deployment: Deployment) -> None:
    base = f"http://127.0.0.1:{deployment.port}"
    assert httpx.get(f"{base}/livez").status_code == 200
    assert httpx.get(f"{base}/readyz").json() == {
        "database": "ok",
        "migrations": "ok",
        "broker": "ok",
    }


def test_one_page_has_the_metrics_of_every_process(
    deployment: Deployment, played: subprocess.CompletedProcess[str]
) -> None:
    """The web's own, the relay's and the workers', which have no port."""
    wanted = {
        r'wangge_graphql_seconds_count\{outcome="ok"\} [1-9]',
        r'wangge_deliveries_total\{actor="[^"]+",outcome="done"\} [1-9]',
        r"wangge_oldest_unsent_seconds \d",
        r"wangge_deliveries_set_aside 0",
    }
    deadline = time.monotonic() + 10
    while True:
        told = httpx.get(f"http://127.0.0.1:{deployment.port}/metrics").text
        missing = {pattern for pattern in wanted if not re.search(pattern, told)}
        if not missing or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    assert missing == set(), told


def test_nothing_is_set_aside(deployment: Deployment) -> None:
    listed = deployment.cli("deliveries")
    assert (listed.returncode, "没有搁置的投递" in listed.stdout) == (0, True), listed.stderr
    assert "put back: 0" in deployment.cli("deliveries", "--retry").stdout


def test_the_doctor_finds_nothing(deployment: Deployment) -> None:
    examined = deployment.cli("doctor")
    assert examined.returncode == 0, examined.stdout
    assert "FAULT" not in examined.stdout


def test_a_backup_comes_back_whole(deployment: Deployment) -> None:
    dump = deployment.folder / "dump"
    assert deployment.cli("backup", str(dump)).returncode == 0
    assert dump.stat().st_mode & 0o777 == 0o600
    drill = deployment.cli("restore", str(dump), "--into", "wangge_drill")
    assert drill.returncode == 0, drill.stdout + drill.stderr
    assert "institution: 180 → 180" in drill.stdout


@pytest.mark.usefixtures("played")
def test_keys_are_ours_alone_and_logs_hold_no_number(deployment: Deployment) -> None:
    for path in (deployment.folder / "keys").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    logs = [path.read_text() for path in deployment.folder.glob("*.log")]
    assert any("graphql" in log for log in logs)
    assert not any("13800138000" in log for log in logs)


def test_a_killed_web_process_comes_back_and_nothing_is_reported_twice(
    deployment: Deployment,
) -> None:
    url = f"http://127.0.0.1:{deployment.port}"
    report = {
        "tenantCode": "yongchuan",
        "idempotencyKey": secrets.token_urlsafe(24),
        "violationType": "UNLICENSED",
        "subjectName": "某培训中心",
        "facts": "周末在居民楼内给二十名学生上数学课。",
    }
    query = """mutation($input: ClueReportInput!) { clueReport(input: $input) {
      receipt { ticketNo secret } userErrors { code } } }"""

    def send() -> str:
        body = {"query": query, "variables": {"input": report}}
        answer = httpx.post(f"{url}/graphql", json=body).json()
        return str(answer["data"]["clueReport"]["receipt"])

    def counted() -> int:
        token = deployment.cli("token", "yongchuan/clue_officer").stdout.strip()
        answer = httpx.post(
            f"{url}/graphql",
            json={"query": "{ clues(first: 1) { totalCount } }"},
            headers={"Authorization": f"Bearer {token}"},
        ).json()
        return int(answer["data"]["clues"]["totalCount"])

    before = counted()
    first = send()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                command = (entry / "cmdline").read_bytes()
                if b"granian" in command and str(deployment.port).encode() in command:
                    os.kill(int(entry.name), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/readyz").status_code == 200:
                break
        time.sleep(0.1)
    assert send() == first
    assert counted() == before + 1


def test_kill_leaves_nothing(deployment: Deployment) -> None:
    """That the next start just works is seen in a fresh clone: tests/prove/test_fresh.py."""
    workers = [line for line in deployment.left() if "dramatiq" in line]
    assert len(workers) >= 3, "a master and two workers"
    deployment.end(signal.SIGKILL)
    assert deployment.nothing_left(5) == []


def test_an_embedded_deployment_refuses_a_public_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("WANGGE_DATABASE_URL", raising=False)
    monkeypatch.setenv("WANGGE_HOST", "0.0.0.0")  # noqa: S104 - it is refused
    settings.cache_clear()
    with pytest.raises(LauncherError, match="loopback"):
        refuse_public_address()
    monkeypatch.setenv("WANGGE_ALLOW_PUBLIC_EMBEDDED", "1")
    settings.cache_clear()
    refuse_public_address()
    settings.cache_clear()
    refused = subprocess.run(
        [sys.executable, "-m", "infra.cli", "run"],
        cwd=ROOT,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("WANGGE_")},
            "WANGGE_HOST": "0.0.0.0",  # noqa: S104 - it is refused
            "WANGGE_DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode != 0
    assert "loopback" in refused.stderr
