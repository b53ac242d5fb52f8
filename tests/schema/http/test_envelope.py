"""What is wrong around a GraphQL request: each fault has its status, its header and its reason."""

import asyncio
import json
from typing import Any

import orjson
import pytest

from schema.errors import CATALOGUE, Code
from schema.http import Endpoint
from schema.http.negotiation import GRAPHQL, JSON
from schema.http.status import Envelope, status
from tests.schema.asking import app, send, whole_schema

TYPENAME = {"query": "{ __typename }"}
MUTATION = "mutation { __typename }"


def test_the_whole_table() -> None:
    """Every reason under both media types; a reason that is added must be put here."""
    table = {
        None: (200, 200),
        Envelope.PARAMETERS: (400, 400),
        Envelope.PATH: (404, 404),
        Envelope.METHOD: (405, 405),
        Envelope.NOT_ACCEPTABLE: (406, 406),
        Envelope.SLOW: (408, 408),
        Envelope.TOO_LARGE: (413, 413),
        Envelope.MEDIA_TYPE: (415, 415),
        Code.GRAPHQL_PARSE_FAILED: (200, 400),
        Code.GRAPHQL_VALIDATION_FAILED: (200, 400),
        Code.BAD_USER_INPUT: (200, 400),
        Code.BAD_CURSOR: (200, 400),
        Code.COST_LIMIT_EXCEEDED: (200, 400),
        Code.PERSISTED_QUERY_NOT_FOUND: (200, 400),
        Code.UNAUTHENTICATED: (401, 401),
        Code.FORBIDDEN: (403, 403),
        Code.TENANT_SUSPENDED: (403, 403),
        Code.DOCUMENT_NOT_ALLOWED: (403, 403),
        Code.THROTTLED: (429, 429),
        Code.INTERNAL: (500, 500),
        Code.READ_ONLY: (503, 503),
        Code.TIMEOUT: (503, 503),
    }
    assert set(table) == {None, *Envelope, *Code}
    assert {why: (status(why, JSON), status(why, GRAPHQL)) for why in table} == table


def test_every_code_speaks_both_languages() -> None:
    assert set(CATALOGUE) == set(Code)
    for zh, en in CATALOGUE.values():
        assert not zh.isascii() and en.isascii()


@pytest.mark.parametrize(
    ("method", "options", "expected", "header", "word"),
    [
        ("PUT", {}, 405, ("allow", "GET, HEAD, POST, OPTIONS"), "POST"),
        ("DELETE", {}, 405, ("allow", "GET, HEAD, POST, OPTIONS"), "POST"),
        ("GET", {"params": {"query": MUTATION}}, 405, ("allow", "POST"), "POST"),
        ("HEAD", {"params": {"query": MUTATION}}, 405, ("allow", "POST"), None),
        ("POST", {"json": TYPENAME, "headers": {"accept": "text/html"}}, 406, None, JSON),
        ("POST", {"data": {"query": "{x}"}}, 415, ("accept-post", JSON), JSON),
        ("POST", {"content": b"{}"}, 415, ("accept-post", JSON), JSON),
        ("POST", {"json": [TYPENAME]}, 400, None, "批量"),
        ("POST", {"json": "text"}, 400, None, "对象"),
        ("POST", {"json": {"query": None}}, 400, None, "query"),
        ("GET", {}, 400, None, "query"),
        ("GET", {"params": {**TYPENAME, "variables": "{"}}, 400, None, "variables"),
        ("GET", {"params": {**TYPENAME, "variables": "[]"}}, 400, None, "variables"),
        ("GET", {"params": {**TYPENAME, "extensions": "1"}}, 400, None, "extensions"),
        ("GET", {"params": [*TYPENAME.items(), *TYPENAME.items()]}, 400, None, "一次"),
    ],
)
async def test_a_request_that_is_none(
    method: str,
    options: dict[str, Any],
    expected: int,
    header: tuple[str, str] | None,
    word: str | None,
) -> None:
    answer = await send(method, **options)
    assert answer.status_code == expected
    assert answer.headers["content-type"].startswith(JSON)
    if header is not None:
        assert answer.headers[header[0]] == header[1]
    if word is None:
        assert answer.content == b""
        return
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert word in error["message"] and "data" not in answer.json()


@pytest.mark.parametrize(
    ("content_type", "coding", "expected"),
    [
        (JSON, None, 200),
        ('Application/JSON ; Charset="UTF-8"', None, 200),
        (JSON, "identity", 200),
        (f"{JSON}; charset=gb18030", None, 415),
        (GRAPHQL, None, 415),
        ("application/graphql", None, 415),
        ("application/jsonp", None, 415),
        (f"text/plain, {JSON}", None, 415),
        (JSON, "gzip", 415),
    ],
)
async def test_only_plain_json_is_read(
    content_type: str, coding: str | None, expected: int
) -> None:
    headers = {"content-type": content_type} | ({"content-encoding": coding} if coding else {})
    answer = await send("POST", content=json.dumps(TYPENAME).encode(), headers=headers)
    assert answer.status_code == expected


