"""Random documents: the compiled answer equals the naive one, cached or not, for every asker."""

import base64
import os
import random
import sys
from typing import Any

import orjson
import pytest
from graphql import validate

from infra.ids import decode_id, encode_id
from schema.compiler import executor
from schema.compiler.compile import Compiler
from schema.compiler.plan import PlanCache
from schema.errors import code_of
from tests.schema.compiler.conftest import World
from tests.schema.compiler.documents import Document, Generator, Run
from tests.schema.compiler.oracle import Denied, Oracle, Tenant, parsed
from tests.schema.compiler.oracle_lists import DEFAULT_ORDER, ORDERS, Known

SEED = int(os.environ.get("WANGGE_TEST_SEED", "20261124"))
DOCUMENTS = int(os.environ.get("WANGGE_TEST_DOCUMENTS", "500"))
CHUNKS = 20
"""Of 500 documents each, so that a budget can end between them: 10,000 in all."""


EAGER = {"BAD_USER_INPUT", "BAD_CURSOR", "FORBIDDEN"}
"""Faults of arguments are told at the root field, even below an empty list."""


class Comparison:
    """Runs documents both ways and keeps what differs."""

    def __init__(self, world: World, seed: int, cursors: dict[str, Known]) -> None:
        self.world, self.rng = world, random.Random(seed)
        number, other = world.counties[0].number, world.counties[1].number
        tenants = [Tenant(61000000, "陕西省"), Tenant(number, "蒲城县"), Tenant(other, "定边县")]
        sdl = str(world.schema)
        self.oracles = {
            name: Oracle(sdl, asker, world.schools, world.pupils, tenants, cursors)
            for name, asker in world.askers.items()
        }
        one = self.oracles["all"]
        schools, pupils = self.rng.sample(world.schools, 6), self.rng.sample(world.pupils, 6)
        ids = [one.fxschool_id(row, None) for row in schools]
        ids += [one.fxpupil_id(row, None) for row in pupils]
        ids += [one.fxtenant_id(row, None) for row in tenants]
        ids += ["", "!!", ids[0] + "A", encode_id("FxSchool", 5, schools[0].id)]
        self.generator = Generator(world.schema._schema, self.rng, ids, cursors)
        self.compared = self.eager = self.quick = self.declined = 0
        self.differing: list[str] = []

    @classmethod
    async def over(cls, world: World, seed: int) -> "Comparison":
        """With the cursors that a client finds by reading every list in every order."""
        return cls(world, seed, await known_cursors(world))

    async def run(self, documents: int) -> None:
        """Each document: for one asker, again with other values, then for another asker."""
        for _ in range(documents):
            document = self._valid()
            runs = [self.generator.run(document) for _ in range(2)]
            one, other = self.rng.sample(sorted(self.world.askers), 2)
            for name, given in ((one, 0), (one, 1), (other, 1)):
                await self._compare(name, document, runs[given])

    def _valid(self) -> Document:
        while True:
            document = self.generator.document()
            if not validate(self.world.schema._schema, parsed(document.text)):
                return document

    async def _quickly(self, name: str, document: Document, run: Run, official: Any) -> None:
        """The third contestant: the same bytes, or nothing where there is an error to tell."""
        asker = self.world.askers[name]
        quick = await self.world.ask_quickly(document.text, asker, dict(run.values))
        if quick is None:
            self.declined += not official.errors
            return
        self.quick += 1
        if official.errors or quick != orjson.dumps(official.data):
            self.differing.append(
                f"{name}, quickly: got {quick!r}\nwant {official}\n{run.values}\n{document.text}"
            )

    async def _compare(self, name: str, document: Document, run: Run) -> None:
        expected = self.oracles[name].answer(document.text, run.values, "Q")
        try:
            asker, values = self.world.askers[name], dict(run.values)
            got = await self.world.ask(document.text, asker, values, is_valid=True)
        except Exception as error:
            self.differing.append(f"{name}: {error!r}\n{document.text}\n{run.values}")
            return
        await self._quickly(name, document, run, got)
        data = orjson.loads(orjson.dumps(got.data))
        wanted = orjson.loads(orjson.dumps(expected.data))
        self.compared += 1
        if alike(data, wanted) and _nulled(data, got.errors) == _nulled(wanted, expected.errors):
            return
        roots = {
            error.path[0]
            for error in got.errors or []
            if error.path and len(error.path) == 1 and code_of(error).value in EAGER
        }
        may_be = run.may_fault or document.may_fault or run.sensitive or document.sensitive
        if roots and may_be and isinstance(data, dict):
            self.eager += 1
            # What stands in the other root fields is compared all the same.
            data = {k: v for k, v in data.items() if k not in roots}
            wanted = {k: v for k, v in (wanted or {}).items() if k not in roots}
            if alike(data, wanted):
                return
        self.differing.append(
            f"{name}: {first_difference(data, wanted)}\n got {got.errors}\nwant {expected.errors}\n"
            f"{run.values}\n{document.text}"
        )


