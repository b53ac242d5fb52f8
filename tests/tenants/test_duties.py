"""Duties of the scheduler: one that fails waits and is asked again, and the others go on."""

import asyncio

import asyncpg
import pytest

from tenants import duties


async def test_a_database_that_is_starting_up_is_waited_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stop = asyncio.Event()
    asked: list[str] = []

    async def away() -> int:
        asked.append("away")
        if len(asked) == 1:
            raise asyncpg.CannotConnectNowError("the database system is starting up")
        stop.set()
        return 0

    monkeypatch.setattr(duties, "DUTIES", {"away": duties.Duty("away", 0.1, away)})
    await asyncio.wait_for(duties.run(stop), 10)
    assert asked == ["away", "away"]


async def test_a_duty_with_a_fault_does_not_stop_another(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = asyncio.Event()
    done: list[int] = []

    async def faulty() -> int:
        raise KeyError("a fault of the program")

    async def good() -> int:
        done.append(1)
        if len(done) == 5:
            stop.set()
        return 0

    declared = (duties.Duty("faulty", 0.01, faulty), duties.Duty("good", 0.05, good))
    monkeypatch.setattr(duties, "DUTIES", {one.name: one for one in declared})
    await asyncio.wait_for(duties.run(stop), 10)
    assert len(done) == 5
