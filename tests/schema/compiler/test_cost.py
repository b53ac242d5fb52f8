"""One statement per root field and no Python per row; the usual way as the failing control."""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import orjson
import pytest
import strawberry
from sqlalchemy import event, select
from strawberry.dataloader import DataLoader

from schema.context import Context
from tenants.session import reading
from tests.harness.cluster import Cluster
from tests.schema.compiler.conftest import World
from tests.schema.compiler.fixture_models import Pupil, School
from tests.schema.compiler.server_log import executed

DEEP = """query($n: Int) { schools(first: $n) { totalCount nodes { id name fee seen tenant { name }
  children(first: $n) { totalCount nodes { name pupils(first: $n) { nodes { name score
    mentor { name parent { name mentored(first: 2) { totalCount } } } } } } }
  pupils(first: $n) { totalCount nodes { id name score } } } } }"""
FLAT = "query($n: Int) { pupils(first: $n) { nodes { id name score mentor { name } } } }"


@strawberry.type
class UsualPupil:
    """A pupil as an ORM object."""

    row: strawberry.Private[Pupil]

    @strawberry.field
    def name(self) -> str:
        return self.row.name

    @strawberry.field
    async def mentor(self, info: strawberry.Info) -> str | None:
        if self.row.mentor_id is None:
            return None
        found: str | None = await info.context["schools"].load(self.row.mentor_id)
        return found


@strawberry.type
class UsualQuery:
    """Resolvers, ORM, one DataLoader per relation."""

    @strawberry.field
    async def pupils(self, info: strawberry.Info, first: int) -> list[UsualPupil]:
        rows = await info.context["session"].scalars(select(Pupil).order_by(Pupil.id).limit(first))
        return [UsualPupil(row=row) for row in rows]


async def _usual(world: World, first: int) -> None:
    async with reading(world.askers["all"].scope) as session:

        async def names(ids: list[Any]) -> list[str | None]:
            rows = await session.scalars(select(School).where(School.id.in_(ids)))
            known = {row.id: row.name for row in rows}
            return [known.get(school) for school in ids]

        answer = await strawberry.Schema(UsualQuery).execute(
            f"{{ pupils(first: {first}) {{ name mentor }} }}",
            context_value={"session": session, "schools": DataLoader(load_fn=names)},
        )
        assert answer.errors is None and answer.data is not None
        assert len(answer.data["pupils"]) == first


async def _calls(run: Callable[[], Awaitable[Any]]) -> int:
    """How many functions, Python's and C's, were called."""
    count = 0

    def note(_frame: Any, what: str, _argument: Any) -> None:
        nonlocal count
        count += what in ("call", "c_call")

    sys.setprofile(note)
    try:
        await run()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("document", [DEEP, FLAT])
async def test_one_statement_at_any_depth_and_number_of_rows(
    world: World, cluster: Cluster, database: str, admin: asyncpg.Connection, document: str
) -> None:
    for first in (1, 20, 100):
        for asker in ("all", "area", "province"):
            async with executed(cluster, database, admin) as statements:
                answer = await world.ask(document, world.askers[asker], {"n": first})
            assert answer.errors is None or asker == "area"
            assert len(statements) == 1, statements


async def test_one_statement_and_connection_for_several_root_fields(
    world: World, cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    roots = " ".join(f"a{i}: schools(first: 2) {{ nodes {{ name }} }}" for i in range(10))
    async with executed(cluster, database, admin) as statements:
        answer = await world.ask(
            f"{{ {roots} __typename }}".replace(" __typename", ""), world.askers["all"]
        )
    assert answer.errors is None
    assert len(statements) == 10
    assert len(statements.backends) == 1


async def test_control_the_usual_way_takes_more_statements(
    world: World, cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    async with executed(cluster, database, admin) as statements:
        await _usual(world, 20)
    assert len(statements) > 1


async def test_no_python_function_is_called_per_row(world: World) -> None:
    asker = world.askers["province"]

    async def compiled(first: int) -> None:
        answer = await world.ask(FLAT, asker, {"n": first})
        assert answer.data is not None
        assert len(orjson.loads(orjson.dumps(answer.data))["pupils"]["nodes"]) == first

    async def parsed_apart(first: int) -> int:
        async with Context(asker, document_key=FLAT) as context:

            async def run() -> None:
                await world.schema.execute(
                    FLAT, variable_values={"n": first}, context_value=context
                )

            await run()
            return min([await _calls(run) for _ in range(3)])

    for first in (1, 80):
        await compiled(first)
    few, many = await parsed_apart(1), await parsed_apart(80)
    # A larger answer may arrive in another piece or two, never in one per row.
    assert many - few < 79, (few, many)

    async def usual(first: int) -> int:
        return await _calls(lambda: _usual(world, first))

    await usual(1)
    assert await usual(40) - await usual(1) > 39


async def test_no_object_of_the_mapper_is_made(world: World) -> None:
    loaded: list[Any] = []

    def note(target: Any, _context: Any) -> None:
        loaded.append(target)

    for model in (School, Pupil):
        event.listen(model, "load", note)
    try:
        await world.ask(DEEP, world.askers["all"], {"n": 100})
        assert loaded == []
        await _usual(world, 5)
        assert loaded != []
    finally:
        for model in (School, Pupil):
            event.remove(model, "load", note)
