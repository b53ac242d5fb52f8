"""The limits through the HTTP door: hostile documents, the price of reading, debt, a free loop."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx2
from starlette.applications import Starlette

from schema.app import application
from schema.documents import Documents
from schema.graphql import build
from schema.http import Endpoint
from schema.http.negotiation import GRAPHQL
from schema.limits.numbers import DEFAULT
from tests.schema.asking import send
from tests.schema.limits.hostile import corpus

RICH = replace(DEFAULT, client_points=1 << 40)


def _served(**bounds: Any) -> Starlette:
    return application(Endpoint(build(), replace(DEFAULT, **bounds)))


async def _asked(app: Starlette, document: str, **variables: Any) -> httpx2.Response:
    body = {"query": document, "variables": variables}
    return await send("POST", to=app, json=body, headers={"accept": GRAPHQL})


async def test_each_hostile_kind_is_refused_through_the_door() -> None:
    app = application(Endpoint(build(), RICH))
    wrong = {}
    for one in corpus():
        try:
            answer = await _asked(app, one.query, **one.variables)
        except UnicodeEncodeError:
            continue  # a client cannot even write it
        ((code, *_),) = {tuple(e["extensions"]["code"] for e in answer.json()["errors"])}
        # A body that is too large as a whole is told before its document is seen.
        wanted = {413: "BAD_USER_INPUT", 400: one.code.value}.get(answer.status_code)
        if code != wanted or "data" in answer.json():
            wrong[one.kind] = (answer.status_code, code)
    assert wrong == {}


async def test_reading_a_new_document_has_a_price_once() -> None:
    app = _served(client_points_per_s=1)
    document = "{ __typename }" + " " * 8_000
    left = []
    for _ in range(2):
        cost = (await _asked(app, document)).json()["extensions"]["cost"]
        left.append((cost["requested"], cost["remaining"]))
    spent_first = DEFAULT.client_points - left[0][1]
    assert left[0][0] == left[1][0] == 1, "the price of the answer is told, that of reading is not"
    assert spent_first >= len(document) // DEFAULT.chars_a_point
    assert left[1][1] >= left[0][1] - 1


async def test_a_client_in_debt_is_refused_before_its_body_is_read() -> None:
    app = _served(client_points=500, client_points_per_s=1)
    long = "{ " + "a" * 50_000 + " }"
    assert (await _asked(app, long)).status_code == 400
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"{}", "more_body": False}

    statuses = []

    async def sent(message: Any) -> None:
        statuses.append(message.get("status"))

    scope = {
        **{"type": "http", "method": "POST", "path": "/graphql", "query_string": b""},
        **{"headers": [(b"content-type", b"application/json")], "http_version": "1.1"},
        **{"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "scheme": "http"},
        **{"root_path": ""},
    }
    await app(scope, receive, sent)
    assert (statuses[0], read) == (429, 0)
    # The control: another network is heard.
    await app({**scope, "client": ("192.0.2.1", 1)}, receive, sent)
    assert read == 1


async def test_the_loop_goes_on_while_a_long_document_is_read() -> None:
    """The control reads it on the loop."""
    documents = Documents(build()._schema)
    text = "{ tenant {" + "".join(f" namez{i}" for i in range(1_900)) + " } }"
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    await asyncio.sleep(0.01)
    turns = 0
    assert (await documents.read(text)).errors
    aside, turns = turns, 0
    assert documents.prepare("# again\n" + text).errors
    on_the_loop = turns
    turning.cancel()
    print(f"{aside} turns of the loop meanwhile")
    assert (aside > 20, on_the_loop) == (True, 0)
