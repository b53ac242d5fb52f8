"""SMS: the protocol, the HTTP client, and the recording gateway that ships with the product."""

import argparse
import hashlib
import json
import os
import threading
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import httpx2 as httpx

from infra.embedded.process import die_with_parent
from infra.gateways import trust
from infra.settings import settings

_ANSWER_S = 10.0
_REFUSALS = (400, 422)


class SmsStatus(StrEnum):
    """What the gateway knows of a message: taken, delivered to the phone, or never heard of."""

    SENT = "SENT"
    DELIVERED = "DELIVERED"
    ABSENT = "ABSENT"


class SmsRefused(Exception):
    """The gateway will never take this message (a number it does not serve, a bad text)."""


class SmsGateway(Protocol):
    """Sends by our id; the same id twice is one message."""

    async def send(self, message_id: UUID, phone: str, text: str) -> SmsStatus: ...

    async def query(self, message_id: UUID) -> SmsStatus: ...


@dataclass(frozen=True)
class HttpSmsGateway:
    """A gateway behind HTTP. Every failure to get an answer raises httpx's HTTPError.

    What such a failure means is unknown: the gateway may have the message.
    """

    base_url: str

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.base_url, timeout=_ANSWER_S, verify=trust())

    async def send(self, message_id: UUID, phone: str, text: str) -> SmsStatus:
        body = {"id": str(message_id), "phone": phone, "text": text}
        async with self._client() as client:
            answer = await client.post("/messages", json=body)
            if answer.status_code in _REFUSALS:
                raise SmsRefused(str(answer.status_code))
            answer.raise_for_status()
            return SmsStatus(answer.json()["status"])

    async def query(self, message_id: UUID) -> SmsStatus:
        async with self._client() as client:
            answer = await client.get(f"/messages/{message_id}")
            answer.raise_for_status()
            return SmsStatus(answer.json()["status"])


def gateway() -> SmsGateway:
    """The configured gateway. Raises RuntimeError when none is."""
    url = settings().sms_url
    if url is None:
        raise RuntimeError("WANGGE_SMS_URL is not set")
    return HttpSmsGateway(url)


class Recording:
    """The recording gateway's books: every raw call, and each message once, on disk at once."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._raw = folder / "raw.jsonl"
        self._visible = folder / "visible.jsonl"
        self._lock = threading.Lock()
        for book in (self._raw, self._visible):
            _mend(book)
        self._known = {entry["id"] for entry in self.visible()}

    def send(self, body: dict[str, Any]) -> SmsStatus:
        """Record a call; show the message unless its id was shown before."""
        message_id, phone, text = str(UUID(body["id"])), str(body["phone"]), str(body["text"])
        masked = phone[:-8] + "****" + phone[-4:] if len(phone) > 8 else "****"
        digest = hashlib.sha256(f"{phone}|{text}".encode()).hexdigest()
        with self._lock:
            _append(self._raw, {"id": message_id, "digest": digest})
            if message_id not in self._known:
                _append(self._visible, {"id": message_id, "phone": masked, "text": text})
                self._known.add(message_id)
        return SmsStatus.SENT

    def query(self, message_id: str) -> SmsStatus:
        """Its recipients' phones are never off: what was shown was delivered."""
        return SmsStatus.DELIVERED if message_id in self._known else SmsStatus.ABSENT

    def visible(self) -> list[dict[str, str]]:
        """Messages as a recipient sees them."""
        return _lines(self._visible)

    def raw(self) -> list[dict[str, str]]:
        """Every call."""
        return _lines(self._raw)


def _append(path: Path, entry: dict[str, str]) -> None:
    with path.open("a") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _mend(path: Path) -> None:
    """Cut off a last line that a crash left unfinished: its call was never answered."""
    if path.exists():
        written = path.read_bytes()
        os.truncate(path, written.rfind(b"\n") + 1)


def _lines(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]]


def serve(folder: Path, port: int) -> ThreadingHTTPServer:
    """The recording gateway's HTTP server on loopback; the caller runs it."""
    books = Recording(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/healthz":
                self._answer(200, {"status": "ok"})
            elif self.path == "/messages":
                self._answer(200, {"messages": books.visible()})
            else:
                self._answer(200, {"status": books.query(self.path.rsplit("/", 1)[-1])})

        def do_POST(self) -> None:
            try:
                length = min(int(self.headers.get("Content-Length", "0")), 65_536)
                status = books.send(json.loads(self.rfile.read(length)))
            except (ValueError, KeyError):
                self._answer(400, {"error": "id, phone and text are required"})
                return
            self._answer(200, {"status": status})

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            raw = json.dumps(body, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: the books are the record."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main() -> None:
    """`python -m infra.gateways.sms --port N --dir FOLDER`."""
    die_with_parent()
    parser = argparse.ArgumentParser(description="recording SMS gateway")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    arguments = parser.parse_args()
    serve(arguments.dir, arguments.port).serve_forever()


if __name__ == "__main__":
    main()
