"""Slow, broken and read-only databases: code and path are right, nothing inner is told."""

import asyncio
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from infra.database.engine import Role, dispose
from schema.app import application
from schema.http import Endpoint
from tests.harness.county import County
from tests.schema.asking import ask, send, whole_schema
from tests.schema.world import World

_INSTITUTIONS = "{ institutions(first: 1) { nodes { name address } } viewer { __typename } }"


async def _asked_within(timeout_s: float, token: str, document: str) -> dict[str, Any]:
    endpoint = Endpoint(whole_schema(), timeout_s=timeout_s)
    # How long a new document takes on a busy machine is not what is looked at.
    await endpoint._documents.read(document)
    answer = await send(
        "POST",
        to=application(endpoint),
        json={"query": document},
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def test_a_field_that_outlasts_the_request_is_a_timeout_by_its_path(
    county: County, admin: asyncpg.Connection
) -> None:
    token = county.token("county_officer")
    document = "{ viewer { __typename } institutions(first: 1) { nodes { name } } }"
    async with admin.transaction():
        await admin.execute("LOCK TABLE institution IN ACCESS EXCLUSIVE MODE")
        body = await _asked_within(0.5, token, document)
        (error,) = body["errors"]
        assert error["extensions"]["code"] == "TIMEOUT" and error["path"] == ["institutions"]
        assert error["message"] == "处理超时"
        assert body["data"] == {"viewer": {"__typename": "Viewer"}, "institutions": None}
    # The connection that was left in the middle answers again, and so does the field.
    body = await _asked_within(10, token, document)
    assert body["data"]["institutions"] == {"nodes": []}


async def test_a_slow_statement_is_a_timeout_by_its_path(
    county: County, database: str, admin: asyncpg.Connection
) -> None:
    await admin.execute(
        f'ALTER ROLE {Role.API} IN DATABASE "{database}" SET statement_timeout = 200'
    )
    await dispose()
    async with admin.transaction():
        await admin.execute("LOCK TABLE institution IN ACCESS EXCLUSIVE MODE")
        body = await ask(county.token("county_officer"), _INSTITUTIONS)
    (error,) = body["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("TIMEOUT", ["institutions"])


async def test_a_command_that_outlasts_the_request_leaves_nothing(
    county: County, admin: asyncpg.Connection, mine: World
) -> None:
    document = f"""mutation {{
      messageMarkRead(input: {{ id: "{mine.ids["Message"]}" }}) {{ userErrors {{ code }} }} }}"""
    token = county.token("clue_officer")
    async with admin.transaction():
        await admin.execute("LOCK TABLE audit_link IN ACCESS EXCLUSIVE MODE")
        body = await _asked_within(0.5, token, document)
    (error,) = body["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("TIMEOUT", ["messageMarkRead"])
    await asyncio.sleep(0.2)
    assert await admin.fetchval("SELECT count(*) FROM message WHERE read_at IS NOT NULL") == 0
    body = await _asked_within(10, token, document)
    assert body["data"] == {"messageMarkRead": {"userErrors": []}}
    assert await admin.fetchval("SELECT count(*) FROM message WHERE read_at IS NOT NULL") == 1


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_an_unknown_failure_is_masked_and_logged_under_its_request(
    county: County, admin: asyncpg.Connection, language: str
) -> None:
    await admin.execute("ALTER TABLE institution RENAME COLUMN address TO hidden_detail")
    with capture_logs() as logs:
        body = await ask(county.token("county_officer"), _INSTITUTIONS, language)
    (error,) = body["errors"]
    assert error["path"] == ["institutions"] and body["data"]["viewer"] is not None
    assert error["message"] == {"zh-CN": "内部错误", "en": "internal error"}[language]
    assert set(error["extensions"]) == {"code", "requestId"}
    assert error["extensions"]["code"] == "INTERNAL"
    for word in ("address", "hidden", "column", "sql", "asyncpg"):
        assert word not in error["message"]
    (logged,) = [entry for entry in logs if entry["event"] == "internal_error"]
    assert "address" in str(logged["exc_info"])


async def test_a_failure_before_any_field_is_a_plain_500(
    county: County, admin: asyncpg.Connection
) -> None:
    await admin.execute("ALTER TABLE holding RENAME TO hidden_detail")
    answer = await send(
        "POST",
        json={"query": _INSTITUTIONS},
        headers={"authorization": f"Bearer {county.token('county_officer')}"},
    )
    assert answer.status_code == 500 and "data" not in answer.json()
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL" and "holding" not in answer.text


async def test_a_read_only_database_still_reads(
    county: County, database: str, admin: asyncpg.Connection, mine: World
) -> None:
    await admin.execute(f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
    await dispose()
    document = f"""mutation {{
      messageMarkRead(input: {{ id: "{mine.ids["Message"]}" }}) {{ userErrors {{ code }} }} }}"""
    body = await ask(county.token("clue_officer"), document)
    (error,) = body["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("READ_ONLY", ["messageMarkRead"])
    assert "只能查询" in error["message"]
    read = await ask(county.token("county_officer"), _INSTITUTIONS)
    assert len(read["data"]["institutions"]["nodes"]) == 1
