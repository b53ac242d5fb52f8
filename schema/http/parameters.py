"""The GraphQL request inside an HTTP request: query, variables, operationName, extensions."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.datastructures import QueryParams

from schema.errors import Code, refused
from schema.http.incoming import Gone, Incoming
from schema.http.negotiation import JSON, is_json_in_utf8
from schema.http.status import Envelope, Returned
from schema.limits.numbers import Limits
from schema.limits.values import check_body

ALLOWED = "GET, HEAD, POST, OPTIONS"


@dataclass(frozen=True, slots=True)
class Parameters:
    """One GraphQL request (GraphQL over HTTP draft, §5.1)."""

    query: str
    variables: dict[str, Any]
    operation_name: str | None


def _wrong(name: str, zh: str, en: str) -> Returned:
    return Returned(Envelope.PARAMETERS, f"`{name}` 必须是{zh}", f"`{name}` must be {en}")


async def parameters(
    request: Incoming, limits: Limits, deadline: float, charge: Callable[[int], object]
) -> Parameters:
    """The request's parameters, from the URL of a GET or the JSON body of a POST.

    A body has until `deadline` (the loop's clock) to arrive. `charge` takes the points that a
    large one costs whatever it says, before it is decoded, which blocks the loop.

    Raises Returned; Refused for a document that is named and not known, or for too many values.
    """
    match request.method:
        case "GET" | "HEAD":
            return _checked(_of_url(request))
        case "POST":
            body = await _received(request, limits.body_bytes, deadline)
            if (excess := len(body) - limits.body_bytes_free) > 0:
                charge(excess // limits.bytes_a_point)
            check_body(body, limits)
            return _checked(_decoded(body))
        case _:
            raise Returned(
                Envelope.METHOD,
                "请用 POST；查询也可用 GET",
                "use POST, or GET for a query",
                {"Allow": ALLOWED},
            )


def _of_url(request: Incoming) -> dict[str, Any]:
    found: dict[str, Any] = {}
    told = QueryParams(request.query_string)
    for name in ("query", "operationName", "variables", "extensions", "documentId"):
        values = told.getlist(name)
        if len(values) > 1:
            raise Returned(
                Envelope.PARAMETERS, f"`{name}` 只能出现一次", f"`{name}` may stand once"
            )
        if values and values[0]:
            found[name] = values[0]
    for name in ("variables", "extensions"):
        if name in found:
            try:
                found[name] = orjson.loads(found[name])
            except orjson.JSONDecodeError:
                raise _wrong(name, " JSON 对象", "a JSON object") from None
    return found


async def _received(request: Incoming, most_bytes: int, deadline: float) -> bytes:
    """The body. What says itself that it is too large is refused unread."""
    coding = request.headers.get("content-encoding", "identity").lower()
    if not is_json_in_utf8(request.headers.get("content-type", "")) or coding != "identity":
        raise Returned(
            Envelope.MEDIA_TYPE,
            f"请求体必须是 {JSON}，UTF-8，不压缩",
            f"the body must be {JSON} in UTF-8, not compressed",
            {"Accept-Post": JSON, "Accept-Encoding": "identity"},
        )
    too_large = Returned(
        Envelope.TOO_LARGE, f"请求体最多 {most_bytes} 字节", f"the body may have {most_bytes} bytes"
    )
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and (len(told) > 18 or int(told) > most_bytes):
        raise too_large
    try:
        async with asyncio.timeout_at(deadline):
            received = await request.body(most_bytes)
    except (TimeoutError, Gone):
        raise Returned(Envelope.SLOW, "请求体未及时到达", "the body did not arrive") from None
    if received is None:
        raise too_large
    return received


def _decoded(received: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(received)
    except orjson.JSONDecodeError:
        raise Returned(
            Envelope.PARAMETERS, "请求体不是 UTF-8 的 JSON", "the body is not JSON in UTF-8"
        ) from None
    if isinstance(body, list):
        raise Returned(
            Envelope.PARAMETERS,
            "不支持批量请求，请逐个发送",
            "a batch is not taken; send one request at a time",
        )
    if not isinstance(body, dict):
        raise Returned(
            Envelope.PARAMETERS, "请求体必须是 JSON 对象", "the body must be a JSON object"
        )
    return body


def _checked(given: dict[str, Any]) -> Parameters:
    query, name = given.get("query"), given.get("operationName")
    variables, extensions = given.get("variables"), given.get("extensions")
    if name is not None and not isinstance(name, str):
        raise _wrong("operationName", "字符串", "a string")
    if variables is not None and not isinstance(variables, dict):
        raise _wrong("variables", "对象", "an object")
    if extensions is not None and not isinstance(extensions, dict):
        raise _wrong("extensions", "对象", "an object")
    if query is None and (given.get("documentId") or "persistedQuery" in (extensions or {})):
        raise refused(Code.PERSISTED_QUERY_NOT_FOUND)
    if not isinstance(query, str):
        raise _wrong("query", "字符串", "a string")
    return Parameters(query, variables or {}, name)
