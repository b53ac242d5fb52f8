"""A fresh clone of this checkout, used as a newcomer would, from outside."""

import contextlib
import os
import pwd
import re
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx

from infra.launcher import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
COLD_S = 180.0
"""Patience, not the goal: the machine may be busy with other proofs."""


@dataclass
class Checkout:
    """A clone at a path, run as an account, with empty caches."""

    path: Path
    account: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    output: str = ""

    @property
    def environment(self) -> dict[str, str]:
        home = self.path.parent / "home"
        kept = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_", "LANG"))}
        return kept | {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PIP_NO_CACHE_DIR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "WANGGE_PORT": str(self.port),
        }

    def become(self) -> None:
        """In the child: the account, in a session of its own without a terminal."""
        os.setsid()
        entry = pwd.getpwnam(self.account)
        if os.getuid() == 0 and entry.pw_uid:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)

    def make(self, *arguments: str, seconds: float = 600) -> str:
        """Run make to its end; returns what it printed. Raises CalledProcessError."""
        done = subprocess.run(
            ["make", *arguments],
            cwd=self.path,
            env=self.environment,
            preexec_fn=self.become,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3_000:]
        return done.stdout

    def start(self) -> float:
        """`make run` until it says that it is ready; returns the seconds it took."""
        began = time.monotonic()
        self._close()
        self.output = ""
        self.process = subprocess.Popen(
            ["make", "run"],
            cwd=self.path,
            env=self.environment,
            preexec_fn=self.become,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self.process.stdout is not None
        while time.monotonic() - began < COLD_S:
            readable, _, _ = select.select([self.process.stdout], [], [], 0.5)
            if readable:
                self.output += os.read(self.process.stdout.fileno(), 65_536).decode()
            if "就绪" in self.output:
                return time.monotonic() - began
            assert self.process.poll() is None, self.output[-3_000:]
        raise AssertionError(f"not ready after {COLD_S} s: {self.output[-3_000:]}")

    def ask(self) -> Any:
        """The panel's own question with the panel's own token command."""
        token = subprocess.run(
            [self.path / ".venv/bin/wangge", "token", "pucheng/clue_officer"],
            cwd=self.path,
            env=self.environment,
            preexec_fn=self.become,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}/graphql",
            json={"query": "{ institutions(first: 3) { totalCount nodes { name uscc } } }"},
            headers={"Authorization": f"Bearer {token}"},
        )
        return answer.json()["data"]["institutions"]

    def ours(self) -> list[int]:
        """Processes that work in or for this checkout, besides make itself."""
        marks = (str(self.path).encode(), f"WANGGE_PORT={self.port}".encode())
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                if any(mark in told for mark in marks):
                    found.append(int(entry.name))
        return found

    def launcher(self) -> int:
        """The process id of `wangge run`."""
        for pid in self.ours():
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if command[1:4] == [b"-m", b"infra.cli", b"run"]:
                    return pid
        raise AssertionError("no launcher is running")

    def gone(self, seconds: float) -> list[int]:
        """What is still there after so many seconds."""
        deadline = time.monotonic() + seconds
        while (left := self.ours()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left

    def stop(self, signum: int = signal.SIGTERM) -> None:
        """Signal the launcher and forget the make around it."""
        with contextlib.suppress(AssertionError):
            os.kill(self.launcher(), signum)
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        self._close()

    def _close(self) -> None:
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()

    @property
    def told_seconds(self) -> float:
        """What the panel itself says."""
        found = re.search(r"ready in ([\d.]+) s", self.output)
        assert found is not None
        return float(found.group(1))


@contextlib.contextmanager
def fresh_clone(path: Path, account: str, *, closed: bool = False) -> Iterator[Checkout]:
    """Clone the committed state to a path; `closed`: only its owner may enter the folder above."""
    path.parent.mkdir(parents=True)
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, path], check=True)
    (path.parent / "home").mkdir()
    entry = pwd.getpwnam(account)
    if os.getuid() == 0:
        for folder in (path.parent, *path.parent.rglob("*")):
            os.chown(folder, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
    path.parent.chmod(0o700 if closed else 0o755)
    checkout = Checkout(path, account)
    try:
        yield checkout
    finally:
        checkout.stop()
        for pid in checkout.gone(8):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(path.parent, ignore_errors=True)
