"""The doorbell between relay and workers: which actors there are, and how one is rung.

A ring carries no data but two ids; losing one costs a lease, never a message.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from uuid import UUID

import dramatiq
import redis
from dramatiq.asyncio import async_to_sync
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerError
from dramatiq.middleware import AsyncIO, Middleware

from infra.settings import settings

QUEUE = "wangge"
Unreachable = (BrokerError, redis.RedisError, OSError)
"""What a ring may raise when the broker is away."""

_CONNECT_S = 2.0
_ANSWER_S = 5.0

Handler = Callable[..., Awaitable[None]]
H = TypeVar("H", bound=Handler)
Runner = Callable[[str, int, UUID], Awaitable[None]]


@dataclass(frozen=True)
class Actor:
    """A reaction to events of some kinds.

    internal: `handler(session, event)` runs in the transaction that removes the delivery.
    external: `handler(steps, event)` has several transactions and calls out between them.
    """

    name: str
    kinds: tuple[str, ...]
    handler: Handler
    reach: Literal["internal", "external"]
    priority: int


ACTORS: dict[str, Actor] = {}
"""Every declared actor by name."""


def actor(*kinds: str, priority: int = 0, name: str | None = None) -> Callable[[H], H]:
    """Declare `async def f(session, event)` as a reaction whose effect is this database's.

    The effect and the acknowledgement commit together, so it happens once. A higher priority is
    rung first. The name, `<noun>.<function>` unless given, is kept in rows: do not change it.
    """
    return _declaring(kinds, "internal", priority, name)


def external_actor(*kinds: str, priority: int = 0, name: str | None = None) -> Callable[[H], H]:
    """Declare `async def f(steps, event)` as a reaction that calls an outside system.

    It may be cut off at any point and run again: it records each attempt before the call and
    asks about an unanswered one before it calls again.
    """
    return _declaring(kinds, "external", priority, name)


def _declaring(
    kinds: tuple[str, ...], reach: Literal["internal", "external"], priority: int, name: str | None
) -> Callable[[H], H]:
    if not kinds:
        raise ValueError("an actor names the kinds of events it reacts to")

    def declare(handler: H) -> H:
        chosen = name or f"{handler.__module__.split('.')[-2]}.{handler.__name__}"
        if chosen in ACTORS:
            raise ValueError(f"actor {chosen} is declared twice")
        ACTORS[chosen] = Actor(chosen, kinds, handler, reach, priority)
        return handler

    return declare


def subscriptions() -> list[tuple[str, str, int]]:
    """(kind, actor, priority) for every declared reaction."""
    return [(kind, a.name, a.priority) for a in ACTORS.values() for kind in a.kinds]


class _LoopOwner(Middleware):
    """Closes what actors opened on the event loop, while the loop still runs.

    Dramatiq runs its after-hooks from the end of the list, so this one stands behind AsyncIO
    (which ends the loop) in order to run before it.
    """

    def __init__(self, close: Callable[[], Awaitable[None]]) -> None:
        self._close = close

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        async_to_sync(self._close)()


async def _nothing_to_close() -> None:
    """The relay opens its connections on a loop of its own."""
    await asyncio.sleep(0)


class Bell:
    """A connection to the broker; `ring` blocks, so call it from a thread."""

    def __init__(self, url: str, close: Callable[[], Awaitable[None]] = _nothing_to_close) -> None:
        middleware: list[Middleware] = [AsyncIO(), _LoopOwner(close)]
        self.broker: Any
        if url.startswith(("amqp://", "amqps://")):
            # RabbitMQ is an extra; only deployments that use it install its client.
            from dramatiq.brokers.rabbitmq import RabbitmqBroker

            self.broker = RabbitmqBroker(url=url, confirm_delivery=True, middleware=middleware)
        elif url.startswith(("redis://", "rediss://", "unix://")):
            client = redis.Redis.from_url(
                url, socket_timeout=_ANSWER_S, socket_connect_timeout=_CONNECT_S
            )
            make: Any = RedisBroker
            self.broker = make(client=client, middleware=middleware)
        else:
            raise ValueError("WANGGE_BROKER_URL begins with redis://, unix:// or amqp://")

    @classmethod
    def configured(cls, close: Callable[[], Awaitable[None]] = _nothing_to_close) -> "Bell":
        """The bell of this deployment. Raises RuntimeError when no broker is configured."""
        url = settings().broker_url
        if url is None:
            raise RuntimeError("WANGGE_BROKER_URL is not set; `wangge run` sets it")
        return cls(url, close)

    def ring(self, name: str, tenant_id: int, event_id: UUID) -> None:
        """Tell a worker that a delivery is due. Raises one of `Unreachable`."""
        self.broker.declare_queue(QUEUE)
        self.broker.enqueue(
            dramatiq.Message(
                queue_name=QUEUE,
                actor_name=name,
                args=(tenant_id, str(event_id)),
                kwargs={},
                options={},
            )
        )

    def ping(self) -> None:
        """Raise the client library's error unless the broker can be reached now."""
        if isinstance(self.broker, RedisBroker):
            self.broker.client.ping()
        else:
            # A fresh connection: an idle one notices nothing.
            del self.broker.connection
            self.broker.connection.process_data_events()

    def serve(self, run: Runner) -> None:
        """Let this process's workers answer rings for every declared actor with `run`."""
        for name in ACTORS:
            declare = dramatiq.actor(actor_name=name, queue_name=QUEUE, broker=self.broker)
            declare(_answering(name, run))
        dramatiq.set_broker(self.broker)

    def close(self) -> None:
        self.broker.close()


def _answering(name: str, run: Runner) -> Callable[[int, str], Awaitable[None]]:
    async def answer(tenant_id: int, event_id: str) -> None:
        await run(name, tenant_id, UUID(event_id))

    return answer


def ping() -> None:
    """Raise unless the configured broker answers (readyz, doctor); blocks up to some seconds."""
    bell = Bell.configured()
    try:
        bell.ping()
    finally:
        bell.close()
