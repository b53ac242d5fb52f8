"""Asking the API as a client would: over HTTP, in this process."""

from functools import cache
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.routing import Route

from schema.graphql import build
from schema.http import Endpoint


@cache
def _app() -> Starlette:
    return Starlette(routes=[Route("/graphql", Endpoint(build()).__call__, methods=["POST"])])


async def ask(
    token: str | None, document: str, language: str = "zh-CN", **variables: Any
) -> dict[str, Any]:
    """The body of the answer."""
    headers = {"Accept-Language": language}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    transport = httpx2.ASGITransport(app=_app())
    async with httpx2.AsyncClient(transport=transport, base_url="http://wangge.test") as client:
        body = {"query": document, "variables": variables}
        response = await client.post("/graphql", json=body, headers=headers)
    answer: dict[str, Any] = response.json()
    return answer


async def data(token: str | None, document: str, **variables: Any) -> Any:
    """The data of an answer without errors."""
    answer = await ask(token, document, **variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]