@pytest.mark.parametrize("raw", [b"", b"{", b'{"query": "\xff"}', b"\xff\xfe{}", b"[" * 2_000])
async def test_what_is_no_json_in_utf8(raw: bytes) -> None:
    answer = await send("POST", content=raw, headers={"content-type": JSON})
    assert answer.status_code == 400
    assert "JSON" in answer.json()["errors"][0]["message"]


async def test_a_body_over_the_limit() -> None:
    filler = "x" * (1 << 20)
    answer = await send("POST", json={**TYPENAME, "filler": filler})
    assert answer.status_code == 413
    assert str(1 << 20) in answer.json()["errors"][0]["message"]
    assert (await send("POST", json={**TYPENAME, "filler": filler[:-100]})).status_code == 200


async def test_a_body_that_does_not_arrive() -> None:
    """A client that holds its body back is let go; one that is only slow is not."""
    endpoint = Endpoint(whole_schema(), timeout_s=0.2)

    async def asked(pause_s: float) -> int:
        parts = [orjson.dumps(TYPENAME)[:5], orjson.dumps(TYPENAME)[5:]]

        async def receive() -> dict[str, Any]:
            await asyncio.sleep(pause_s)
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"",
                 "headers": [(b"content-type", b"application/json")]}  # fmt: skip
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await endpoint(scope, receive, send)
        status: int = sent[0]["status"]
        return status

    assert await asked(0.01) == 200
    assert await asked(10) == 408


@pytest.mark.parametrize("media_type", [JSON, GRAPHQL])
@pytest.mark.parametrize("name", [None, "c", ""])
async def test_no_operation_is_chosen_for_the_client(media_type: str, name: str | None) -> None:
    """The mutation would fail differently, and the query would answer."""
    document = "query a { __typename } mutation b { __typename }"
    body = {"query": document, "operationName": name}
    answer = await send("POST", json=body, headers={"accept": media_type})
    assert answer.status_code == (400 if media_type == GRAPHQL else 200)
    assert set(answer.json()) == {"errors", "extensions"}
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    named = await send("POST", json={"query": document, "operationName": "a"})
    assert named.json()["data"] == {"__typename": "Query"}


async def test_a_get_runs_the_query_it_names_and_no_mutation() -> None:
    document = "query a { __typename } mutation b { __typename }"
    answer = await send("GET", params={"query": document, "operationName": "a"})
    assert (answer.status_code, answer.json()["data"]) == (200, {"__typename": "Query"})
    answer = await send("GET", params={"query": document, "operationName": "b"})
    assert answer.status_code == 405


async def test_head_answers_like_get_without_the_body() -> None:
    get, head = [await send(m, params=TYPENAME) for m in ("GET", "HEAD")]
    assert head.content == b"" and head.status_code == get.status_code == 200
    kept = ("content-type", "cache-control", "vary")
    assert [head.headers[name] for name in kept] == [get.headers[name] for name in kept]


async def test_options_says_what_is_allowed() -> None:
    answer = await send("OPTIONS")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"


async def test_a_document_known_by_its_hash_only() -> None:
    """Apollo's client sends the text after this code (Automatic Persisted Queries)."""
    hashed = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
    for body in ({"extensions": hashed}, {"documentId": "sha256:" + "0" * 64}):
        answer = await send("POST", json=body)
        assert answer.status_code == 200
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    answer = await send("POST", json={**TYPENAME, "extensions": hashed})
    assert answer.json()["data"] == {"__typename": "Query"}


async def test_every_answer_is_compact_utf8_that_nobody_stores() -> None:
    query = '{ __type(name: "Institution") { description } }'
    for body, expected in ((query, 200), ("{", 400)):
        answer = await send("POST", json={"query": body}, headers={"accept": GRAPHQL})
        assert answer.status_code == expected
        assert answer.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["vary"] == "Accept, Accept-Language, Authorization"
        assert answer.content == orjson.dumps(answer.json())
    chinese = (await send("POST", json={"query": query})).content
    assert "机构".encode() in chinese and b"\\u" not in chinese


@pytest.mark.parametrize(
    ("method", "path", "expected", "code"),
    [
        ("GET", "/nowhere", 404, "BAD_USER_INPUT"),
        ("POST", "/livez", 405, "BAD_USER_INPUT"),
        ("PROPFIND", "/graphql", 405, "BAD_USER_INPUT"),
        ("GET", "/broken", 500, "INTERNAL"),
    ],
)
async def test_errors_outside_the_endpoint_are_json_too(
    method: str, path: str, expected: int, code: str
) -> None:
    async def broken(_request: Any) -> Any:
        raise RuntimeError("secret")

    served = app()
    before = list(served.router.routes)
    served.router.add_route("/broken", broken)
    try:
        answer = await send(method, path=path, headers={"accept-language": "en"})
    finally:
        served.router.routes[:] = before
    assert answer.status_code == expected
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == code and len(error["extensions"]["requestId"]) == 16
    assert error["message"].isascii() and "secret" not in answer.text
    assert ("allow" in answer.headers) == (expected == 405)
