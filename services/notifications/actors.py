"""Delivering queued messages through the SMS gateway."""

from collections.abc import Awaitable, Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra import faults
from infra.gateways.sms import SmsStatus, gateway
from infra.ids import new_id
from services.notifications.events import MessageQueued
from services.notifications.models import AttemptOutcome, Message, MessageAttempt, MessageState
from services.notifications.rules import Template, render
from services.notifications.service import PHONE_COLUMN
from tenants import keys
from tenants.actors import external_actor
from tenants.scope import Scope
from tenants.session import reading, unit_of_work


@external_actor("message.queued")
async def deliver_sms(event: MessageQueued) -> Callable[[AsyncSession], Awaitable[None]]:
    """Write the attempt, call outside any transaction, record the result with the delivery.

    An attempt without a result may have reached the gateway: ask it by our id before resending
    (G3). The gateway takes the same id twice as one message.
    """
    scope = Scope.system(event.tenant_id)
    key = (event.tenant_id, event.message_id)
    async with reading(scope) as session:
        message = await session.get_one(Message, key)
        begun = await session.scalars(
            select(MessageAttempt.outcome).where(
                MessageAttempt.tenant_id == event.tenant_id,
                MessageAttempt.message_id == event.message_id,
            )
        )
        unresolved = AttemptOutcome.UNKNOWN in set(begun)
        phone = await keys.unseal(
            session, event.tenant_id, PHONE_COLUMN, message.id, message.phone or b""
        )
        text = render(Template(message.template), message.params)
    sms = gateway()
    sent = unresolved and await sms.query(event.message_id) is SmsStatus.SENT
    attempt_id = new_id()
    if not sent:
        async with unit_of_work(scope, "message.attempt") as session:
            session.add(
                MessageAttempt(
                    tenant_id=event.tenant_id,
                    id=attempt_id,
                    message_id=event.message_id,
                    outcome=AttemptOutcome.UNKNOWN,
                )
            )
        faults.point("actor_before_gateway")
        await sms.send(event.message_id, phone, text)
        faults.point("actor_after_gateway")

    async def record(session: AsyncSession) -> None:
        stored = await session.get_one(Message, key)
        stored.state = MessageState.SENT
        attempt = await session.get(MessageAttempt, (event.tenant_id, attempt_id))
        if attempt is not None:
            attempt.outcome = AttemptOutcome.SENT
        await session.flush()

    return record
