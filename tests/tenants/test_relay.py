"""Numbering, expanding, ringing and acknowledging: each event once, in order, whatever breaks."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import asyncpg
import pytest
from redis import ConnectionError as Away
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from infra import broker
from infra.outbox import Event, publish
from tenants import actors, relay
from tenants.actors import Steps
from tenants.session import unit_of_work
from tests.harness.county import County


@dataclass(frozen=True)
class BellTested(Event):
    """An event that only these tests know."""

    kind: ClassVar[str] = "test.bell_tested"
    number: int


class RecordingBell:
    """A bell that remembers its rings and may be away."""

    def __init__(self) -> None:
        self.rings: list[tuple[str, int, UUID]] = []
        self.away = False

    def ring(self, name: str, tenant_id: int, event_id: UUID) -> None:
        if self.away:
            raise Away
        self.rings.append((name, tenant_id, event_id))

    def close(self) -> None:
        """Nothing was opened."""


@pytest.fixture(autouse=True)
def heard(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the one actor of these tests heard; other actors are not declared here."""
    seen: list[int] = []
    monkeypatch.setattr(broker, "ACTORS", {})
    monkeypatch.setattr(actors, "ACTORS", broker.ACTORS)

    @broker.actor("test.bell_tested", name="test.hear")
    async def hear(session: AsyncSession, event: BellTested) -> None:
        seen.append(event.number)
        if event.number < 0:
            raise ValueError("13800138000 must not be written down")

    return seen


async def tell(county: County, *numbers: int) -> list[UUID]:
    ids = []
    for number in numbers:
        async with unit_of_work(county.scope, "test") as session:
            ids.append(await publish(session, BellTested(county.number, number)))
    return ids


async def answer(rings: list[tuple[str, int, UUID]]) -> None:
    for ring in rings:
        await actors.run(*ring)


@pytest.fixture
def bell() -> RecordingBell:
    return RecordingBell()


@pytest.fixture
def running(bell: RecordingBell) -> relay.Relay:
    return relay.Relay(bell)  # type: ignore[arg-type] - quacks


async def test_events_are_numbered_per_tenant_without_gaps(
    county: County, other_county: County, admin: asyncpg.Connection, running: relay.Relay
) -> None:
    await tell(county, 1, 2)
    await tell(other_county, 3)
    await running.turn()
    await tell(county, 4)
    await running.turn()
    rows = await admin.fetch(
        "SELECT tenant_id, array_agg(seq ORDER BY id) AS seqs FROM event GROUP BY 1 ORDER BY 1"
    )
    assert [(r["tenant_id"], r["seqs"]) for r in rows] == [
        (county.number, [1, 2, 3]),
        (other_county.number, [1]),
    ]


async def test_a_late_commit_is_not_lost(
    county: County, admin: asyncpg.Connection, running: relay.Relay
) -> None:
    async with unit_of_work(county.scope, "late") as late:
        early_id = await publish(late, BellTested(county.number, 1))
        later_id = (await tell(county, 2))[0]
        await running.turn()
    await running.turn()
    rows = dict(await admin.fetch("SELECT id, seq FROM event"))
    assert rows == {later_id: 1, early_id: 2}


async def test_two_relays_number_and_ring_once(
    county: County, admin: asyncpg.Connection, bell: RecordingBell
) -> None:
    await tell(county, *range(1, 41))
    relays = [relay.Relay(bell) for _ in range(3)]  # type: ignore[arg-type]
    for _ in range(4):
        await asyncio.gather(*(one.turn() for one in relays))
    assert len(bell.rings) == len(set(bell.rings)) == 40
    assert await admin.fetchval("SELECT last_seq FROM event_counter") == 40


async def test_an_answered_delivery_is_gone_and_heard_once(
    county: County,
    admin: asyncpg.Connection,
    running: relay.Relay,
    bell: RecordingBell,
    heard: list[int],
) -> None:
    await tell(county, 5)
    await running.turn()
    await answer(bell.rings * 3)
    assert heard == [5]
    assert await admin.fetchval("SELECT count(*) FROM delivery") == 0


async def test_concurrent_answers_have_one_effect(
    county: County, running: relay.Relay, bell: RecordingBell, heard: list[int]
) -> None:
    await tell(county, 5)
    await running.turn()
    await asyncio.gather(*(actors.run(*bell.rings[0]) for _ in range(5)))
    assert heard == [5]


async def test_a_lost_ring_is_rung_again_after_its_lease(
    county: County,
    running: relay.Relay,
    bell: RecordingBell,
    heard: list[int],
    admin: asyncpg.Connection,
) -> None:
    await tell(county, 5)
    await running.turn()
    await running.turn()
    assert len(bell.rings) == 1
    await admin.execute("UPDATE delivery SET available_at = clock_timestamp()")
    await running.turn()
    assert len(bell.rings) == 2
    assert await admin.fetchval("SELECT attempts FROM delivery") == 0
    await answer(bell.rings)
    assert heard == [5]


async def test_an_absent_broker_costs_nothing(
    county: County,
    running: relay.Relay,
    bell: RecordingBell,
    heard: list[int],
    admin: asyncpg.Connection,
) -> None:
    bell.away = True
    await tell(county, 1, 2)
    for _ in range(20):
        with pytest.raises(Away):
            await running.turn()
    assert heard == []
    assert await admin.fetchval("SELECT max(rings + attempts) FROM delivery") == 0
    bell.away = False
    await running.turn()
    await answer(bell.rings)
    assert heard == [1, 2]


