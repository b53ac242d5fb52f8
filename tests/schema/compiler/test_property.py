"""Random documents: the compiled answer equals the naive one, cached or not, for every asker."""

import os
import random
import sys
from typing import Any

import orjson
import pytest
from graphql import parse, validate

from infra.ids import encode_id
from schema.compiler import executor
from schema.compiler.compile import Compiler
from schema.compiler.plan import PlanCache
from schema.errors import code_of
from tests.schema.compiler.conftest import World
from tests.schema.compiler.documents import Document, Generator
from tests.schema.compiler.oracle import Denied, Oracle, Tenant

SEED = int(os.environ.get("WANGGE_TEST_SEED", "20261124"))
DOCUMENTS = int(os.environ.get("WANGGE_TEST_DOCUMENTS", "60"))


class Comparison:
    """Runs documents both ways and keeps what differs."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.rng = world, random.Random(seed)
        number, other = world.counties[0].number, world.counties[1].number
        tenants = [Tenant(61000000, "陕西省"), Tenant(number, "蒲城县"), Tenant(other, "定边县")]
        sdl = str(world.schema)
        self.oracles = {
            name: Oracle(sdl, asker, world.schools, world.pupils, tenants)
            for name, asker in world.askers.items()
        }
        one = self.oracles["all"]
        schools, pupils = self.rng.sample(world.schools, 6), self.rng.sample(world.pupils, 6)
        ids = [one.fxschool_id(row, None) for row in schools]
        ids += [one.fxpupil_id(row, None) for row in pupils]
        ids += [one.fxtenant_id(row, None) for row in tenants]
        ids += ["", "!!", ids[0] + "A", encode_id("FxSchool", 5, schools[0].id)]
        self.generator = Generator(world.schema._schema, self.rng, ids)
        self.compared = 0
        self.differing: list[str] = []

    async def run(self, documents: int) -> None:
        """Each document: first, cached, cached with other values twice, for two askers."""
        for _ in range(documents):
            document = self._valid()
            values = [self.generator.values(document) for _ in range(3)]
            for name in self.rng.sample(sorted(self.world.askers), 2):
                for given in (values[0], values[0], values[1], values[2]):
                    await self._compare(name, document, given)

    def _valid(self) -> Document:
        while True:
            document = self.generator.document()
            if not validate(self.world.schema._schema, parse(document.text)):
                return document

    async def _compare(self, name: str, document: Document, given: dict[str, Any]) -> None:
        expected = self.oracles[name].answer(document.text, given, "Q")
        try:
            got = await self.world.ask(document.text, self.world.askers[name], dict(given))
        except Exception as error:
            self.differing.append(f"{name}: {error!r}\n{document.text}\n{given}")
            return
        data = orjson.loads(orjson.dumps(got.data))
        wanted = orjson.loads(orjson.dumps(expected.data))
        self.compared += 1
        eager = {code_of(e) for e in got.errors or []} & {"BAD_USER_INPUT"}
        if eager:
            # Argument faults are told at the root field, even below an empty list.
            roots = {e.path[0] for e in got.errors or [] if e.path}
            data = {k: v for k, v in (data or {}).items() if k not in roots}
            wanted = {k: v for k, v in (wanted or {}).items() if k not in roots}
            if data == wanted:
                return
        same = data == wanted and _nulled(data, got.errors) == _nulled(wanted, expected.errors)
        if not same:
            self.differing.append(
                f"{name}: {document.text}\n{given}\n got {data} {got.errors}\n"
                f"want {wanted} {expected.errors}"
            )


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


async def test_random_documents_equal_the_naive_answer(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    comparison = Comparison(world, SEED)
    await comparison.run(DOCUMENTS)
    with capsys.disabled():
        sys.stdout.write(f" [seed {SEED}: {comparison.compared} answers compared] ")
    assert not comparison.differing, "\n\n".join(comparison.differing[:3])
    assert comparison.compared > DOCUMENTS * 7


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
    comparison = Comparison(world, SEED)
    for _ in range(60):
        await comparison.run(1)
        if comparison.differing:
            return
    pytest.fail("a planted fault went unseen")