async def known_cursors(world: World) -> dict[str, Known]:
    """Every cursor of every list in every order, with the row it stands for."""
    found: dict[str, Known] = {}
    for kind, root, node in (("school", "schools", "FxSchool"), ("pupil", "pupils", "FxPupil")):
        enum: Any = world.schema._schema.get_type(f"{node}OrderField")
        assert set(enum.values) <= set(ORDERS)
        for field in enum.values:
            for direction in ("ASC", "DESC"):
                document = (
                    f"{{ {root}(first: 100, orderBy: {{field: {field}, direction: {direction}}})"
                    " { edges { cursor node { id } } } }"
                )
                answer = await world.ask(document, world.askers["province"])
                assert answer.errors is None, answer.errors
                edges = orjson.loads(orjson.dumps(answer.data))[root]["edges"]
                assert len(edges) == len(getattr(world, root))
                for edge in edges:
                    order = (field, direction == "DESC")
                    decoded = decode_id(edge["node"]["id"])
                    assert decoded is not None
                    found[edge["cursor"]] = Known(kind, order, decoded.id)
    assert set(DEFAULT_ORDER) == {"school", "pupil"}
    return found


def alike(got: Any, wanted: Any) -> bool:
    """Equal, where a cursor is equal to the row it stands for."""
    if isinstance(wanted, dict):
        return (
            isinstance(got, dict)
            and list(got) == list(wanted)
            and all(alike(got[key], wanted[key]) for key in wanted)
        )
    if isinstance(wanted, list):
        return (
            isinstance(got, list)
            and len(got) == len(wanted)
            and all(alike(a, b) for a, b in zip(got, wanted, strict=True))
        )
    if isinstance(wanted, str) and wanted.startswith("§"):
        return isinstance(got, str) and f"§{_row_in(got)}" == wanted
    return bool(got == wanted)


def first_difference(got: Any, wanted: Any, path: str = "") -> str:
    """Where two answers part."""
    if isinstance(got, dict) and isinstance(wanted, dict) and list(got) == list(wanted):
        pairs: Any = ((f"{path}.{key}", got[key], wanted[key]) for key in wanted)
    elif isinstance(got, list) and isinstance(wanted, list) and len(got) == len(wanted):
        pairs = ((f"{path}.{i}", a, b) for i, (a, b) in enumerate(zip(got, wanted, strict=True)))
    else:
        return "" if alike(got, wanted) else f"{path}: got {got!r}, want {wanted!r}"[:1_500]
    found = (first_difference(a, b, at) for at, a, b in pairs)
    return next((text for text in found if text), "")


def _row_in(cursor: str) -> str:
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    return str(orjson.loads(raw)[-1])


def _nulled(data: Any, errors: Any) -> set[tuple[Any, ...]]:
    """Where nulls stand because of errors; with the code where it is the field's own."""
    found = set()
    for error in errors or []:
        at, path = data, []
        for step in error.path or []:
            if at is None:
                break
            at = at[step]
            path.append(step)
        own = len(path) == len(error.path or [])
        found.add((*path, _told(error) if own else ""))
    return found


def _told(error: Any) -> str:
    return "FORBIDDEN" if isinstance(error.original_error, Denied) else code_of(error).value


async def _documents_equal(world: World, seed: int, documents: int) -> str:
    comparison = await Comparison.over(world, seed)
    await comparison.run(documents)
    assert not comparison.differing, f"seed {seed}\n" + "\n\n".join(comparison.differing[:3])
    assert comparison.compared == documents * 3
    assert comparison.eager < comparison.compared * 0.2
    # What Python makes (opened seals) is not the fast door's; all else without an error is.
    assert comparison.quick > comparison.compared * 0.3, comparison.quick
    return (
        f"seed {seed}: {documents} documents, {comparison.compared} answers compared,"
        f" 0 differences, {comparison.eager} with a fault told early;"
        f" {comparison.quick} by the fast door too, {comparison.declined} it left"
    )


async def test_random_documents_equal_the_naive_answer(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    told = await _documents_equal(world, SEED, DOCUMENTS)
    with capsys.disabled():
        sys.stdout.write(f" [{told}] ")


@pytest.mark.prove
@pytest.mark.parametrize("chunk", range(CHUNKS))
async def test_ten_thousand_documents(world: World, chunk: int) -> None:
    sys.stdout.write(await _documents_equal(world, SEED + 1_000 + chunk, 500) + "\n")


async def test_control_one_row_alias_for_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Compiler.__init__

    def same_alias(self: Compiler, *args: Any) -> None:
        original(self, *args)
        self.rows = (alias for alias in iter(lambda: '"$1"', None))

    monkeypatch.setattr(Compiler, "__init__", same_alias)
    await _is_caught(world)


async def test_control_plan_key_without_shape(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "shape", lambda _value: None)
    await _is_caught(world)


async def test_control_plan_key_without_permissions(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgetful(PlanCache):
        def get(self, key: Any) -> Any:
            return super().get(key[:-2] + key[-1:])

        def put(self, key: Any, plan: Any) -> None:
            super().put(key[:-2] + key[-1:], plan)

    monkeypatch.setattr(executor, "PLANS", Forgetful())
    await _is_caught(world)


@pytest.mark.parametrize("where", ["everywhere", "nested"])
async def test_control_visibility_dropped(
    world: World, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    original = Compiler._relation

    def blind(self: Compiler, *args: Any) -> str:
        with monkeypatch.context() as patched:
            patched.setattr(Compiler, "seen", lambda *_: ["true"])
            return original(self, *args)

    if where == "everywhere":
        monkeypatch.setattr(Compiler, "seen", lambda *_: ["true"])
    else:
        monkeypatch.setattr(Compiler, "_relation", blind)
    await _is_caught(world)


async def _is_caught(world: World) -> None:
    comparison = await Comparison.over(world, SEED)
    for _ in range(200):
        await comparison.run(1)
        if comparison.differing:
            return
    pytest.fail("a planted fault went unseen")
