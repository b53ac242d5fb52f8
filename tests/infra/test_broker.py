"""The doorbell on a real Valkey: rings arrive, absences are told, pools close on their loop."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import dramatiq
import pytest

from infra import broker
from infra.broker import Bell
from infra.embedded.valkey import EmbeddedValkey
from infra.settings import settings


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(Path(tmp_path_factory.mktemp("valkey")))
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def actors(monkeypatch: pytest.MonkeyPatch) -> dict[str, broker.Actor]:
    declared: dict[str, broker.Actor] = {}
    monkeypatch.setattr(broker, "ACTORS", declared)

    @broker.actor("test.rung", name="test.answer")
    async def answer(_session: object, _event: object) -> None:
        """Never called: the runner of these tests only takes notes."""

    return declared


def test_a_ring_is_answered_on_one_loop_that_closes_its_pools(valkey: EmbeddedValkey) -> None:
    heard: list[tuple[str, int, UUID]] = []
    loops: set[asyncio.AbstractEventLoop] = set()
    closed: list[bool] = []

    async def run(name: str, tenant_id: int, event_id: UUID) -> None:
        loops.add(asyncio.get_running_loop())
        heard.append((name, tenant_id, event_id))

    async def close() -> None:
        closed.append(asyncio.get_running_loop() in loops)

    bell = Bell(valkey.url, close)
    bell.serve(run)
    worker = dramatiq.Worker(bell.broker, worker_threads=3, worker_timeout=50)
    worker.start()
    wanted = [("test.answer", 7, uuid4()) for _ in range(6)]
    for ring in wanted:
        bell.ring(*ring)
    deadline = time.monotonic() + 10
    while len(heard) < len(wanted) and time.monotonic() < deadline:
        time.sleep(0.02)
    worker.stop()
    bell.close()
    assert sorted(heard) == sorted(wanted)
    assert len(loops) == 1
    assert closed == [True]


def test_the_configured_broker_answers_or_says_that_it_does_not(
    valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    try:
        monkeypatch.setenv("WANGGE_BROKER_URL", valkey.url)
        settings.cache_clear()
        broker.ping()
        monkeypatch.setenv("WANGGE_BROKER_URL", f"unix://{tmp_path}/nobody.sock")
        settings.cache_clear()
        with pytest.raises(broker.Unreachable):
            broker.ping()
        monkeypatch.delenv("WANGGE_BROKER_URL")
        settings.cache_clear()
        with pytest.raises(RuntimeError, match="WANGGE_BROKER_URL"):
            broker.ping()
    finally:
        settings.cache_clear()


def test_an_absent_broker_is_told_by_the_ring(tmp_path: Path) -> None:
    with pytest.raises(broker.Unreachable):
        Bell(f"unix://{tmp_path}/nobody.sock").ring("test.answer", 7, uuid4())


def test_rabbitmq_confirms_its_deliveries() -> None:
    bell = Bell("amqp://127.0.0.1:1")
    assert bell.broker.confirm_delivery is True
    with pytest.raises(broker.Unreachable):
        bell.ring("test.answer", 7, uuid4())


def test_other_brokers_are_refused() -> None:
    with pytest.raises(ValueError, match="redis"):
        Bell("kafka://127.0.0.1")


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="twice"):

        @broker.external_actor("test.rung", name="test.answer")
        async def again(_steps: object, _event: object) -> None:
            """Not declared."""


def test_an_actor_hears_something() -> None:
    with pytest.raises(ValueError, match="kinds"):
        broker.actor()
