"""The measuring instruments: what counts as equal, what the client refuses, what time is whose."""

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from rich.console import Console

from infra.ids import encode_id
from tests.peers import client, postgraphile
from tests.peers.questions import foreign_id, plain
from tests.peers.race import Field, race
from tests.peers.served import processor_seconds

ROW = UUID("01890000-0000-7000-8000-000000000001")
OTHER = UUID("01890000-0000-7000-8000-000000000002")
ID = encode_id("Institution", 61052600, ROW)


def test_ids_and_instants_are_equal_in_both_spellings() -> None:
    ours = {"id": ID, "at": "2026-03-01T08:00:00.123+08:00", "name": "青禾", "version": 1}
    theirs = {"id": foreign_id(ID), "at": "2026-03-01T00:00:00.123456+00:00"}
    assert plain(ours) == plain(theirs | {"name": "青禾", "version": 1})


@pytest.mark.parametrize(
    "other",
    [
        foreign_id(encode_id("Institution", 61052600, OTHER)),
        foreign_id(encode_id("Institution", 61052700, ROW)),
        foreign_id(encode_id("Unit", 61052600, ROW)),
    ],
)
def test_another_row_is_not_equal(other: str) -> None:
    assert plain([ID]) != plain([other])


def test_another_instant_is_not_equal() -> None:
    assert plain("2026-03-01T08:00:00.123+08:00") != plain("2026-03-01T08:00:00.123+00:00")


class _Server(asyncio.Protocol):
    """Gives one answer in two pieces, which the client has to put together."""

    def __init__(self, answer: bytes) -> None:
        self._pieces = answer[:30], answer[30:]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert data.startswith(b"POST /graphql HTTP/1.1\r\n")
        self._transport.write(self._pieces[0])
        asyncio.get_running_loop().call_later(0.002, self._transport.write, self._pieces[1])


@asynccontextmanager
async def _answering(answer: bytes) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: _Server(answer), "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        # What the client has left open is closed by it; the server sees that first.
        await asyncio.sleep(0.01)


def _http(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def _told(port: int) -> dict[str, object]:
    return {"port": port, "token": "t", "body": "{}", "connections": 2, "seconds": 0.05}


async def test_the_client_counts_whole_answers() -> None:
    async with _answering(_http("200 OK", b'{"data":{}}')) as port:
        found = await client.load(_told(port))
    assert found["requests"] >= 2
    assert found["seconds"] >= 0.05 and 0 < found["p50_ms"] <= found["p99_ms"]


@pytest.mark.parametrize(
    "answer",
    [
        _http("200 OK", b'{"data":null,"errors":[{"message":"no"}]}'),
        _http("429 Too Many Requests", b'{"data":{}}'),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_the_client_refuses_what_is_no_answer(answer: bytes) -> None:
    """A contestant that only refuses would be the fastest of all."""
    async with _answering(answer) as port:
        with pytest.raises(client.LoadError):
            await client.load(_told(port))


def test_processor_time_is_that_of_descendants_too() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    outer += "\nprint(flush=True)\ninput()"
    idle = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with subprocess.Popen(
        [sys.executable, "-c", outer], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        assert (running := processor_seconds(process.pid)) >= 0.3
        assert processor_seconds(idle.pid) < 0.3
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        assert processor_seconds(process.pid) >= running, "a child that ended is not forgotten"
        process.communicate(b"\n")
    idle.communicate(b"\n")


def test_without_npm_the_bench_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgraphile, "PLACE", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    console = Console(record=True, file=io.StringIO())
    assert race(console, Field({}, "", 0), seconds=0.1) == {}
    assert console.export_text() == "without PostGraphile: there is no npm\n"


def test_the_lock_is_exact_and_names_no_registry() -> None:
    wanted = json.loads((postgraphile.HERE / "package.json").read_text())
    locked = json.loads((postgraphile.HERE / "package-lock.json").read_text())["packages"]
    for name, version in (wanted["dependencies"] | wanted["optionalDependencies"]).items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert [path for path, one in locked.items() if "resolved" in one] == []
    assert all("integrity" in one for path, one in locked.items() if path)
