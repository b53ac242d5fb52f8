"""Who asks is the bearer token and nothing else; what is wrong with it is said by its status."""

import time
from typing import Any

import asyncpg
import pytest

from schema.context import PRINCIPALS
from tenants.auth.tokens import LIFETIME_S
from tests.harness.county import County
from tests.schema.asking import ask, data, send, whole_schema

VIEWER = {"query": "{ viewer { __typename } }"}


async def _asked(headers: Any, **options: Any) -> tuple[int, str | None, Any]:
    """Status, WWW-Authenticate and body."""
    options = {"json": VIEWER} | options
    answer = await send(options.pop("method", "POST"), headers=headers, **options)
    return answer.status_code, answer.headers.get("www-authenticate"), answer.json()


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.mark.parametrize("value", ["Bearer", "Bearer x", "Basic YTpi", "", "Bearer {token} x"])
async def test_a_wrong_token_is_401(county: County, value: str) -> None:
    token = county.token("admin")
    told = await _asked({"authorization": value.replace("{token}", token)})
    assert told[:2] == (401, 'Bearer realm="wangge", error="invalid_token"')
    assert told[2].keys() == {"errors"}
    assert told[2]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await _asked(_bearer(token)))[2]["data"] == {"viewer": {"__typename": "Viewer"}}


async def test_a_wrong_token_is_401_whatever_the_request_says(county: County) -> None:
    for options in ({"json": {"query": "{"}}, {"content": b"{", "json": None}):
        assert (await _asked(_bearer("x"), **options))[0] == 401


async def test_an_expired_token_is_401(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    token = county.token("admin")
    assert (await _asked(_bearer(token)))[0] == 200
    later = time.time() + LIFETIME_S + 1
    monkeypatch.setattr("tenants.auth.tokens.time.time", lambda: later)
    assert (await _asked(_bearer(token)))[0] == 401


async def test_a_closed_account_is_401_at_once(county: County, admin: asyncpg.Connection) -> None:
    """The account was known in memory: the statement finds out, and the answer is the same."""
    token = county.token("admin")
    query = {"query": "{ units(first: 1) { totalCount } viewer { __typename } }"}
    assert (await _asked(_bearer(token), json=query))[0] == 200
    await admin.execute(
        "UPDATE account SET disabled_at = now(), epoch = epoch + 1 WHERE id = $1",
        county.accounts["admin"],
    )
    for _ in range(2):
        code, challenge, body = await _asked(_bearer(token), json=query)
        assert (code, "data" in body) == (401, False)
        assert challenge is not None and "Bearer" in challenge
        assert "UNAUTHENTICATED" in [error["extensions"]["code"] for error in body["errors"]]


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize(
    "document",
    [
        "{ units(first: 1) { totalCount } }",
        'mutation { messageMarkRead(input: {id: "x"}) { userErrors { code } } }',
    ],
)
async def test_a_suspended_tenant_is_told_so(
    county: County, admin: asyncpg.Connection, is_known: bool, document: str
) -> None:
    token = county.token("admin")
    before = await ask(token, document)
    assert before["data"] is not None
    await admin.execute("UPDATE tenant SET status = 'SUSPENDED' WHERE number = $1", county.number)
    await admin.execute("UPDATE account SET epoch = epoch + 1 WHERE tenant_id = $1", county.number)
    if not is_known:
        PRINCIPALS.clear()
    answer = await send("POST", json={"query": document}, headers=_bearer(token))
    assert answer.status_code == 403 and "data" not in answer.json()
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "TENANT_SUSPENDED" and "停用" in error["message"]
    await admin.execute("UPDATE tenant SET status = 'ACTIVE' WHERE number = $1", county.number)
    assert (await ask(token, document))["data"] == before["data"]


async def test_a_command_without_a_token_is_401() -> None:
    code, challenge, body = await _asked({}, json={"query": _MARK})
    assert (code, challenge, "data" in body) == (401, 'Bearer realm="wangge"', False)


async def test_what_was_answered_is_not_lost_to_what_was_refused(county: County) -> None:
    """A status of 401 would hide the receipt of a report that was taken."""
    document = "mutation { a: __typename b: " + _MARK.removeprefix("mutation {")
    code, _, body = await _asked({}, json={"query": document})
    assert (code, body["data"]) == (200, {"a": "Mutation", "b": None})
    assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


_MARK = 'mutation { messageMarkRead(input: {id: "x"}) { userErrors { code } } }'


async def test_nothing_ambient_is_trusted(county: County) -> None:
    """CSRF has nothing to ride on: a browser sends cookies by itself, and they say nothing here.

    A page elsewhere can send a GET or a form without being asked first (no preflight); the GET
    runs as the public, the form is refused. The bearer token is the control.
    """
    token = county.token("admin")
    cookies = {"cookie": f"token={token}; authorization=Bearer {token}; session={token}"}
    nobody = {"viewer": None}
    assert (await _asked(cookies))[2]["data"] == nobody
    by_get: dict[str, Any] = {"method": "GET", "json": None}
    assert (await _asked(cookies, params=VIEWER, **by_get))[2]["data"] == nobody
    in_url = VIEWER | {"access_token": token, "authorization": f"Bearer {token}"}
    assert (await _asked({}, params=in_url, **by_get))[2]["data"] == nobody
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = cookies | {"content-type": content_type}
        content = b'{"query": "{ viewer { __typename } }"}'
        assert (await _asked(headers, content=content, json=None))[0] == 415
    known = await _asked(_bearer(token), params=VIEWER, **by_get)
    assert known[2]["data"] == {"viewer": {"__typename": "Viewer"}}


async def test_the_answer_sets_no_cookie_and_lets_no_other_origin_read(county: County) -> None:
    headers = _bearer(county.token("admin")) | {"origin": "https://elsewhere.example"}
    answer = await send("POST", json=VIEWER, headers=headers)
    assert not {"set-cookie", "access-control-allow-origin"} & set(answer.headers)


async def test_the_schema_is_for_everyone() -> None:
    assert (await data(None, "{ __schema { queryType { name } } }"))["__schema"]
    assert whole_schema()._schema.query_type is not None
