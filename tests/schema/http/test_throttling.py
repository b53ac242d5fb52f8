"""What a request costs is on every answer; who asks too much is told when to come back."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx2
from starlette.applications import Starlette

from schema.app import application
from schema.http import Endpoint
from schema.http.negotiation import GRAPHQL
from schema.limits.numbers import DEFAULT, Limits
from tests.harness.cluster import Cluster
from tests.harness.county import County
from tests.schema.asking import send, whole_schema
from tests.schema.compiler.server_log import executed

PAGE = "{ institutions(first: 20) { nodes { name } } }"


def _served(**bounds: Any) -> Starlette:
    """An application under limits of its own."""
    # How long reading takes differs from run to run.
    return application(Endpoint(whole_schema(), Limits(points_a_ms=0, **bounds)))


async def _asked(
    app: Starlette | None, token: str | None, document: str, **headers: str
) -> httpx2.Response:
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return await send("POST", to=app, json={"query": document}, headers=headers)


async def test_the_cost_is_on_every_answer(county: County) -> None:
    app, token = _served(), county.token("county_officer")
    left = DEFAULT.client_points
    for document, is_refused in (
        (PAGE, False),
        ("{ clues { totalCount } }", False),
        ("{", True),
        ("{ nothing }", True),
        ("query a { __typename } query b { __typename }", True),
    ):
        told = (await _asked(app, token, document)).json()["extensions"]["cost"]
        assert set(told) == {"requested", "limit", "remaining", "restorePerSecond"}
        assert told["limit"] == DEFAULT.client_points
        assert told["restorePerSecond"] == DEFAULT.client_points_per_s
        assert told["requested"] == DEFAULT.refusal_points if is_refused else told["requested"] > 0
        assert told["remaining"] < left or not is_refused
        left = told["remaining"]


async def test_the_cost_counts_rows(county: County) -> None:
    app, token = _served(), county.token("county_officer")
    few, many = [
        (await _asked(app, token, f"{{ institutions(first: {first}) {{ nodes {{ name }} }} }}"))
        .json()["extensions"]["cost"]["requested"]
        for first in (1, 100)
    ]  # fmt: skip
    assert few + 99 <= many


async def test_the_rate_limit_field_says_the_same(county: County) -> None:
    document = "{ rateLimit { limit remaining cost restorePerSecond resetAt } }"
    body = (await _asked(_served(), county.token("county_officer"), document)).json()
    field, told = body["data"]["rateLimit"], body["extensions"]["cost"]
    assert [field[k] for k in ("limit", "remaining", "cost", "restorePerSecond")] == [
        told[k] for k in ("limit", "remaining", "requested", "restorePerSecond")
    ]
    away = datetime.fromisoformat(field["resetAt"]) - datetime.now(UTC)
    assert abs(away) < timedelta(seconds=5)


async def test_over_the_limit_is_429_and_ends_by_itself(county: County) -> None:
    app = _served(client_points=100, client_points_per_s=50)
    token = county.token("county_officer")
    statuses = []
    for _ in range(12):
        answer = await _asked(app, token, PAGE, accept=GRAPHQL)
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            break
    assert statuses[0] == 200 and statuses[-1] == 429
    assert set(answer.json()) == {"errors", "extensions"}
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "THROTTLED" and "稍后" in error["message"]
    wait_ms, wait_s = error["extensions"]["retryAfterMs"], int(answer.headers["retry-after"])
    assert 0 < wait_ms <= wait_s * 1_000 < wait_ms + 1_000
    await asyncio.sleep(wait_ms / 1_000 + 0.05)
    assert (await _asked(app, token, PAGE)).status_code == 200


async def test_one_clients_bucket_is_not_anothers(county: County) -> None:
    app = _served(client_points=100, client_points_per_s=1)
    mine, other = county.token("county_officer"), county.token("leader")
    while (await _asked(app, mine, PAGE)).status_code == 200:
        pass
    assert (await _asked(app, mine, PAGE)).status_code == 429
    assert (await _asked(app, other, PAGE)).status_code == 200
    assert (await _asked(app, None, "{ __typename }")).status_code == 200


async def test_a_refused_request_asks_no_database(
    county: County, cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    """Not even for its principal: the token names the bucket. The control is an answered one."""
    app = _served(client_points=100, client_points_per_s=1)
    token, other = county.token("county_officer"), county.token("leader")
    while (await _asked(app, token, PAGE)).status_code == 200:
        pass
    async with executed(cluster, database, admin) as statements:
        assert (await _asked(app, token, PAGE)).status_code == 429
    assert len(statements) == 0
    async with executed(cluster, database, admin) as statements:
        assert (await _asked(app, other, PAGE)).status_code == 200
    assert len(statements) > 0


async def test_one_request_may_not_cost_too_much(
    county: County, cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    app, token = _served(points=50), county.token("county_officer")
    dear = "query($n: Int) { institutions(first: $n) { nodes { name } } }"
    assert (await _asked(app, token, PAGE)).status_code == 200
    async with executed(cluster, database, admin) as statements:
        body = {"query": dear, "variables": {"n": 100}}
        headers = {"authorization": f"Bearer {token}", "accept": GRAPHQL}
        answer = await send("POST", to=app, json=body, headers=headers)
    assert (answer.status_code, len(statements)) == (400, 0)
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "COST_LIMIT_EXCEEDED" and "50" in error["message"]
    assert answer.json()["extensions"]["cost"]["requested"] == DEFAULT.refusal_points
