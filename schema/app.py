"""The composition root of the web process."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.broker import ping
from infra.database.migrate import head_is_applied
from infra.embedded.process import die_with_parent
from infra.telemetry import configure_logging, exposition
from schema.files.http import Files
from schema.graphql import build
from schema.http import Endpoint
from schema.http.outside import answer_elsewhere
from schema.limits.numbers import DEFAULT, Limits
from tenants.scope import Scope
from tenants.session import close_connections, reading

PATH = "/graphql"
_METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]
"""All are routed, so that the endpoint itself says which it takes."""

SWITCH_S = 0.0005
"""How soon the thread that reads a document gives way to the loop; Python's 5 ms would be felt."""


async def _livez(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _readyz(_request: Request) -> Response:
    """Database, migration head and broker; 503 names what is missing."""
    found = {"database": "ok", "migrations": "ok", "broker": "ok"}
    try:
        async with asyncio.timeout(3), reading(Scope.county(0)) as session:
            connection = await session.connection()
            if not await head_is_applied(connection):
                found["migrations"] = "behind"
            await session.execute(text("SELECT 1"))
    except Exception as error:
        found["database"] = found["migrations"] = type(error).__name__
    try:
        await asyncio.wait_for(asyncio.to_thread(ping), 3)
    except Exception as error:
        found["broker"] = type(error).__name__
    ready = all(state == "ok" for state in found.values())
    return JSONResponse(found, 200 if ready else 503)


async def _metrics(_request: Request) -> Response:
    return Response(exposition(), media_type=CONTENT_TYPE_LATEST)


COLLECT_AT = 5_000
"""Objects more than at the last collection. Ten times as many, left in cycles by the documents
that one client has refused, take up to 170 ms to free, and nothing else runs meanwhile."""


def settle() -> None:
    """Tell the interpreter that the process is built and serves from now on."""
    # What lives as long as the process need not be walked at every collection.
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AT, 20, 50)
    sys.setswitchinterval(SWITCH_S)


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncIterator[None]:
    settle()
    try:
        yield
    finally:
        await close_connections()


class _Application(Starlette):
    """Routes, and a short way to the endpoint for what nearly all requests are."""

    endpoint: Endpoint

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            await self.endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def application(endpoint: Endpoint) -> Starlette:
    """The routes around an endpoint, with JSON for everything that goes wrong outside it."""
    made = _Application(
        lifespan=_lifespan,
        routes=[
            Route(PATH, endpoint, methods=_METHODS),
            Route("/files/{word}", Files(endpoint.buckets).__call__, methods=_METHODS),
            Route("/livez", _livez),
            Route("/readyz", _readyz),
            Route("/metrics", _metrics),
        ],
        exception_handlers={HTTPException: answer_elsewhere, Exception: answer_elsewhere},
    )
    made.endpoint = endpoint
    return made


def create_app(limits: Limits = DEFAULT) -> Starlette:
    """The ASGI application of a web process."""
    die_with_parent()
    configure_logging()
    return application(Endpoint(build(), limits))
