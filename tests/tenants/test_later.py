"""An actor that waits for something outside is rung again, however long it takes."""

from dataclasses import dataclass
from typing import ClassVar

import asyncpg
import pytest

from infra import broker
from infra.outbox import Event, publish
from infra.settings import settings
from tenants import actors, relay
from tenants.actors import Later, Steps
from tenants.session import unit_of_work
from tests.harness.county import County
from tests.tenants.test_relay import RecordingBell


@dataclass(frozen=True)
class PatienceTested(Event):
    """An event that only this test knows."""

    kind: ClassVar[str] = "test.patience_tested"


async def test_waiting_uses_up_no_try_and_keeps_nothing_of_its_last_step(
    county: County, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "ACTORS", {})
    monkeypatch.setattr(actors, "ACTORS", broker.ACTORS)
    looks = 0
    enough = settings().max_attempts + 3

    @broker.external_actor("test.patience_tested", name="test.wait")
    async def wait(steps: Steps, _event: PatienceTested) -> None:
        nonlocal looks
        looks += 1
        async with steps.last_step():
            if looks < enough:
                raise Later(600)

    async with unit_of_work(county.scope, "test") as session:
        await publish(session, PatienceTested(county.number))
    bell = RecordingBell()
    for _ in range(enough + 2):
        await relay.Relay(bell).turn()  # type: ignore[arg-type]
        for ring in bell.rings:
            await actors.run(*ring)
        if bell.rings and looks < enough:
            row = await admin.fetchrow(
                "SELECT attempts, failed_at, available_at - clock_timestamp() AS pause"
                " FROM delivery"
            )
            assert (row["attempts"], row["failed_at"]) == (0, None)
            assert 590 < row["pause"].total_seconds() <= 600
        bell.rings.clear()
        await admin.execute(
            "UPDATE delivery SET available_at = clock_timestamp(), leased_until = NULL"
        )
    assert looks == enough
    assert await admin.fetchval("SELECT count(*) FROM delivery") == 0
