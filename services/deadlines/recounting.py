"""A new calendar: open deadlines counted anew, tenant by tenant, a batch at a time."""

from uuid import UUID

from services.calendar.queries import load_calendar
from services.calendar.rules import Calendar
from services.deadlines import queries, service
from services.deadlines.rules import RULES, recounted
from tenants.scope import Scope
from tenants.session import reading, unit_of_work

BATCH = 500
"""Deadlines of one unit of work, so that an audit link stays readable."""


async def move_behind() -> int:
    """Bring at most `BATCH` deadlines to the present calendar; returns how many there were."""
    async with reading(Scope.system(None)) as session:
        version = (await load_calendar(session)).version
        behind = await queries.behind(session, version, BATCH)
    for tenant_id, ids in behind.items():
        await _move(tenant_id, ids)
    return sum(len(ids) for ids in behind.values())


async def _move(tenant_id: int, ids: list[UUID]) -> None:
    async with unit_of_work(Scope.system(tenant_id), "deadline.move") as session:
        for deadline in await queries.running(session, ids):
            await service.move(session, deadline)


async def preview(calendar: Calendar) -> dict[int, int]:
    """How many running deadlines of each tenant another calendar would move; writes nothing."""
    moved: dict[int, int] = {}
    async with reading(Scope.system(None)) as session:
        async for deadline in queries.every_running(session, BATCH):
            ends = recounted(deadline, calendar)
            after = ends.rolled_on if RULES[deadline.rule].rolls else ends.plain_on
            if after != deadline.due_on:
                moved[deadline.tenant_id] = moved.get(deadline.tenant_id, 0) + 1
    return moved
