"""GraphQL over HTTP: one endpoint, bearer tokens, JSON in and out."""

import asyncio
import hashlib
import secrets
import time
from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response

from infra.telemetry import REQUESTS
from schema.context import PRINCIPALS, Context
from schema.errors import Code, code_of, formatted, refused
from schema.graphql import WanggeSchema
from tenants.auth.tokens import InvalidToken, verify

MAX_BODY = 1 << 20
GRAPHQL = "application/graphql-response+json"
REQUEST_TIMEOUT_S = 15.0

log = structlog.get_logger(__name__)


def _media_type(request: Request) -> str:
    accepted = request.headers.get("accept", "")
    return GRAPHQL if GRAPHQL in accepted else "application/json"


def _status(code: Code, media_type: str) -> int:
    """Request errors: their own status for clients that know the new media type, 401 for all."""
    if code is Code.UNAUTHENTICATED:
        return 401
    return 400 if media_type == GRAPHQL or code is Code.BAD_USER_INPUT else 200


def _respond(body: dict[str, Any], status: int, media_type: str) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="wangge"'
    return Response(orjson.dumps(body), status, headers, media_type=f"{media_type}; charset=utf-8")


def _refuse(request: Request, request_id: str, status: int, code: Code, message: str) -> Response:
    body = {"errors": [formatted(refused(code, message), request_id)]}
    return _respond(body, status, _media_type(request))


async def _body(request: Request) -> bytes | None:
    """The body, or None when it is larger than MAX_BODY."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MAX_BODY:
            return None
    return bytes(received)


async def _identify(request: Request) -> Context | GraphQLError:
    language = "en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh"
    address = request.client.host if request.client else ""
    context = Context(language=language, request_id=secrets.token_hex(8), address=address)
    authorization = request.headers.get("authorization")
    if authorization is None:
        return context
    scheme, _, token = authorization.partition(" ")
    failed = refused(Code.UNAUTHENTICATED, "not a valid token; 令牌无效或已过期")
    if scheme.lower() != "bearer":
        return failed
    try:
        identity = verify(token.strip())
    except InvalidToken:
        return failed
    context.principal = await PRINCIPALS.get(identity.tenant_id, identity.account_id)
    return failed if context.principal is None else context


class Endpoint:
    """The handler of `/graphql`."""

    def __init__(self, schema: WanggeSchema) -> None:
        self.schema = schema

    async def __call__(self, request: Request) -> Response:
        request_id = secrets.token_hex(8)
        if request.method != "POST":
            refusal = _refuse(request, request_id, 405, Code.BAD_USER_INPUT, "use POST; 请用 POST")
            refusal.headers["Allow"] = "POST"
            return refusal
        if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return _refuse(
                request, request_id, 415, Code.BAD_USER_INPUT, "the body must be application/json"
            )
        raw = await _body(request)
        if raw is None:
            return _refuse(request, request_id, 413, Code.BAD_USER_INPUT, "body over 1 MiB")
        try:
            document, variables, operation = _parameters(raw)
        except ValueError as error:
            return _refuse(request, request_id, 400, Code.BAD_USER_INPUT, str(error))
        context = await _identify(request)
        if isinstance(context, GraphQLError):
            body = {"errors": [formatted(context, request_id)]}
            return _respond(body, 401, _media_type(request))
        context.request_id = request_id
        context.document_key = hashlib.sha256(document.encode()).hexdigest()
        return await self._execute(request, context, document, variables, operation)

    async def _execute(
        self,
        request: Request,
        context: Context,
        document: str,
        variables: dict[str, Any] | None,
        operation: str | None,
    ) -> Response:
        began = time.perf_counter()
        structlog.contextvars.bind_contextvars(request_id=context.request_id)
        media_type = _media_type(request)
        try:
            async with context, asyncio.timeout(REQUEST_TIMEOUT_S):
                result = await self.schema.execute(
                    document,
                    variable_values=variables,
                    context_value=context,
                    operation_name=operation,
                )
            data, errors = result.data, list(result.errors or ())
        except TimeoutError:
            data, errors = None, [refused(Code.TIMEOUT, "took too long; 处理超时")]
        except Exception as error:
            # Strawberry raises for a request without a runnable operation.
            data, errors = None, [GraphQLError(str(error))]
        body: dict[str, Any] = {}
        status = 200
        if errors:
            body["errors"] = [formatted(error, context.request_id) for error in errors]
            if data is None and all(error.path is None for error in errors):
                status = _status(code_of(errors[0]), media_type)
        if data is not None or not errors or any(error.path for error in errors):
            body["data"] = data
        if context.replayed:
            body["extensions"] = {"idempotentReplay": True}
        seconds = time.perf_counter() - began
        REQUESTS.labels("error" if errors else "ok").observe(seconds)
        log.info(
            "graphql",
            operation=operation,
            tenant=context.scope.tenant_id,
            errors=[code_of(error).value for error in errors],
            ms=round(seconds * 1_000, 2),
        )
        structlog.contextvars.clear_contextvars()
        return _respond(body, status, media_type)


def _parameters(raw: bytes) -> tuple[str, dict[str, Any] | None, str | None]:
    """query, variables, operationName. Raises ValueError saying what is wrong."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise ValueError("the body is not JSON; 请求体不是 JSON") from None
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        raise ValueError("`query` must be a string; `query` 必须是字符串")
    variables, operation = body.get("variables"), body.get("operationName")
    if variables is not None and not isinstance(variables, dict):
        raise ValueError("`variables` must be an object; `variables` 必须是对象")
    if operation is not None and not isinstance(operation, str):
        raise ValueError("`operationName` must be a string; `operationName` 必须是字符串")
    return body["query"], variables, operation
