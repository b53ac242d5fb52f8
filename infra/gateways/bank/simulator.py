"""A bank to try on: its HTTP door on loopback, with faults that can be switched on."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2 as httpx

from infra.gateways import trust
from infra.gateways.bank.books import Books, Clash

_HELD_S = 60.0
_BODY_BYTES = 65_536
_STARTS_WITHIN = 100
"""Tenths of a second."""


class FaultKind(StrEnum):
    """What may go wrong at the bank.

    DELAY: an order is taken and stays PENDING for `seconds`. DUPLICATE: a call arrives twice and
    its answer is sent twice. LOST: done, and the connection dropped before the answer. REFUSE:
    refused under `code`. DOWN: dropped before anything is done. STALL: held before anything is
    done, HOLD: done, and the answer held back, until the fault is lifted, so that a process can be
    killed just then.
    """

    DELAY = "DELAY"
    DUPLICATE = "DUPLICATE"
    LOST = "LOST"
    REFUSE = "REFUSE"
    DOWN = "DOWN"
    STALL = "STALL"
    HOLD = "HOLD"


@dataclass
class Fault:
    """A fault for the next `times` calls of `on` (`instruct`, `query`); None: until lifted."""

    kind: FaultKind
    times: int | None = 1
    on: str = "instruct"
    code: str = "REFUSED_BY_BANK"
    seconds: float = 0.0


class Faults:
    """The faults that are switched on, used up in order."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()
        self.lifted = threading.Event()
        self.held = 0
        """Calls that were held since the process began."""

    def add(self, fault: Fault) -> None:
        with self._lock:
            self.lifted.clear()
            self._waiting.append(fault)

    def lift(self) -> None:
        """Everything is well again."""
        with self._lock:
            self._waiting.clear()
            self.lifted.set()

    def hold(self) -> None:
        """Keep a call waiting until everything is well again."""
        with self._lock:
            self.held += 1
        self.lifted.wait(_HELD_S)

    def next(self, on: str) -> Fault | None:
        """The fault of a call of this kind, if any."""
        with self._lock:
            for place, fault in enumerate(self._waiting):
                if fault.on == on:
                    if fault.times is not None:
                        fault.times -= 1
                    if fault.times == 0:
                        del self._waiting[place]
                    return fault
        return None


class Bank(ThreadingHTTPServer):
    """The bank's server; `books` are its accounts, `faults` what goes wrong."""

    def __init__(self, folder: Path, port: int, now: Callable[[], float] = time.time) -> None:
        self.books = Books(folder, now)
        self.faults = Faults()
        super().__init__(("127.0.0.1", port), _Door)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


async def open_accounts_at(url: str, accounts: Sequence[tuple[str, str, int]]) -> None:
    """Open accounts (number, name, balance in fen) at a running simulated bank.

    Waits for it to start. Raises HTTPError.
    """
    async with httpx.AsyncClient(base_url=url, timeout=10, verify=trust()) as client:
        await _until_up(client)
        for account, name, balance_fen in accounts:
            body = {"account": account, "name": name, "balance_fen": balance_fen}
            (await client.post("/accounts", json=body)).raise_for_status()


async def _until_up(client: httpx.AsyncClient) -> None:
    for left in range(_STARTS_WITHIN, -1, -1):
        try:
            await client.get("/healthz")
            return
        except httpx.ConnectError:
            if not left:
                raise
            await asyncio.sleep(0.1)


class _Door(BaseHTTPRequestHandler):
    """`/instructions` and `/statements` are the bank's; the rest is the experimenter's."""

    server: Bank

    def do_GET(self) -> None:
        books = self.server.books
        match self.path.strip("/").split("/"):
            case ["healthz"]:
                self._answer(200, {"status": "ok"})
            case ["instructions", order_id]:
                self._faulty("query", lambda _: asdict(books.query(order_id)))
            case ["statements"]:
                days = [{"account": account, "day": day} for account, day in books.days()]
                self._answer(200, {"statements": days})
            case ["statements", account, day]:
                self._statement(account, day)
            case ["faults"]:
                self._answer(200, {"held": self.server.faults.held})
            case ["accounts"]:
                self._answer(200, {"balances": books.balances})
            case _:
                self._answer(404, {"error": "no such path"})

    def do_POST(self) -> None:
        books = self.server.books
        try:
            length = min(int(self.headers.get("Content-Length", "0")), _BODY_BYTES)
            body = json.loads(self.rfile.read(length))
            match self.path.strip("/"):
                case "instructions":
                    self._faulty("instruct", lambda fault: self._instruct(body, fault))
                case "accounts":
                    books.open_account(body["account"], body["name"], body.get("balance_fen", 0))
                    self._answer(200, {"balance_fen": books.balances[body["account"]]})
                case "receipts":
                    told = (body.get("counterparty", ""), body.get("reference", ""))
                    serial = books.receive(body["account"], body["amount_fen"], *told)
                    self._answer(200, {"serial": serial})
                case "faults":
                    fault = Fault(**(body | {"kind": FaultKind(body["kind"])}))
                    self.server.faults.add(fault)
                    self._answer(200, {"status": "ok"})
                case _:
                    self._answer(404, {"error": "no such path"})
        except Clash:
            self._answer(409, {"error": "this id was used with another content"})
        except (ValueError, KeyError, TypeError):
            self._answer(400, {"error": "the body is not what this path takes"})

    def do_DELETE(self) -> None:
        self.server.faults.lift()
        self._answer(200, {"status": "ok"})

    def _instruct(self, body: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
        delay_s = fault.seconds if fault and fault.kind is FaultKind.DELAY else None
        code = fault.code if fault and fault.kind is FaultKind.REFUSE else None
        status = self.server.books.instruct(body, delay_s=delay_s, code=code)
        return asdict(status)

    def _faulty(self, on: str, act: Callable[[Fault | None], dict[str, Any]]) -> None:
        fault = self.server.faults.next(on)
        kind = fault.kind if fault else None
        if kind is FaultKind.DOWN:
            self._drop()
            return
        if kind is FaultKind.STALL:
            self.server.faults.hold()
        answer = act(fault)
        if kind is FaultKind.LOST:
            self._drop()
            return
        if kind is FaultKind.HOLD:
            self.server.faults.hold()
        if kind is FaultKind.DUPLICATE:
            self._answer(200, act(fault))
        self._answer(200, answer)

    def _statement(self, account: str, day: str) -> None:
        try:
            written = self.server.books.statement(account, day)
        except (KeyError, ValueError):
            self._answer(404, {"error": "no such account or day"})
            return
        self._send(200, "text/csv; charset=utf-8", written.encode())

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body, ensure_ascii=False).encode()
        self._send(status, "application/json; charset=utf-8", raw)

    def _send(self, status: int, media_type: str, raw: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the books are the record."""
