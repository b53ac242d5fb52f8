"""Driver connections: reused, bounded, and never handed on in a state nobody knows."""

import asyncio

import asyncpg
import pytest

from infra.database.engine import Connections, Role


async def test_the_one_used_last_is_used_next_and_waiters_take_turns(database: str) -> None:
    lanes = Connections(Role.API, 1)
    async with lanes.acquire() as first:
        waiting = asyncio.create_task(_backend(lanes))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        held = await first.fetchval("SELECT pg_backend_pid()")
    assert await waiting == held == await _backend(lanes)
    await lanes.close()


async def test_an_error_of_the_servers_keeps_the_connection(database: str) -> None:
    lanes = Connections(Role.API, 1)
    before = await _backend(lanes)
    with pytest.raises(asyncpg.PostgresError):
        async with lanes.acquire() as connection:
            await connection.fetchval("SELECT 1 / 0")
    assert await _backend(lanes) == before
    await lanes.close()


async def test_a_cancelled_read_disturbs_nobody(database: str) -> None:
    """Told as a time-out inside it comes back and works; ending the block itself closes it."""
    lanes = Connections(Role.API, 1)
    before = await _backend(lanes)
    for _ in range(5):
        async with lanes.acquire() as connection:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await connection.fetchval("SELECT pg_sleep(3)")
        async with asyncio.timeout(2):
            assert await _backend(lanes) == before
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), lanes.acquire() as connection:
            await connection.fetchval("SELECT pg_sleep(3)")
    assert await _backend(lanes) != before
    await lanes.close()


async def _backend(lanes: Connections) -> int:
    async with lanes.acquire() as connection:
        found: int = await connection.fetchval("SELECT pg_backend_pid()")
        return found
