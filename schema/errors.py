"""Top-level errors: a closed list of codes; everything unknown is masked and logged."""

import asyncio
import re
from enum import StrEnum
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from sqlalchemy.exc import DBAPIError

from infra.errors import DomainError, Forbidden
from tenants.compiled_door import StalePrincipal

log = structlog.get_logger(__name__)


class Code(StrEnum):
    """The codes of `errors[].extensions.code`."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    BAD_CURSOR = "BAD_CURSOR"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    DOCUMENT_NOT_ALLOWED = "DOCUMENT_NOT_ALLOWED"
    COST_LIMIT_EXCEEDED = "COST_LIMIT_EXCEEDED"
    THROTTLED = "THROTTLED"
    TENANT_SUSPENDED = "TENANT_SUSPENDED"
    READ_ONLY = "READ_ONLY"
    TIMEOUT = "TIMEOUT"
    INTERNAL = "INTERNAL"


_ABOUT_VALUES = re.compile(
    r"""Variable ['"]\$\w+['"] has invalid |Expected value of type|Argument """
)
"""Words about a value; what is wrong with the document itself is a validation failure."""

_MESSAGES = {
    Code.FORBIDDEN: "not allowed; 无权限",
    Code.TIMEOUT: "took too long; 处理超时",
    Code.INTERNAL: "internal error; 内部错误",
    Code.UNAUTHENTICATED: "a valid token is required; 需要有效令牌",
}


def refused(
    code: Code, message: str, node: Any = None, *, original_error: Exception | None = None
) -> GraphQLError:
    """An error of ours with its code, at a node of the document where one is at fault."""
    return GraphQLError(
        message, node, original_error=original_error, extensions={"code": code.value}
    )


def code_of(error: GraphQLError) -> Code:
    """The code an error is told under."""
    given = (error.extensions or {}).get("code")
    if isinstance(given, str) and given in Code.__members__:
        return Code(given)
    if isinstance(error, GraphQLSyntaxError):
        return Code.GRAPHQL_PARSE_FAILED
    # graphql-core's own words about values; a scalar's complaint travels as their original.
    if _ABOUT_VALUES.match(error.message):
        return Code.BAD_USER_INPUT
    match error.original_error:
        case GraphQLError() as inner if inner is not error:
            return code_of(inner)
        case None:
            has_path = error.path is not None
            return Code.BAD_USER_INPUT if has_path else Code.GRAPHQL_VALIDATION_FAILED
        case Forbidden():
            return Code.FORBIDDEN
        case DomainError():
            return Code.BAD_USER_INPUT
        case StalePrincipal():
            return Code.UNAUTHENTICATED
        case TimeoutError() | asyncio.CancelledError():
            return Code.TIMEOUT
        case DBAPIError() as failed if "canceling statement" in str(failed.orig):
            return Code.TIMEOUT
        case _:
            return Code.INTERNAL


def formatted(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """The wire form; unknown errors keep their detail in the log alone."""
    code = code_of(error)
    told = error.formatted
    if code is Code.INTERNAL:
        log.error("internal_error", exc_info=error.original_error, path=error.path)
    answer: dict[str, Any] = {"message": _MESSAGES.get(code, told["message"])}
    if "locations" in told:
        answer["locations"] = told["locations"]
    if "path" in told:
        answer["path"] = told["path"]
    answer["extensions"] = {"code": code.value, "requestId": request_id}
    return answer