async def test_poison_is_set_aside_with_the_class_of_its_error_only(
    county: County,
    running: relay.Relay,
    bell: RecordingBell,
    heard: list[int],
    admin: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await tell(county, -1)
    waits = []
    for _ in range(12):
        await running.turn()
        await answer(bell.rings)
        bell.rings.clear()
        waits.append(
            await admin.fetchval(
                "SELECT extract(epoch FROM available_at - clock_timestamp()) FROM delivery"
            )
        )
        await admin.execute(
            "UPDATE delivery SET available_at = clock_timestamp(), leased_until = NULL"
        )
    row = await admin.fetchrow("SELECT attempts, failed_at, last_error FROM delivery")
    assert (row["attempts"], row["last_error"], len(heard)) == (8, "ValueError", 8)
    assert row["failed_at"] is not None
    assert waits[3] > waits[1] > waits[0] > 0


async def test_an_event_of_newer_code_is_set_back(
    county: County, running: relay.Relay, bell: RecordingBell, admin: asyncpg.Connection
) -> None:
    await tell(county, 1)
    await running.turn()
    await admin.execute("UPDATE event SET kind = 'newer'")
    await answer(bell.rings)
    row = await admin.fetchrow("SELECT attempts, last_error, failed_at FROM delivery")
    assert tuple(row) == (1, "KeyError", None)


async def test_a_try_that_was_cut_off_is_repeated_but_not_for_ever(
    county: County,
    running: relay.Relay,
    bell: RecordingBell,
    admin: asyncpg.Connection,
) -> None:
    await tell(county, 1)
    await running.turn()
    await admin.execute("UPDATE delivery SET attempts = 8, leased_until = clock_timestamp()")
    running._measured = -1e9
    await running.turn()
    row = await admin.fetchrow("SELECT failed_at, last_error FROM delivery")
    assert row["failed_at"] is not None
    assert row["last_error"] == "Interrupted"


async def test_nobody_begins_while_a_lease_runs(
    county: County,
    running: relay.Relay,
    bell: RecordingBell,
    heard: list[int],
    admin: asyncpg.Connection,
) -> None:
    await tell(county, 1)
    await running.turn()
    await admin.execute("UPDATE delivery SET leased_until = clock_timestamp() + interval '9 s'")
    await answer(bell.rings)
    assert heard == []


async def test_one_tenants_flood_leaves_room_for_another(
    county: County, other_county: County, running: relay.Relay, bell: RecordingBell
) -> None:
    async with unit_of_work(county.scope, "test") as session:
        for number in range(300):
            await publish(session, BellTested(county.number, number))
    await tell(other_county, 1)
    await running.turn()
    await running.turn()
    rung = [tenant for _, tenant, _ in bell.rings]
    assert rung.count(county.number) == relay._IN_FLIGHT_PER_TENANT
    assert rung.count(other_county.number) == 1


async def test_what_matters_more_is_rung_first(
    county: County, running: relay.Relay, bell: RecordingBell
) -> None:
    @broker.actor("test.bell_tested", name="test.urgent", priority=5)
    async def urgent(session: AsyncSession, event: BellTested) -> None:
        """Hears, and does nothing."""

    await tell(county, 1, 2, 3)
    await running.turn()
    assert [name for name, _, _ in bell.rings] == ["test.urgent"] * 3 + ["test.hear"] * 3


async def test_an_external_actor_keeps_its_steps_and_ends_with_the_last(
    county: County, running: relay.Relay, bell: RecordingBell, admin: asyncpg.Connection
) -> None:
    tries: list[str] = []

    @broker.external_actor("test.bell_tested", name="test.call")
    async def call(steps: Steps, event: BellTested) -> None:
        async with steps.step() as session:
            kept = await session.scalar(
                text("SELECT count(*) FROM delivery WHERE actor='test.call'")
            )
        tries.append(f"kept {kept}")
        if len(tries) == 1:
            raise OSError
        async with steps.last_step() as session:
            left = await session.scalar(
                text("SELECT count(*) FROM delivery WHERE actor='test.call'")
            )
        tries.append(f"left {left}")

    await tell(county, 1)
    await running.turn()
    await answer(bell.rings)
    await admin.execute("UPDATE delivery SET available_at = clock_timestamp(), leased_until = NULL")
    await running.turn()
    await answer(bell.rings)
    assert tries == ["kept 1", "kept 1", "left 0"]
    assert await admin.fetchval("SELECT count(*) FROM delivery") == 0


async def test_the_age_of_the_oldest_unsent_event_is_told(
    county: County, running: relay.Relay, bell: RecordingBell, admin: asyncpg.Connection
) -> None:
    assert await relay.oldest_unsent_age() == 0
    await tell(county, 1)
    await admin.execute("UPDATE event SET published_at = published_at - interval '90 s'")
    assert 89 < await relay.oldest_unsent_age() < 120
    await running.turn()
    assert 89 < await relay.oldest_unsent_age() < 120
    await answer(bell.rings)
    assert await relay.oldest_unsent_age() == 0
