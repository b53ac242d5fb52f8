"""The fast door: which documents take it, what it leaves to the executor, what must be caught."""

from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from schema.compiler import executor, quick
from schema.compiler.plan import Recent
from schema.compiler.quick import answer
from schema.compiler.recipes import MOST_SHAPES, Recipes
from schema.context import Context
from schema.errors import code_of
from tenants.compiled_door import StalePrincipal
from tests.schema.compiler.conftest import World
from tests.schema.compiler.test_property import SEED, Comparison

TAKEN = {
    "a list": ("{ schools(first: 3) { nodes { id name fee } } }", [{}]),
    "a page and its number": (
        "{ schools(first: 2) { pageInfo { endCursor } totalCount edges { cursor } } }",
        [{}],
    ),
    "nested, aliases, fragments, merged": (
        "query Q { a: schools(first: 2) { ...S } a: schools(first: 2) { nodes { id } } }"
        " fragment S on FxSchoolConnection { nodes { note children(first: 1) {"
        " nodes { name parent { name } } } } }",
        [{}],
    ),
    "by id from a variable": (
        "query($id: ID!) { school(id: $id) { name } node(id: $id) { __typename id } }",
        [{"id": "SCHOOL"}, {"id": "!!"}],
    ),
    "an absent, null and default variable": (
        "query($first: Int = 2, $q: String) { schools(first: $first, q: $q) { nodes { name } } }",
        [{}, {"first": 1}, {"q": None}, {"q": "东南"}],
    ),
    "directives at the root and below": (
        "query($x: Boolean!) { schools(first: 1) @include(if: $x) { nodes { id } }"
        " pupils(first: 1) { nodes { id name @skip(if: $x) } } __typename @skip(if: $x) }",
        [{"x": True}, {"x": False}],
    ),
    "an order and a filter from variables": (
        "query($o: FxSchoolOrder, $f: FxSchoolFilter) {"
        " schools(first: 9, orderBy: $o, filter: $f) { nodes { name } } }",
        [
            {"o": {"field": "NAME", "direction": "DESC"}},
            {"o": {"field": "NAME", "direction": "ASC"}, "f": {"name": {"contains": "东"}}},
        ],
    ),
    "rows by ids": ("query($i: [ID!]!) { nodes(ids: $i) { id } }", [{"i": ["SCHOOL", "x"]}]),
    "nothing": ("{ __typename }", [{}]),
}

LEFT = {
    "a value that Python makes": ("{ schools(first: 3) { nodes { secret } } }", {}),
    "a page that may not be": ("{ schools(first: 101) { nodes { id } } }", {}),
    "introspection": ("{ __schema { queryType { name } } }", {}),
    "a wrong cursor": ('{ schools(first: 1, after: "x") { nodes { id } } }', {}),
    "a variable that is missing": ("query($id: ID!) { school(id: $id) { id } }", {}),
    "a variable of another type": ("query($n: Int!) { schools(first: $n) { totalCount } }",
                                   {"n": "1"}),
}  # fmt: skip


async def test_what_takes_the_fast_door(world: World) -> None:
    """Each is executed once, then answered in the same bytes; silently unused it would be slow."""
    asker = world.askers["all"]
    ids = orjson.loads(
        orjson.dumps((await world.ask("{ schools(first: 1) { nodes { id } } }", asker)).data)
    )
    own = ids["schools"]["nodes"][0]["id"]
    for name, (document, runs) in TAKEN.items():
        for given in runs:
            values = orjson.loads(orjson.dumps(given).replace(b"SCHOOL", own.encode()))
            if given is runs[0]:
                assert await world.ask_quickly(document, asker, values) is None, (name, "unknown")
            official = await world.ask(document, asker, values)
            assert official.errors is None, (name, official.errors)
            found = await world.ask_quickly(document, asker, values)
            assert found == orjson.dumps(official.data), name


async def test_what_is_left_to_the_executor(world: World) -> None:
    asker = world.askers["all"]
    for name, (document, values) in LEFT.items():
        await world.ask(document, asker, values)
        # A right run of the same document teaches the door, and does not open it to a wrong one.
        await world.ask(document, asker, {"id": "x", "n": 1})
        assert await world.ask_quickly(document, asker, values) is None, name
        assert not world.handed_on, (name, "no statement for what can be seen before")


