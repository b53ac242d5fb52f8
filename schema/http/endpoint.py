"""The handler of `/graphql`: from request to answer, what costs little refused first."""

import asyncio
import logging
import secrets
import time
from functools import partial
from typing import Any

import orjson
import structlog
from graphql import ExecutionResult, GraphQLError, OperationType
from starlette.responses import Response

from infra.telemetry import REQUESTS, told
from schema.compiler.quick import answer
from schema.context import PRINCIPALS, Context, Cost
from schema.documents import Documents, Prepared
from schema.errors import Code, Refused, code_of, refused
from schema.graphql import WanggeSchema
from schema.http.incoming import Incoming
from schema.http.introspection import SchemaAnswers
from schema.http.negotiation import GRAPHQL, JSON, language_for, media_type_for
from schema.http.parameters import ALLOWED, Parameters, parameters
from schema.http.respond import Outcome, plain, respond
from schema.http.run import run
from schema.http.status import Envelope, Returned
from schema.limits.bucket import PUBLIC, Buckets, Taken, client_key
from schema.limits.numbers import DEFAULT, Limits
from schema.limits.values import check_variables
from tenants.auth.tokens import Identity, InvalidToken, verify

REQUEST_TIMEOUT_S = 15.0
"""From the first header to the last field; the longest that a mini program waits is 60 s."""

log = logging.getLogger(__name__)


