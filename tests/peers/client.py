"""A lean HTTP/1.1 client in a process of its own: keep-alive connections that never wait.

It reads one JSON object on its input (`port`, `token`, `body`, `connections`, `seconds`) and
prints one (`requests`, `seconds`, `p50_ms`, `p99_ms`).
"""

import asyncio
import json
import sys
import time
from typing import Any

_END = b"\r\n\r\n"


class LoadError(Exception):
    """An answer that is none: not 200, with errors, or a connection that closed."""


class _Connection(asyncio.Protocol):
    """Sends the same request again as soon as its answer is complete."""

    def __init__(self, request: bytes, until: float, ended: asyncio.Future[None]) -> None:
        self.latencies: list[float] = []
        self._request = request
        self._until = until
        self._ended = ended
        self._received = bytearray()
        self._wanted = 0
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._received.clear()
        self._wanted = 0
        self._sent = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._wanted:
            end = self._received.find(_END)
            if end < 0:
                return
            self._wanted = end + len(_END) + self._length(bytes(self._received[:end]))
        if len(self._received) < self._wanted:
            return
        now = time.perf_counter()
        self.latencies.append(now - self._sent)
        if b'"errors"' in self._received:
            self._fail(bytes(self._received[:2_000]))
        elif now < self._until:
            self._send()
        elif not self._ended.done():
            self._ended.set_result(None)

    def close(self) -> None:
        """Give the connection up."""
        self._transport.abort()

    def _length(self, head: bytes) -> int:
        status, *lines = head.lower().split(b"\r\n")
        lengths = [line[15:] for line in lines if line.startswith(b"content-length:")]
        if status.split()[1] != b"200" or not lengths:
            self._fail(bytes(self._received[:2_000]))
            return sys.maxsize
        return int(lengths[0])

    def _fail(self, seen: bytes) -> None:
        if not self._ended.done():
            self._ended.set_exception(LoadError(seen.decode(errors="replace")))
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_exception(LoadError(f"the connection closed: {exc}"))


def _request(port: int, token: str, body: str) -> bytes:
    sent = body.encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Content-Type: application/json\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(sent)}\r\n\r\n"
    )
    return head.encode() + sent


async def load(told: dict[str, Any]) -> dict[str, float]:
    """Ask for `seconds` on every connection. Raises LoadError at the first wrong answer."""
    request = _request(told["port"], told["token"], told["body"])
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    until = began + told["seconds"]
    connections = []
    for _ in range(told["connections"]):
        ended = loop.create_future()
        connection = _Connection(request, until, ended)
        await loop.create_connection(lambda c=connection: c, "127.0.0.1", told["port"])
        connections.append((connection, ended))
    try:
        await asyncio.gather(*(ended for _, ended in connections))
    finally:
        for connection, ended in connections:
            ended.cancel()
            connection.close()
    seconds = time.perf_counter() - began
    latencies = sorted(one for connection, _ in connections for one in connection.latencies)
    return {
        "requests": len(latencies),
        "seconds": seconds,
        "p50_ms": latencies[len(latencies) // 2] * 1_000,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1_000,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(load(json.load(sys.stdin)))))
