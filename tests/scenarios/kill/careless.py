"""A worker that acknowledges before it acts: the control that the kill tests must catch."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services import worker
from tenants import actors
from tenants.scope import Scope
from tenants.session import unit_of_work

_honest_begin = actors._begin
_honest_acknowledge = actors.acknowledge


async def _begin_and_forget(delivery: actors._Delivery) -> Any:
    row = await _honest_begin(delivery)
    if row is not None:
        async with unit_of_work(Scope.system(delivery.tenant_id), "actor.careless") as session:
            await _honest_acknowledge(session, delivery.name, delivery.tenant_id, delivery.event_id)
    return row


async def _already_forgotten(
    _session: AsyncSession, _name: str, _tenant_id: int, _event_id: UUID
) -> None:
    """The delivery went before the effect."""


def start() -> None:
    """What Dramatiq calls in each worker process."""
    actors._begin = _begin_and_forget
    actors.acknowledge = _already_forgotten
    worker.start()


if __name__ == "__main__":
    worker.main("tests.scenarios.kill.careless:start")
