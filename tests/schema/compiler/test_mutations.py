"""The transaction of a mutation field wraps resolver and completion."""

from typing import Any

import asyncpg
import orjson
import pytest

from schema.context import Context
from schema.errors import code_of, formatted
from tests.schema.compiler.conftest import World

ADD = """mutation($name: String!, $n: Int = 3) { schoolAdd(input: {name: $name}) {
  school { name tenant { name } children(first: $n) { totalCount } %s }
  userErrors { field message code } } }"""


async def _count(admin: asyncpg.Connection, name: str) -> int:
    found: int = await admin.fetchval("SELECT count(*) FROM fx_school WHERE name = $1", name)
    return found


async def _links(admin: asyncpg.Connection) -> int:
    found: int = await admin.fetchval("SELECT count(*) FROM audit_link WHERE action = 'fx.add'")
    return found


def _codes(answer: Any) -> list[str]:
    return [code_of(error).value for error in answer.errors or []]


def _data(answer: Any) -> Any:
    return orjson.loads(orjson.dumps(answer.data))


async def test_the_payload_sees_its_own_write(world: World, admin: asyncpg.Connection) -> None:
    document = ADD % "id masked secret pupils(first: $n) { totalCount }"
    answer = await world.ask(document, world.askers["all"], {"name": "新校"})
    assert answer.errors is None
    made = _data(answer)["schoolAdd"]
    assert made["userErrors"] == []
    assert made["school"]["name"] == "新校"
    assert made["school"]["tenant"] == {"name": "蒲城县"}
    assert made["school"]["secret"] == "cba"
    assert (await _count(admin, "新校"), await _links(admin)) == (1, 1)


@pytest.mark.parametrize(("language", "message"), [("zh", "太短"), ("en", "too short")])
async def test_a_refused_command_says_what_to_mend_and_leaves_nothing(
    world: World, admin: asyncpg.Connection, language: str, message: str
) -> None:
    answer = await world.ask(ADD % "id", world.askers["all"], {"name": "refused"}, language)
    assert answer.errors is None
    made = _data(answer)["schoolAdd"]
    assert made["school"] is None
    assert made["userErrors"][0] == {
        "field": ["input", "shortName"],
        "message": message,
        "code": "TOO_SHORT",
    }
    assert made["userErrors"][1]["code"] == "OTHER"
    assert (await _count(admin, "refused"), await _links(admin)) == (0, 0)


@pytest.mark.parametrize(("name", "code"), [("broken", "INTERNAL"), ("forbidden", "FORBIDDEN")])
async def test_a_failed_resolver_leaves_nothing_and_tells_nothing(
    world: World, admin: asyncpg.Connection, name: str, code: str
) -> None:
    answer = await world.ask(ADD % "id", world.askers["all"], {"name": name})
    assert answer.data == {"schoolAdd": None}
    (error,) = answer.errors or []
    told = formatted(error, "r1")
    assert told["extensions"] == {"code": code, "requestId": "r1"}
    assert told["path"] == ["schoolAdd"]
    assert "password" not in orjson.dumps(told).decode()
    assert (await _count(admin, name), await _links(admin)) == (0, 0)


async def test_a_payload_that_cannot_be_read_takes_the_write_back(
    world: World, admin: asyncpg.Connection
) -> None:
    document = ADD % "pupils(first: $n) { totalCount }"
    answer = await world.ask(document, world.askers["all"], {"name": "半", "n": 101})
    assert answer.data == {"schoolAdd": None}
    assert _codes(answer) == ["BAD_USER_INPUT"]
    assert (await _count(admin, "半"), await _links(admin)) == (0, 0)


async def test_a_failed_statement_of_the_payload_takes_the_write_back(
    world: World, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """COMMIT after a failed statement raises nothing: PostgreSQL just rolls back."""
    from schema.compiler import executor

    async def divided(connection: Any, *_rest: Any) -> str:
        found: str = await connection.fetchval("SELECT (1 / 0)::text")
        return found

    monkeypatch.setattr(executor, "read_json", divided)
    answer = await world.ask(ADD % "id", world.askers["all"], {"name": "零"})
    assert answer.data == {"schoolAdd": None}
    assert _codes(answer) == ["INTERNAL"]
    assert (await _count(admin, "零"), await _links(admin)) == (0, 0)


async def test_a_denied_field_of_the_payload_keeps_the_write(
    world: World, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stay(_context: Context) -> None:
        """Keep the fewer rights of this test; a mutation loads the account's own."""

    monkeypatch.setattr(Context, "refresh", stay)
    leader = await world.counties[0].principal("leader")
    document = ADD % "secret mentored(first: $n) { totalCount }"
    answer = await world.ask(document, leader, {"name": "留"})
    assert _codes(answer) == ["FORBIDDEN", "FORBIDDEN"]
    made = _data(answer)["schoolAdd"]["school"]
    assert (made["name"], made["secret"], made["mentored"]) == ("留", None, None)
    assert await _count(admin, "留") == 1


@pytest.mark.parametrize(("asker", "code"), [(None, "UNAUTHENTICATED"), ("province", "FORBIDDEN")])
async def test_who_may_not_write_is_told_so(world: World, asker: str | None, code: str) -> None:
    who = world.askers[asker] if asker else None
    answer = await world.ask(ADD % "id", who, {"name": "无"})
    assert answer.data == {"schoolAdd": None}
    assert _codes(answer) == [code]


async def test_fields_of_one_document_stand_or_fall_alone(
    world: World, admin: asyncpg.Connection
) -> None:
    document = """mutation { __typename
      a: schoolAdd(input: {name: "一"}) { school { name } }
      b: schoolAdd(input: {name: "broken"}) { school { name } }
      c: schoolAdd(input: {name: "三"}) { school { name } } }"""
    answer = await world.ask(document, world.askers["all"])
    assert _data(answer) == {
        "__typename": "Mutation",
        "a": {"school": {"name": "一"}},
        "b": None,
        "c": {"school": {"name": "三"}},
    }
    assert [error.path for error in answer.errors or []] == [["b"]]
    assert [await _count(admin, name) for name in ("一", "broken", "三")] == [1, 0, 1]


async def test_rights_are_those_of_the_moment(world: World, admin: asyncpg.Connection) -> None:
    """A cached principal that has lost its account writes nothing."""
    held = world.askers["all"]
    await admin.execute("UPDATE account SET disabled_at = now() WHERE id = $1", held.account_id)
    answer = await world.ask(ADD % "id", held, {"name": "晚"})
    assert _codes(answer) == ["UNAUTHENTICATED"]
    assert await _count(admin, "晚") == 0
