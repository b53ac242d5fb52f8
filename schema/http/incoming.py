"""An HTTP request as the endpoint needs it: the few headers it reads, the body when it comes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

Receive = Callable[[], Awaitable[Any]]

_READ = {
    name.encode(): name
    for name in (
        "accept",
        "accept-language",
        "authorization",
        "content-encoding",
        "content-length",
        "content-type",
    )
}


class Gone(Exception):
    """The client closed the connection before its body was complete."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request of ASGI; its headers are read once, which a general library does per name."""

    method: str
    query_string: bytes
    address: str
    headers: dict[str, str]
    receive: Receive

    @classmethod
    def of(cls, scope: Any, receive: Receive) -> "Incoming":
        """The request of an ASGI scope; of a header that came twice the first, of `accept` all."""
        found: dict[str, str] = {}
        for raw, value in scope["headers"]:
            name = _READ.get(raw)
            if name is None:
                continue
            if name not in found:
                found[name] = value.decode("latin-1")
            elif name == "accept":
                found[name] += "," + value.decode("latin-1")
        client = scope.get("client")
        return cls(
            scope["method"], scope["query_string"], client[0] if client else "", found, receive
        )

    async def body(self, most_bytes: int) -> bytes | None:
        """The body, None as soon as it is longer than it may be. Raises Gone."""
        message = await self.receive()
        received: bytes = message.get("body", b"")
        if message.get("more_body"):
            gathered = bytearray(received)
            while message.get("more_body") and len(gathered) <= most_bytes:
                message = await self.receive()
                gathered += message.get("body", b"")
            received = bytes(gathered)
        if message["type"] == "http.disconnect":
            raise Gone
        return received if len(received) <= most_bytes else None
