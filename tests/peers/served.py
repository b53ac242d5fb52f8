"""A contestant as a server process: started, asked, its processor time read, ended."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx

_READY_S = 60.0
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Served:
    """A server on a loopback port; its output goes to `log`."""

    name: str
    command: list[str]
    environment: dict[str, str]
    port: int
    folder: Path
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def __enter__(self) -> "Served":
        with self.log.open("ab") as output:
            # Its input is a pipe of ours, by whose end it can tell that we are gone.
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=os.environ | self.environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdin is not None
        process.stdin.close()

    def _wait(self) -> None:
        until = time.monotonic() + _READY_S
        while time.monotonic() < until:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            with contextlib.suppress(httpx.HTTPError):
                httpx.post(self.url, json={"query": "{ __typename }"}, timeout=5)
                return
            time.sleep(0.1)
        tail = self.log.read_text(errors="replace")[-2_000:]
        raise RuntimeError(f"{self.name} did not start: {tail}")

    def ask(self, token: str, query: str, variables: dict[str, Any]) -> Any:
        """One question's data. Raises AssertionError with the errors of a failed answer."""
        answer = httpx.post(
            self.url,
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {token}"},
        ).json()
        assert "errors" not in answer, (self.name, answer["errors"])
        return answer["data"]


def processor_seconds(root: int) -> float:
    """User and system time so far of a process and all its descendants (proc(5)).

    Of those that ended, what their parents have waited for: it is in the parent's own figures.
    """
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # The name in parentheses may hold spaces; what follows it never does.
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
                ticks[int(entry.name)] = sum(map(int, fields[11:15]))
    total, waiting = 0, [root]
    while waiting:
        one = waiting.pop()
        total += ticks.get(one, 0)
        waiting += [pid for pid, parent in parents.items() if parent == one]
    return total / _TICK