class Endpoint:
    """Answers GraphQL requests over HTTP against a schema."""

    def __init__(
        self,
        schema: WanggeSchema,
        limits: Limits = DEFAULT,
        timeout_s: float = REQUEST_TIMEOUT_S,
    ) -> None:
        self._schema = schema._schema
        self._limits = limits
        self._timeout_s = timeout_s
        self._documents = Documents(self._schema, limits)
        self._about_schema = SchemaAnswers(self._schema, self._documents)
        self.buckets = Buckets(limits)
        self._answered_well = REQUESTS.labels("ok")
        self._failed = REQUESTS.labels("error")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one HTTP request (ASGI); its faults are answers too."""
        if scope["method"] == "OPTIONS":
            await Response(None, 204, {"Allow": ALLOWED})(scope, receive, send)
            return
        began = time.perf_counter()
        request = Incoming.of(scope, receive)
        context = context_of(request)
        media_type = media_type_for(request.headers.get("accept", ""))
        outcome = await self._outcome(request, context, media_type)
        if outcome.text is not None and media_type is not None:
            status = 200
            headers, body = plain(outcome.text, context, media_type)
        else:
            try:
                response = respond(outcome, context, media_type or JSON)
            except Exception as error:
                outcome = _broken(error)
                response = respond(outcome, context, media_type or JSON)
            status, headers = response.status_code, response.raw_headers
            body = bytes(response.body)
        seconds = time.perf_counter() - began
        (self._failed if outcome.errors else self._answered_well).observe(seconds)
        facts = {
            "request_id": context.request_id,
            "tenant": context.scope.tenant_id,
            "document": context.document_key[:16],
            "status": status,
            "points": context.cost.requested if context.cost else None,
            "errors": [code_of(error).value for error in outcome.errors],
            "ms": round(seconds * 1_000, 2),
        }
        told(log, "graphql", facts)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        is_head = request.method == "HEAD"
        await send({"type": "http.response.body", "body": b"" if is_head else body})

    async def _outcome(
        self, request: Incoming, context: Context, media_type: str | None
    ) -> Outcome:
        try:
            if media_type is None:
                raise Returned(
                    Envelope.NOT_ACCEPTABLE,
                    f"只能以 {GRAPHQL} 或 {JSON} 回答",
                    f"answers are {GRAPHQL} or {JSON}",
                )
            deadline = asyncio.get_running_loop().time() + self._timeout_s
            identity = identity_of(request.headers.get("authorization"))
            spender = spender_of(identity, context.address)
            # A client in debt is sent away before its body and document cost anything.
            self._admit(context, 0, self.buckets.take(*spender, 0))
            try:
                asked = await parameters(
                    request, self._limits, deadline, partial(self.buckets.charge, *spender)
                )
            except Refused as error:
                if code_of(error) is not Code.PERSISTED_QUERY_NOT_FOUND:
                    self._charge_refusal(context, spender)
                raise
            context.deadline = deadline
            return await self._answered(request.method, identity, spender, asked, context)
        except GraphQLError as error:
            return Outcome([error])
        except Exception as error:
            return _broken(error)

    async def _answered(
        self,
        method: str,
        identity: Identity | None,
        spender: tuple[str, int],
        asked: Parameters,
        context: Context,
    ) -> Outcome:
        try:
            # First, because it is cheap: what is refused for its values needs no document read.
            check_variables(asked.variables, self._limits)
        except GraphQLError as error:
            self._charge_refusal(context, spender)
            return Outcome([error])
        prepared = self._documents.known(asked.query)
        if prepared is None:
            prepared = await self._read(asked.query, spender, context)
        context.document_key = prepared.key
        faults = prepared.errors
        if not faults:
            try:
                points = self._points(method, prepared, asked)
            except GraphQLError as error:
                faults = [error]
        if faults:
            self._charge_refusal(context, spender)
            return Outcome(faults)
        self._admit(context, points, self.buckets.take(*spender, points))
        if identity is not None:
            context.principal = PRINCIPALS.known(identity.tenant_id, identity.account_id)
        if identity is not None and context.principal is None:
            async with asyncio.timeout_at(context.deadline):
                context.principal = await PRINCIPALS.get(identity.tenant_id, identity.account_id)
            if context.principal is None:
                raise refused(Code.UNAUTHENTICATED)
        name, variables = asked.operation_name, asked.variables
        operation = prepared.operation(name)
        result: orjson.Fragment | ExecutionResult | list[GraphQLError]
        if operation.is_about_schema:
            async with asyncio.timeout_at(context.deadline):
                result = await self._about_schema.of(prepared, name, variables, context)
            if isinstance(result, orjson.Fragment):
                return Outcome(data=result, executed=True)
        else:
            async with context:
                text = await answer(operation.recipes, variables, context)
                if text is not None:
                    return Outcome(text=text, executed=True)
                context.recipes = operation.recipes
                with structlog.contextvars.bound_contextvars(request_id=context.request_id):
                    result = await run(self._schema, prepared.document, name, variables, context)
        if isinstance(result, list):
            return Outcome(result)
        return Outcome(result.errors or (), result.data, executed=True)

    async def _read(self, text: str, spender: tuple[str, int], context: Context) -> Prepared:
        """A new document made ready, at the price of its characters or of the time it took."""
        told = len(text) // self._limits.chars_a_point
        self.buckets.charge(*spender, told)
        async with asyncio.timeout_at(context.deadline):
            prepared = await self._documents.read(text)
        dear_ms = prepared.cpu_s * 1_000 - self._limits.read_ms_free
        if (excess := round(dear_ms * self._limits.points_a_ms) - told) > 0:
            self.buckets.charge(*spender, excess)
        return prepared

    def _points(self, method: str, prepared: Prepared, asked: Parameters) -> int:
        """What the operation costs, at least a point. Raises GraphQLError when it may not run."""
        operation = prepared.operation(asked.operation_name)
        if operation.kind is OperationType.SUBSCRIPTION:
            raise refused(
                Code.BAD_USER_INPUT,
                zh="订阅不能以单次请求执行",
                en="a subscription is no single request",
            )
        if operation.kind is OperationType.MUTATION and method != "POST":
            raise Returned(
                Envelope.METHOD,
                "变更操作必须用 POST",
                "a mutation is sent by POST",
                {"Allow": "POST"},
            )
        return max(1, operation.price.checked(asked.variables, self._limits))

    def _charge_refusal(self, context: Context, spender: tuple[str, int]) -> None:
        spent = self._limits.refusal_points
        context.cost = self._cost(spent, self.buckets.charge(*spender, spent))

    def _cost(self, points: int, taken: Taken) -> Cost:
        return Cost(points, self._limits.client_points, taken.remaining, taken.restore_per_s)

    def _admit(self, context: Context, points: int, taken: Taken) -> None:
        """Let the client go on if it has the points. Raises Refused (THROTTLED)."""
        context.cost = self._cost(points, taken)
        if not taken.allowed:
            raise refused(Code.THROTTLED, wait_s=taken.retry_after_s)


def context_of(request: Incoming) -> Context:
    """Who asks from where and in which language, before anything is known of the asker."""
    headers = request.headers
    return Context(
        language=language_for(headers.get("accept-language", "")),
        request_id=secrets.token_hex(8),
        address=request.address,
        has_token="authorization" in headers,
    )


def _broken(failure: Exception) -> Outcome:
    """What is told of a fault of ours: masked, and logged by the error's own telling."""
    return Outcome([GraphQLError(str(failure), original_error=failure)])


def spender_of(identity: Identity | None, address: str) -> tuple[str, int]:
    """The client and the tenant whose buckets a request draws on."""
    if identity is None:
        return client_key(None, address), PUBLIC
    return client_key(identity.account_id, address), identity.tenant_id


def identity_of(authorization: str | None) -> Identity | None:
    """Whom the bearer token speaks for, None without one. Raises Refused (UNAUTHENTICATED)."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    try:
        if scheme.lower() == "bearer":
            return verify(token.strip())
    except InvalidToken:
        pass
    raise refused(Code.UNAUTHENTICATED, zh="令牌无效或已过期", en="not a valid token, or not now")
