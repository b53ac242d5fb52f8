"""Writes an outcome as an HTTP response: JSON always, in the asker's language."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.responses import Response

from schema.context import Context
from schema.errors import Code, code_of, formatted, waits_s
from schema.http.status import Returned, status

_LOCALES = {"zh": "zh-CN", "en": "en"}
_Header = tuple[bytes, bytes]
_OF_THE_ASKER = frozenset({Code.UNAUTHENTICATED, Code.TENANT_SUSPENDED, Code.THROTTLED})
"""Codes about the asker rather than a field: where nothing else was answered, they are the
answer, although only the statement found out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request: one that was refused has no `data`, an executed one has."""

    errors: Sequence[GraphQLError] = ()
    data: dict[str, Any] | orjson.Fragment | None = None
    """A Fragment is JSON already; it comes without errors."""
    executed: bool = False
    text: bytes | None = None
    """The JSON of the data of an answer without errors, where the fast door made it."""

    @property
    def refusal(self) -> GraphQLError | None:
        """The error that stands for the whole answer, if one does."""
        if not self.executed:
            return self.errors[0]
        if isinstance(self.data, orjson.Fragment):
            return None
        if any(value is not None for value in (self.data or {}).values()):
            return None
        return next((error for error in self.errors if code_of(error) in _OF_THE_ASKER), None)


def respond(outcome: Outcome, context: Context, media_type: str) -> Response:
    """The response: compact unescaped UTF-8 that nobody stores or sniffs.

    Its headers follow RFC 6750 §3 (WWW-Authenticate) and RFC 9110 §10.2.3 (Retry-After, whole
    seconds).
    """
    refusal = outcome.refusal
    headers = _usual_headers(context.language)
    body: dict[str, Any] = {}
    if outcome.errors:
        told = (formatted(e, context.request_id, context.language) for e in outcome.errors)
        body["errors"] = list(told)
    why: Any = None
    if refusal is None:
        body["data"] = outcome.data
    else:
        why = refusal.envelope if isinstance(refusal, Returned) else code_of(refusal)
        headers |= refusal.headers if isinstance(refusal, Returned) else {}
        if why is Code.UNAUTHENTICATED:
            headers["WWW-Authenticate"] = _challenge(context)
        if (wait_s := waits_s(refusal)) is not None:
            headers["Retry-After"] = str(math.ceil(wait_s))
    if extensions := _extensions(context):
        body["extensions"] = extensions
    return Response(
        orjson.dumps(body),
        status(why, media_type),
        headers,
        media_type=f"{media_type}; charset=utf-8",
    )


def plain(text: bytes, context: Context, media_type: str) -> tuple[list[_Header], bytes]:
    """Headers and body of a 200 whose data is JSON already; the same as `respond` would write."""
    extensions = _extensions(context)
    told = b',"extensions":' + orjson.dumps(extensions) if extensions else b""
    body = b'{"data":' + text + told + b"}"
    length = (b"content-length", str(len(body)).encode())
    return [length, *_plain_headers(context.language, media_type)], body


@lru_cache(maxsize=8)
def _plain_headers(language: str, media_type: str) -> list[_Header]:
    headers = _usual_headers(language) | {"Content-Type": f"{media_type}; charset=utf-8"}
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _usual_headers(language: str) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Content-Language": _LOCALES[language],
        "Vary": "Accept, Accept-Language, Authorization",
        "X-Content-Type-Options": "nosniff",
    }


def _extensions(context: Context) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if context.cost is not None:
        found["cost"] = {
            "requested": context.cost.requested,
            "limit": context.cost.limit,
            "remaining": context.cost.remaining,
            "restorePerSecond": context.cost.restore_per_s,
        }
    if context.replayed:
        found["idempotentReplay"] = True
    return found


def _challenge(context: Context) -> str:
    return 'Bearer realm="wangge"' + (', error="invalid_token"' if context.has_token else "")
