"""Asking the API as a client would: over HTTP, in this process."""

from dataclasses import replace
from functools import cache
from typing import Any

import httpx2
import orjson
from starlette.applications import Starlette

from schema.app import application
from schema.graphql import WanggeSchema, build
from schema.http import Endpoint
from schema.limits.numbers import DEFAULT
from tests.harness.asgi import call

RICH = replace(DEFAULT, client_points=1 << 40, tenant_points=1 << 40)


@cache
def whole_schema() -> WanggeSchema:
    """The schema, built once per process."""
    return build()


@cache
def app() -> Starlette:
    """The application that tests share; so do accounts that have one id in many databases."""
    return application(Endpoint(whole_schema(), RICH))


async def send(
    method: str,
    *,
    path: str = "/graphql",
    to: Starlette | None = None,
    **options: Any,
) -> httpx2.Response:
    """One HTTP request to an application, by default the shared one."""
    transport = httpx2.ASGITransport(app=to or app(), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://wangge.test") as client:
        # The library would ask for */* by itself.
        del client.headers["accept"]
        return await client.request(method, path, **options)


async def ask(
    token: str | None, document: str, language: str = "zh-CN", **variables: Any
) -> dict[str, Any]:
    """The body of the answer."""
    body = orjson.dumps({"query": document, "variables": variables})
    answer: dict[str, Any] = orjson.loads(await call(app(), token, body, language=language))
    return answer


async def data(token: str | None, document: str, **variables: Any) -> Any:
    """The data of an answer without errors."""
    answer = await ask(token, document, **variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]
