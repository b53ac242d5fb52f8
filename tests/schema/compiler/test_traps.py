"""Faults that earlier prototypes had, each with a test."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import orjson
import pytest

from infra.database.engine import Role, dispose, pool
from infra.ids import encode_id
from schema.compiler.plan import PlanCache
from schema.compiler.sources import Root
from schema.context import PRINCIPALS
from schema.errors import code_of
from tenants.organisation import hold_post
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.schema.compiler import fixture_types
from tests.schema.compiler.conftest import World


async def _data(world: World, document: str, asker: str = "all", **variables: Any) -> Any:
    answer = await world.ask(document, world.askers[asker], variables)
    assert answer.errors is None, answer.errors
    return orjson.loads(orjson.dumps(answer.data))


async def _codes(world: World, document: str, asker: str = "all", **variables: Any) -> list[str]:
    answer = await world.ask(document, world.askers[asker], variables)
    return [code_of(error).value for error in answer.errors or []]


async def test_operations_sharing_a_fragment_have_their_own_plans(world: World) -> None:
    document = """
      query A($n: Int = 1) { schools(first: $n) { ...F totalCount } }
      query B($n: Int = 1) { schools(first: $n) { ...F nodes { kind } } }
      fragment F on FxSchoolConnection { nodes { name } }"""
    for _ in range(2):
        a = await world.ask(document, world.askers["all"], operation="A")
        b = await world.ask(document, world.askers["all"], operation="B")
        one, other = (orjson.loads(orjson.dumps(x.data))["schools"] for x in (a, b))
        assert set(one) == {"nodes", "totalCount"} and set(one["nodes"][0]) == {"name"}
        assert set(other) == {"nodes"} and set(other["nodes"][0]) == {"name", "kind"}


async def test_fields_of_one_name_merge(world: World) -> None:
    document = """{ schools(first: 1) { nodes { tenant { id } ... on Node { __typename }
      ...F figures { pupils } } } }
      fragment F on FxSchool { tenant { name } figures { __typename } }"""
    (school,) = (await _data(world, document))["schools"]["nodes"]
    assert set(school["tenant"]) == {"id", "name"}
    assert school["figures"]["__typename"] == "FxFigures"
    assert school["__typename"] == "FxSchool"


async def test_everything_skipped_leaves_an_empty_object(world: World) -> None:
    document = "query($s: Boolean!) { schools(first: 1) { nodes { name @skip(if: $s) } } }"
    assert (await _data(world, document, s=True))["schools"]["nodes"] == [{}]
    assert "name" in (await _data(world, document, s=False))["schools"]["nodes"][0]
    nothing = "query($s: Boolean!) { schools(first: 1) { totalCount @skip(if: $s) } }"
    assert (await _data(world, nothing, s=True))["schools"] == {}


async def test_first_is_checked_whatever_is_selected(world: World) -> None:
    for first in ("101", "-1", "null", "$n"):
        for selected in ("totalCount", "__typename", "nodes { name }", "pageInfo { endCursor }"):
            head = "query($n: Int) " if first == "$n" else ""
            document = f"{head}{{ schools(first: {first}) {{ {selected} }} }}"
            answer = await world.ask(document, world.askers["all"])
            (error,) = answer.errors or []
            assert code_of(error).value == "BAD_USER_INPUT"
            assert error.path == ["schools"] and error.locations
            assert answer.data == {"schools": None}


async def test_first_of_a_nested_connection_is_checked_below_an_empty_list(world: World) -> None:
    document = "{ schools(first: 0) { nodes { pupils(first: 101) { totalCount } } } }"
    answer = await world.ask(document, world.askers["all"])
    (error,) = answer.errors or []
    assert code_of(error).value == "BAD_USER_INPUT"
    assert [(at.line, at.column) for at in error.locations or []] == [(1, 31)]


async def test_long_response_names_are_refused_and_odd_ones_kept(world: World) -> None:
    fine = "x" * 63
    data = await _data(world, f"{{ schools(first: 1) {{ nodes {{ {fine}: name }} }} }}")
    assert list(data["schools"]["nodes"][0]) == [fine]
    for place in (f"{{ nodes {{ {fine}x: name }} }}", f"{{ {fine}x: totalCount }}"):
        assert await _codes(world, f"{{ schools(first: 1) {place} }}") == ["BAD_USER_INPUT"]
    odd = "{ schools(first: 1) { nodes { SELECT: name row: id _: kind p: rate } } }"
    assert set((await _data(world, odd))["schools"]["nodes"][0]) == {"SELECT", "row", "_", "p"}


async def test_a_null_that_may_not_stand_climbs(world: World) -> None:
    """Pupils whose school the asker does not see: `school` is non-null, so is each item."""
    document = "{ pupils(first: 100) { totalCount nodes { name school { name } } } }"
    answer = await world.ask(document, world.askers["grid"])
    assert answer.data == {"pupils": None}
    (error,) = answer.errors or []
    assert code_of(error).value == "INTERNAL"
    assert error.path is not None and error.path[-1] == "school"


async def test_denied_roots_and_nodes_answer_alike_for_known_and_unknown(world: World) -> None:
    row = world.schools[0]
    known = encode_id("FxSchool", row.tenant_id, row.id)
    unknown = encode_id("FxSchool", row.tenant_id, world.pupils[0].id)
    for value in (known, unknown):
        for field in ("school", "node"):
            document = f'{{ {field}(id: "{value}") {{ id }} }}'
            assert await _codes(world, document, "none") == ["FORBIDDEN"]


async def test_ids_of_others_are_unknown_everywhere(world: World) -> None:
    foreign = next(s for s in world.schools if s.tenant_id == world.counties[1].number)
    unseen = next(
        s
        for s in world.schools
        if s.tenant_id == world.counties[0].number
        and s.area_id not in world.askers["grid"].scope.units
    )
    for row in (foreign, unseen):
        value = encode_id("FxSchool", row.tenant_id, row.id)
        document = f'{{ school(id: "{value}") {{ id }} node(id: "{value}") {{ id }} }}'
        assert await _data(world, document, "grid") == {"school": None, "node": None}
        got = await _data(world, document, "province")
        assert got["school"]["id"] == value


async def test_words_become_grams_once(world: World) -> None:
    fixture_types.GRAM_CALLS.clear()
    document = "query($q: String) { schools(first: 5, q: $q) { totalCount nodes { name } } }"
    data = await _data(world, document, q="南")
    assert fixture_types.GRAM_CALLS == ["南"]
    assert data["schools"]["totalCount"] > 0
    assert all("南" in node["name"] for node in data["schools"]["nodes"])
    everything = await _data(world, document, q=None)
    assert everything["schools"]["totalCount"] == 12
    assert await _codes(world, document, q="") == ["BAD_USER_INPUT"]


async def test_sealed_values_are_opened_by_one_call(world: World) -> None:
    fixture_types.COMPUTED_CALLS.clear()
    answer = await world.ask("{ schools(first: 12) { nodes { secret } } }", world.askers["all"])
    assert fixture_types.COMPUTED_CALLS == [12]
    data = orjson.loads(orjson.dumps(answer.data))["schools"]["nodes"]
    failed = [i for i, node in enumerate(data) if node["secret"] is None]
    # Every failure is told, not only the first.
    assert [error.path for error in answer.errors or []] == [
        ["schools", "nodes", i, "secret"] for i in failed
    ]
    assert len(failed) > 1


async def test_a_slow_statement_is_a_timeout(world: World, database: str, admin: Any) -> None:
    await admin.execute(
        f'ALTER ROLE {Role.API} IN DATABASE "{database}" SET statement_timeout = 200'
    )
    await dispose()
    async with admin.transaction():
        await admin.execute("LOCK TABLE fx_school IN ACCESS EXCLUSIVE MODE")
        answer = await world.ask("{ schools(first: 1) { totalCount } }", world.askers["all"])
    (error,) = answer.errors or []
    assert (code_of(error).value, error.path) == ("TIMEOUT", ["schools"])


async def test_the_reversed_join_raises(world: World) -> None:
    """Rows scanned before the context is set must fail, not look like none."""
    scope = world.askers["all"].scope
    opened = pool(scope.role)
    for _ in range(2):
        async with opened.acquire() as connection:
            with pytest.raises(asyncpg.PostgresError):
                await connection.fetchval(
                    "WITH s AS MATERIALIZED (SELECT set_config('app.tenant_id', $1, true),"
                    " $1::text::int AS tenant)"
                    " SELECT count(*) FROM fx_school i LEFT JOIN s ON i.tenant_id >= s.tenant",
                    str(scope.tenant_id),
                )
        # The second time the connection has carried a context before.
        await world.ask("{ schools(first: 1) { totalCount } }", world.askers["all"])


async def test_no_context_stays_on_the_connection(world: World) -> None:
    await world.ask("{ schools(first: 1) { totalCount } }", world.askers["all"])
    async with pool(Role.API).acquire() as connection:
        with pytest.raises(asyncpg.PostgresError):
            await connection.fetchval("SELECT count(*) FROM fx_school")


async def test_a_change_of_post_counts_in_the_next_statement(world: World) -> None:
    county = world.counties[0]
    document = "{ schools(first: 100) { totalCount } }"
    account = county.accounts["officer1"]
    held = await PRINCIPALS.get(county.number, account)
    before = await world.ask(document, held)
    # Held as a cached object: only the statement itself can know better.
    async with unit_of_work(Scope.county(county.number), "test.post") as session:
        await hold_post(session, county.posts["leader"], account, date(2021, 1, 1))
    after = await world.ask(document, held)
    count = [orjson.loads(orjson.dumps(x.data))["schools"]["totalCount"] for x in (before, after)]
    assert count[0] < count[1] == 12
    expired = await PRINCIPALS.reload(county.number, account)
    assert expired is not None
    late = replace(expired, valid_until=datetime(2020, 1, 1, tzinfo=UTC))
    assert (await world.ask(document, late)).errors is None


async def test_a_disabled_account_is_told_so(world: World, admin: asyncpg.Connection) -> None:
    county = world.counties[0]
    held = await county.principal("officer2")
    await admin.execute(
        "UPDATE account SET disabled_at = now() WHERE id = $1", county.accounts["officer2"]
    )
    answer = await world.ask("{ pupils(first: 1) { totalCount } }", held)
    assert [code_of(e).value for e in answer.errors or []] == ["UNAUTHENTICATED"]


async def test_a_request_without_token_sees_nothing_granted(world: World) -> None:
    answer = await world.ask("{ pupils(first: 1) { totalCount } }", None)
    assert [code_of(e).value for e in answer.errors or []] == ["FORBIDDEN"]


def test_plans_are_bounded() -> None:
    plans = PlanCache(2)
    for key in "abca":
        plans.put(key, key)  # type: ignore[arg-type]
    assert plans.get("b") is None
    assert plans.get("a") and plans.get("c")
    assert Root(False) != Root(False)
