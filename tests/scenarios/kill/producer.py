"""A command in a process of its own: queues one message, and may be held before or after commit."""

import asyncio
import sys

from infra import faults
from infra.database.engine import dispose
from services.notifications.rules import Template
from services.notifications.service import queue_sms
from tenants.scope import Scope
from tenants.session import unit_of_work


async def produce(tenant_id: int, phone: str) -> None:
    """Queue a message as the web process does."""
    async with unit_of_work(Scope.county(tenant_id), "test.send") as session:
        ticket = {"ticket": "T-9999"}
        message_id = await queue_sms(session, tenant_id, phone, Template.CLUE_RECEIVED, ticket)
        sys.stdout.write(f"{message_id}\n")
        sys.stdout.flush()
        await faults.point("in_transaction")
    await faults.point("after_commit")
    await dispose()


if __name__ == "__main__":
    asyncio.run(produce(int(sys.argv[1]), sys.argv[2]))
