"""Writes an outcome as an HTTP response: JSON always, in the asker's language."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.responses import Response

from schema.context import Context
from schema.errors import Code, code_of, formatted, waits_s
from schema.http.status import Returned, status

_LOCALES = {"zh": "zh-CN", "en": "en"}
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
    headers = {
        "Cache-Control": "no-store",
        "Content-Language": _LOCALES[context.language],
        "Vary": "Accept, Accept-Language, Authorization",
        "X-Content-Type-Options": "nosniff",
    }
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
    extensions: dict[str, Any] = {}
    if context.cost is not None:
        extensions["cost"] = {
            "requested": context.cost.requested,
            "limit": context.cost.limit,
            "remaining": context.cost.remaining,
            "restorePerSecond": context.cost.restore_per_s,
        }
    if context.replayed:
        extensions["idempotentReplay"] = True
    if extensions:
        body["extensions"] = extensions
    return Response(
        orjson.dumps(body),
        status(why, media_type),
        headers,
        media_type=f"{media_type}; charset=utf-8",
    )


def _challenge(context: Context) -> str:
    return 'Bearer realm="wangge"' + (', error="invalid_token"' if context.has_token else "")
