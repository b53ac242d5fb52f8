"""Subscriptions: a thin payload, its node read by one statement when the event is told."""

from collections.abc import AsyncIterator
from typing import Any, cast

import asyncpg
import orjson

from infra.ids import encode_id
from schema.context import Context
from schema.errors import code_of
from tests.harness.cluster import Cluster
from tests.schema.compiler.conftest import World
from tests.schema.compiler.server_log import executed

LOOKED = """subscription($ids: [ID!]!, $n: Int = 2) { looked(ids: $ids) { kind school { id name
  masked secret pupils(first: $n) { nodes { name } pageInfo { hasNextPage } } } } }"""


async def _told(world: World, asker: str, ids: list[str], **variables: Any) -> list[Any]:
    async with Context(world.askers[asker], document_key=LOOKED) as context:
        stream = await world.schema.subscribe(
            LOOKED, variable_values={"ids": ids, **variables}, context_value=context
        )
        return [event async for event in cast(AsyncIterator[Any], stream)]


def _ids(world: World, county: int, count: int) -> list[str]:
    number = world.counties[county].number
    own = [s for s in world.schools if s.tenant_id == number][:count]
    return [encode_id("FxSchool", s.tenant_id, s.id) for s in own]


async def test_each_event_reads_its_node_once(
    world: World, cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    mine, foreign = _ids(world, 0, 3), _ids(world, 1, 1)
    async with executed(cluster, database, admin) as statements:
        told = await _told(world, "few", [*mine, "bogus", *foreign])
    data = [orjson.loads(orjson.dumps(event.data))["looked"] for event in told]
    assert [row["school"] and row["school"]["id"] for row in data] == [*mine, None, None]
    assert {row["kind"] for row in data} == {"looked"}
    # A bogus id names nothing to read; the foreign row is looked for and not found.
    assert len(statements) == 4
    assert all(row["school"]["masked"].endswith("***") for row in data[:3])
    paths = [[error.path for error in event.errors or []] for event in told]
    assert paths[:3] == [[["looked", "school", "secret"]]] * 3 and paths[3:] == [[], []]


async def test_a_fault_of_one_event_does_not_end_the_stream(world: World) -> None:
    told = await _told(world, "all", _ids(world, 0, 2), n=101)
    assert [[code_of(e).value for e in event.errors] for event in told] == [["BAD_USER_INPUT"]] * 2
    assert len(told) == 2


async def test_between_events_no_connection_is_held(world: World) -> None:
    asker = world.askers["all"]
    async with Context(asker, document_key=LOOKED) as context:
        stream = await world.schema.subscribe(
            LOOKED, variable_values={"ids": _ids(world, 0, 3)}, context_value=context
        )
        events = cast(AsyncIterator[Any], stream)
        await anext(events)
        assert context._connections == {}
        async for _ in events:
            pass