async def test_a_denied_field_is_left(world: World) -> None:
    document = "{ schools(first: 1) { nodes { note } } }"
    assert (await world.ask(document, world.askers["all"])).errors is None
    assert await world.ask_quickly(document, world.askers["all"]) is not None
    assert (await world.ask(document, world.askers["few"])).errors
    assert await world.ask_quickly(document, world.askers["few"]) is None


class _ServerError(Exception):
    sqlstate = "57014"


@pytest.mark.parametrize("failure", [_ServerError(), StalePrincipal(), ConnectionError()])
async def test_what_failed_is_told_and_not_run_again(
    world: World, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """A slow statement must not run twice; a connection that broke may."""
    asker, document = world.askers["all"], "{ schools(first: 1) { totalCount } }"
    await world.ask(document, asker)
    again: list[str] = []
    original = executor.read_json

    async def fails(*_given: Any) -> bytes:
        raise failure

    async def counted(*given: Any) -> Any:
        again.append("read")
        return await original(*given)

    monkeypatch.setattr(quick, "read_prepared", fails)
    monkeypatch.setattr(executor, "read_json", counted)
    async with Context(asker, document_key=document) as context:
        assert await answer(world.recipes[document], {}, context) is None
        told = await world.schema.execute(document, context_value=context)
    if isinstance(failure, _ServerError):
        (error,) = told.errors or []
        assert (code_of(error).value, error.path, again) == ("TIMEOUT", ["schools"], [])
    else:
        assert told.errors is None and again == ["read"]


async def test_a_row_that_is_missing_is_read_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pupils whose school the asker does not see: null where null may not be, told by its path."""
    document = "{ pupils(first: 100) { nodes { school { name } } } }"
    world.recipes[document] = recipes = Recipes()
    await world.ask(document, world.askers["all"])
    grid = world.askers["grid"]
    official = await world.ask(document, grid)
    assert official.errors

    async def never(*_given: Any) -> Any:
        raise AssertionError("read twice")

    async with Context(grid, document_key=document) as context:
        assert await answer(recipes, {}, context) is None
        assert set(context.seen) == {"pupils"}
        monkeypatch.setattr(executor, "read_json", never)
        told = await world.schema.execute(document, context_value=context)
    assert orjson.dumps(told.data) == orjson.dumps(official.data)
    assert [e.path for e in told.errors or []] == [e.path for e in official.errors]


async def test_recipes_are_bounded(world: World) -> None:
    names = [f"b{index}" for index in range(7)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: __typename @include(if: ${name})" for name in names)
    document = f"query({declared}) {{ {fields} }}"
    known = 0
    for number in range(2**7):
        values = {name: bool(number >> bit & 1) for bit, name in enumerate(names)}
        await world.ask(document, world.askers["all"], values)
        known += await world.ask_quickly(document, world.askers["all"], values) is not None
    assert known == MOST_SHAPES


def test_the_least_recently_used_is_forgotten() -> None:
    kept: Recent[str] = Recent(2)
    for key in "abca":
        kept.put(key, key)
    assert [kept.get(key) for key in "abc"] == ["a", None, "c"]


class _Careless:
    """Plans by a key of which one part is not looked at."""

    def __init__(self, ignored: int) -> None:
        self._ignored = ignored

    def get(self, wanted: Any) -> Any:
        for key, plan in executor.PLANS._kept.items():
            parts = enumerate(zip(key, wanted, strict=True))  # type: ignore[call-overload]
            if all(a == b for index, (a, b) in parts if index != self._ignored):
                return plan
        return None


@pytest.mark.parametrize("ignored", [-2, -1], ids=["permissions", "variables"])
async def test_control_a_plan_of_another_key(
    world: World, monkeypatch: pytest.MonkeyPatch, ignored: int
) -> None:
    monkeypatch.setattr(quick, "executor", SimpleNamespace(PLANS=_Careless(7 + ignored)))
    await _is_caught(world)


async def test_control_a_recipe_of_another_shape(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Recipes, "get", lambda self, _shape: next(iter(self._by_shape.values()), None)
    )
    await _is_caught(world)


async def _is_caught(world: World) -> None:
    comparison = await Comparison.over(world, SEED)
    for _ in range(200):
        await comparison.run(1)
        if comparison.differing:
            assert ", quickly: " in comparison.differing[0], "the fast door's own fault"
            return
    pytest.fail("a planted fault went unseen")
