"""The status table: what each refusal is on the wire, in one function."""

from collections.abc import Mapping
from enum import Enum, auto

from schema.errors import Code, Refused
from schema.http.negotiation import GRAPHQL


class Envelope(Enum):
    """What can be wrong with the HTTP request around a GraphQL request."""

    PATH = auto()
    METHOD = auto()
    NOT_ACCEPTABLE = auto()
    MEDIA_TYPE = auto()
    TOO_LARGE = auto()
    SLOW = auto()
    PARAMETERS = auto()


class Returned(Refused):
    """A request that is no GraphQL request: why, and headers that say what would be right."""

    def __init__(
        self,
        envelope: Envelope,
        zh: str,
        en: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        code = Code.TIMEOUT if envelope is Envelope.SLOW else Code.BAD_USER_INPUT
        super().__init__(code, zh, en)
        self.envelope = envelope
        self.headers = headers or {}


def status(why: Envelope | Code | None, media_type: str) -> int:
    """The status of an answer that was refused for a reason, or of one with data (None).

    RFC 9110 §15 and GraphQL over HTTP draft §6.4: an answer with `data` is 200 whatever errors
    it holds; to clients of `application/json` a fault of the document is 200 as well, because
    for them any other status may come from something between us.
    """
    match why:
        case None:
            return 200
        case Envelope.PARAMETERS:
            return 400
        case Envelope.PATH:
            return 404
        case Envelope.METHOD:
            return 405
        case Envelope.NOT_ACCEPTABLE:
            return 406
        case Envelope.SLOW:
            return 408
        case Envelope.TOO_LARGE:
            return 413
        case Envelope.MEDIA_TYPE:
            return 415
        case Code.UNAUTHENTICATED:
            return 401
        case Code.FORBIDDEN | Code.TENANT_SUSPENDED | Code.DOCUMENT_NOT_ALLOWED:
            return 403
        case Code.THROTTLED:
            return 429
        case Code.INTERNAL:
            return 500
        case Code.READ_ONLY | Code.TIMEOUT:
            return 503
        case _:
            return 400 if media_type == GRAPHQL else 200
