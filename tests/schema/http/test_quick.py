"""The fast door over HTTP: what is asked again is answered alike without the executor."""

from typing import Any

import pytest

from schema.app import application
from schema.http import Endpoint, endpoint
from schema.http.negotiation import GRAPHQL, JSON
from tests.harness.county import County
from tests.schema.asking import send, whole_schema

LIST = "query($n: Int!) { __typename institutions(first: $n) { nodes { name } totalCount } }"


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_asked_again_the_answer_is_the_same(
    county: County, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    app = application(Endpoint(whole_schema()))
    headers = {
        "authorization": f"Bearer {county.token('county_officer')}",
        "accept": accept,
        "accept-language": "en",
    }

    async def asked(count: Any) -> Any:
        body = {"query": LIST, "variables": {"n": count}}
        return await send("POST", to=app, json=body, headers=headers)

    first = await asked(3)
    assert first.status_code == 200 and "errors" not in first.json()
    wrong = await asked("3")

    async def never(*_given: Any) -> Any:
        raise AssertionError("the executor was asked")

    with monkeypatch.context() as patched:
        patched.setattr(endpoint, "run", never)
        again = await asked(3)
        other = await asked(4)
        control = await asked("3")
    assert control.status_code == 500, "what is wrong goes to the executor"
    assert again.status_code == other.status_code == 200
    assert dict(again.headers) == dict(first.headers)
    assert list(again.json()) == list(first.json()) == ["data", "extensions"]
    assert again.json()["data"] == first.json()["data"]
    # It is priced and charged like any other request.
    costs = [answer.json()["extensions"]["cost"] for answer in (first, again)]
    assert costs[0] | {"remaining": 0} == costs[1] | {"remaining": 0}
    assert costs[1]["remaining"] < 10_000
    assert (await asked("3")).json()["errors"][0]["message"] == wrong.json()["errors"][0]["message"]


async def test_head_and_get_of_a_known_document(county: County) -> None:
    app = application(Endpoint(whole_schema()))
    headers = {"authorization": f"Bearer {county.token('county_officer')}"}
    params = {"query": "{ institutions(first: 1) { totalCount } }"}
    await send("GET", to=app, params=params, headers=headers)
    get, head = [await send(m, to=app, params=params, headers=headers) for m in ("GET", "HEAD")]
    assert get.json()["data"] == {"institutions": {"totalCount": 0}} and head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]
