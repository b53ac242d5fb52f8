"""What failed for good waits for people, who see it and put it back."""

from dataclasses import dataclass
from typing import ClassVar

import asyncpg

from infra.outbox import Event, publish
from tenants.aside import put_back, set_aside
from tenants.session import unit_of_work
from tests.harness.county import County


@dataclass(frozen=True)
class AsideTested(Event):
    """An event that only this test knows."""

    kind: ClassVar[str] = "test.aside_tested"
    number: int


async def test_what_was_set_aside_is_listed_and_put_back(
    county: County, admin: asyncpg.Connection
) -> None:
    async with unit_of_work(county.scope, "test") as session:
        event_id = await publish(session, AsideTested(county.number, 138))
    await admin.execute(
        "INSERT INTO delivery (tenant_id, event_id, actor, priority, attempts, rings, available_at)"
        " VALUES ($1, $2, 'test.hear', 0, 3, 0, now()), ($1, $2, 'test.other', 0, 3, 0, now())",
        county.number,
        event_id,
    )
    assert await set_aside() == []
    await admin.execute(
        "UPDATE delivery SET attempts = 8, failed_at = now(), last_error = 'ValueError'"
        " WHERE actor = 'test.hear'"
    )
    (found,) = await set_aside()
    assert (found.tenant_id, found.actor, found.kind) == (
        county.number,
        "test.hear",
        "test.aside_tested",
    )
    assert (found.attempts, found.last_error) == (8, "ValueError")
    told = {"tenant_id", "actor", "kind", "attempts", "last_error", "failed_at"}
    assert set(vars(found)) == told, "nothing of the event itself"
    assert await put_back() == 1
    assert await set_aside() == []
    assert await admin.fetchval("SELECT attempts FROM delivery WHERE actor = 'test.hear'") == 0
    assert await admin.fetchval("SELECT attempts FROM delivery WHERE actor = 'test.other'") == 3
