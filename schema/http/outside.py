"""Errors outside `/graphql`: no such path, a method it lacks, a fault of ours, as JSON too."""

from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from schema.http.endpoint import context_of
from schema.http.incoming import Incoming
from schema.http.negotiation import JSON
from schema.http.respond import Outcome, respond
from schema.http.status import Envelope, Returned


async def answer_elsewhere(request: Request, failure: Exception) -> Response:
    """The answer to what Starlette or a handler raised; unknown faults are masked and logged."""
    error: GraphQLError
    match failure:
        case HTTPException(status_code=404):
            error = Returned(Envelope.PATH, "没有这个地址", "no such path")
        case HTTPException(status_code=405, headers=headers):
            error = Returned(Envelope.METHOD, "不支持该方法", "not a method of this path", headers)
        case _:
            error = GraphQLError(str(failure), original_error=failure)
    return respond(Outcome([error]), context_of(Incoming.of(request.scope, request.receive)), JSON)
