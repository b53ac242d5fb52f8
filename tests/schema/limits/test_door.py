"""The limits through the HTTP door: hostile documents, the price of reading, debt, a free loop."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from graphql import get_introspection_query
from starlette.applications import Starlette

from schema.app import application
from schema.documents import Documents
from schema.http import Endpoint, introspection, parameters
from schema.http.negotiation import GRAPHQL
from schema.limits.numbers import DEFAULT
from tests.schema.asking import send, whole_schema
from tests.schema.limits.hostile import corpus

RICH = replace(DEFAULT, client_points=1 << 40)


def _served(**bounds: Any) -> Starlette:
    return application(Endpoint(whole_schema(), replace(DEFAULT, **bounds)))


async def _asked(app: Starlette, document: str, **variables: Any) -> httpx2.Response:
    body = {"query": document, "variables": variables}
    return await send("POST", to=app, json=body, headers={"accept": GRAPHQL})


async def _chunks_read(
    app: Starlette, *headers: tuple[bytes, bytes], client: str = "127.0.0.1"
) -> int:
    """How often the application asks for the body of a POST."""
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def sent(message: Any) -> None:
        assert message.get("status", 400) >= 400

    scope = {
        **{"type": "http", "method": "POST", "path": "/graphql", "query_string": b""},
        **{"headers": [(b"content-type", b"application/json"), *headers], "http_version": "1.1"},
        **{"client": (client, 1), "server": ("127.0.0.1", 80), "scheme": "http"},
        **{"root_path": ""},
    }
    await app(scope, receive, sent)
    return read


async def test_each_hostile_kind_is_refused_through_the_door() -> None:
    app = application(Endpoint(whole_schema(), RICH))
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


async def test_reading_has_the_price_of_its_time_where_that_is_dearer() -> None:
    """Pairs of fragments: few characters, much to compare. The control asks for no more of it."""
    fragments = "".join(f" fragment F{i} on Tenant {{ name code id }}" for i in range(40))
    document = "{ tenant { name: id " + " ".join(f"...F{i}" for i in range(40)) + " } }" + fragments
    spent = []
    for points_a_ms in (1_000, 0):
        bounds = {"points_a_ms": points_a_ms, "read_ms_free": 0}
        app = _served(client_points=90_000, client_points_per_s=1, **bounds)
        left = (await _asked(app, document)).json()["extensions"]["cost"]["remaining"]
        spent.append(90_000 - left)
    for_characters = len(document) // DEFAULT.chars_a_point + DEFAULT.refusal_points
    print(f"{spent[0]} points for its time, {spent[1]} for its characters")
    assert spent[1] <= for_characters < spent[0]


async def test_a_request_that_is_none_has_the_price_of_a_refusal() -> None:
    app = _served(client_points_per_s=1)
    for left, body in ((9_900, "[]"), (9_800, "nothing"), (8_690, "x" * (1 << 20))):
        headers = {"content-type": "application/json", "accept": GRAPHQL}
        answer = await send("POST", to=app, content=body, headers=headers)
        cost = answer.json()["extensions"]["cost"]
        assert cost["requested"] == DEFAULT.refusal_points
        assert left <= cost["remaining"] <= left + 15, "a large body is paid for as well"


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    app = _served()
    for told, read in ((b"2000000", 0), (b"1048577", 0), (b"9" * 5_000, 0), (b"2", 1)):
        assert await _chunks_read(app, (b"content-length", told)) == read


async def test_values_are_counted_before_they_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control has one value, as long as all of them."""
    decoded = []
    whole = parameters.orjson.loads
    monkeypatch.setattr(
        parameters.orjson, "loads", lambda body: decoded.append(len(body)) or whole(body)
    )
    app = _served()
    document = "query($v: [ID!]!) { nodes(ids: $v) { id } }"
    answer = await _asked(app, document, v=["x"] * 50_000)
    code = answer.json()["errors"][0]["extensions"]["code"]
    assert (answer.status_code, code, decoded) == (400, "COST_LIMIT_EXCEEDED", [])
    await _asked(app, document, v=["x" * 200_000])
    assert len(decoded) == 1


async def test_an_answer_about_the_schema_is_kept_for_its_document_and_variables() -> None:
    document = (
        "query($is: Boolean!) { __typename __schema { queryType { name @include(if: $is) } } }"
    )
    made = []
    for app in (_served(), _served()):
        for flag in (True, False, True):
            answer = (await _asked(app, document, **{"is": flag})).json()
            assert answer["data"] == {
                "__typename": "Query",
                "__schema": {"queryType": {"name": "Query"} if flag else {}},
            }
            assert answer["extensions"]["cost"]["requested"] >= DEFAULT.schema_points
        made.append((await _asked(app, document)).json()["errors"][0]["extensions"]["code"])
    assert made == ["BAD_USER_INPUT"] * 2, "a fault is not taken for an answer"


async def test_an_answer_about_the_schema_is_made_once_and_beside_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []
    whole = introspection.run_at_once

    def run_at_once(*given: Any) -> Any:
        made.append(threading.current_thread().name)
        return whole(*given)

    monkeypatch.setattr(introspection, "run_at_once", run_at_once)
    app = _served()
    first, again = [(await _asked(app, get_introspection_query())).json() for _ in range(2)]
    assert first["data"] == again["data"] and len(first["data"]["__schema"]["types"]) > 50
    assert len(made) == 1 and made[0].startswith("reader")
    await _asked(app, "{ tenant { name } __schema { queryType { name } } }")
    assert len(made) == 1, "what asks for data too is run as ever"


async def test_a_client_in_debt_is_refused_before_its_body_is_read() -> None:
    app = _served(client_points=500, client_points_per_s=1)
    long = "{ " + "a" * 50_000 + " }"
    assert (await _asked(app, long)).status_code == 400
    assert await _chunks_read(app) == 0
    # The control: another network is heard.
    assert await _chunks_read(app, client="192.0.2.1") == 1


async def _here(task: Callable[[], Any]) -> Any:
    return task()


async def test_the_loop_goes_on_while_a_long_document_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control reads it on the loop."""
    documents = Documents(whole_schema()._schema)
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
    monkeypatch.setattr(documents, "aside", _here)
    assert (await documents.read("# again\n" + text)).errors
    on_the_loop = turns
    turning.cancel()
    print(f"{aside} turns of the loop meanwhile")
    assert (aside > 20, on_the_loop) == (True, 0)
