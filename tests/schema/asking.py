"""Asking the API as a client would: over HTTP, in this process."""

from dataclasses import replace
from functools import cache
from typing import Any

import httpx2
from starlette.applications import Starlette

from schema.app import application
from schema.graphql import build
from schema.http import Endpoint
from schema.limits.numbers import DEFAULT

RICH = replace(DEFAULT, client_points=1 << 40, tenant_points=1 << 40)


@cache
def app() -> Starlette:
    """The application that tests share; so do accounts that have one id in many databases."""
    return application(Endpoint(build(), RICH))


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
    headers = {"Accept-Language": language}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    response = await send("POST", json={"query": document, "variables": variables}, headers=headers)
    answer: dict[str, Any] = response.json()
    return answer


async def data(token: str | None, document: str, **variables: Any) -> Any:
    """The data of an answer without errors."""
    answer = await ask(token, document, **variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]
