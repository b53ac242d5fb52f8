"""Top-level errors: a closed list of codes in two languages; the unknown is masked and logged."""

import asyncio
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from sqlalchemy.exc import DBAPIError

from infra.errors import DomainError, Forbidden
from tenants.compiled_door import StalePrincipal
from tenants.principal import TenantSuspended

log = structlog.get_logger(__name__)


class Code(StrEnum):
    """The codes of `errors[].extensions.code` (API guide, Errors)."""

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


CATALOGUE: dict[Code, tuple[str, str]] = {
    Code.GRAPHQL_PARSE_FAILED: ("文档语法有误", "the document has a syntax error"),
    Code.GRAPHQL_VALIDATION_FAILED: (
        "文档不符合接口定义",
        "the document does not fit the schema",
    ),
    Code.BAD_USER_INPUT: ("输入有误", "the input is not usable"),
    Code.BAD_CURSOR: (
        "游标不属于此列表或排序，请用它返回的游标",
        "not a cursor of this list and order; use one that it answered",
    ),
    Code.UNAUTHENTICATED: ("需要有效令牌", "a valid token is required"),
    Code.FORBIDDEN: ("无权限", "not allowed"),
    Code.PERSISTED_QUERY_NOT_FOUND: (
        "文档未登记，请发送全文",
        "no such document is registered; send its text",
    ),
    Code.DOCUMENT_NOT_ALLOWED: (
        "该客户端只能使用已登记的文档",
        "this client may send registered documents only",
    ),
    Code.COST_LIMIT_EXCEEDED: ("请求过大", "the request asks for too much"),
    Code.THROTTLED: ("请求过于频繁，请稍后再试", "too many requests; wait and try again"),
    Code.TENANT_SUSPENDED: ("该租户已停用", "this tenant is suspended"),
    Code.READ_ONLY: (
        "系统维护中，暂时只能查询",
        "under maintenance: only reading is possible for now",
    ),
    Code.TIMEOUT: ("处理超时", "took too long"),
    Code.INTERNAL: ("内部错误", "internal error"),
}
"""What each code says in Chinese and in English where nothing more exact is known."""

_OF_THE_DOCUMENT = frozenset(
    {Code.GRAPHQL_PARSE_FAILED, Code.GRAPHQL_VALIDATION_FAILED, Code.BAD_USER_INPUT}
)
"""Codes under which graphql-core's own words are told; all others have ours, which name no more
than the asker may learn."""

_ABOUT_VALUES = re.compile(
    r"""Variable ['"]\$\w+['"] has invalid |Expected value of type|Argument """
)
"""Words about a value; what is wrong with the document itself is a validation failure."""

_READ_ONLY_TRANSACTION = "25006"
"""SQLSTATE read_only_sql_transaction: a standby, or a database set to read only."""
_QUERY_CANCELED = "57014"
"""SQLSTATE query_canceled: statement_timeout ended it."""


class Refused(GraphQLError):
    """An error of ours: its code, its words in both languages, and how long to wait."""

    def __init__(
        self,
        code: Code,
        zh: str,
        en: str,
        nodes: Any = None,
        wait_s: float | None = None,
        original_error: Exception | None = None,
    ) -> None:
        extensions = {"code": code.value}
        super().__init__(en, nodes, original_error=original_error, extensions=extensions)
        self.zh = zh
        self.wait_s = wait_s


def refused(
    code: Code,
    *,
    zh: str | None = None,
    en: str | None = None,
    nodes: Any = None,
    wait_s: float | None = None,
    original_error: Exception | None = None,
) -> Refused:
    """An error of ours under a code, said in both languages (default: the catalogue's words).

    `nodes` are the places in the document, `wait_s` seconds after which a try may succeed.
    """
    usual_zh, usual_en = CATALOGUE[code]
    return Refused(code, zh or usual_zh, en or usual_en, nodes, wait_s, original_error)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.original_error if isinstance(error, GraphQLError) else None


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
        case TenantSuspended():
            return Code.TENANT_SUSPENDED
        case DomainError():
            return Code.BAD_USER_INPUT
        case StalePrincipal():
            return Code.UNAUTHENTICATED
        case TimeoutError() | asyncio.CancelledError():
            return Code.TIMEOUT
        case DBAPIError() as failed:
            return _of_database(getattr(failed.orig, "sqlstate", None))
        case other:
            return _of_database(getattr(other, "sqlstate", None))


def _of_database(state: str | None) -> Code:
    if state == _READ_ONLY_TRANSACTION:
        return Code.READ_ONLY
    return Code.TIMEOUT if state == _QUERY_CANCELED else Code.INTERNAL


def _said(error: GraphQLError, code: Code, language: str) -> str:
    """An error's words; graphql-core's own about a document or a value stay English."""
    zh = language != "en"
    for cause in _chain(error):
        if isinstance(cause, Refused):
            # A scalar's words stand inside graphql-core's, which name the variable.
            return error.message.replace(cause.message, cause.zh) if zh else error.message
        if isinstance(cause, DomainError):
            return "; ".join(fault.zh if zh else fault.en for fault in cause.faults)
    return error.message if code in _OF_THE_DOCUMENT else CATALOGUE[code][0 if zh else 1]


def waits_s(error: GraphQLError) -> float | None:
    """Seconds after which another try may succeed, where the error says so."""
    return next((c.wait_s for c in _chain(error) if isinstance(c, Refused)), None)


def formatted(error: GraphQLError, request_id: str, language: str = "zh") -> dict[str, Any]:
    """The wire form in the asker's language; unknown errors keep their detail in the log alone."""
    code = code_of(error)
    if code is Code.INTERNAL:
        log.error(
            "internal_error", request_id=request_id, exc_info=error.original_error, path=error.path
        )
    answer: dict[str, Any] = {"message": _said(error, code, language)}
    if error.locations:
        answer["locations"] = [place.formatted for place in error.locations]
    if error.path is not None:
        answer["path"] = error.path
    answer["extensions"] = {"code": code.value, "requestId": request_id}
    if (wait_s := waits_s(error)) is not None:
        answer["extensions"]["retryAfterMs"] = max(1, round(wait_s * 1_000))
    return answer
