"""Calling an application as a server calls it: a client library takes longer than what it asks."""

from typing import Any


async def call(app: Any, token: str | None, *body: bytes, language: str | None = None) -> bytes:
    """The body of the answer to one POST to `/graphql`, sent in one chunk or several."""
    sent = bytearray()
    waiting = list(body)
    headers = [
        (b"content-length", b"%d" % sum(map(len, body))),
        (b"content-type", b"application/json"),
    ]
    if token is not None:
        headers.append((b"authorization", b"Bearer " + token.encode()))
    if language is not None:
        headers.append((b"accept-language", language.encode()))
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers,
             "query_string": b"", "client": ("127.0.0.1", 1), "http_version": "1.1",
             "root_path": "", "scheme": "http", "server": ("127.0.0.1", 80)}  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.extend(message.get("body", b""))

    await app(scope, receive, send)
    return bytes(sent)
