"""Sending queued messages through the SMS gateway, each visible once."""

from sqlalchemy.ext.asyncio import AsyncSession

from infra import faults
from infra.gateways.sms import SmsRefused, SmsStatus, gateway
from infra.ids import new_id
from services.notifications import queries
from services.notifications.events import MessageQueued
from services.notifications.models import AttemptOutcome, Message, MessageAttempt, MessageState
from services.notifications.rules import Template, render
from services.notifications.service import PHONE_COLUMN
from tenants import keys
from tenants.actors import Steps, external_actor


@external_actor("message.queued")
async def deliver_sms(steps: Steps, event: MessageQueued) -> None:
    """Write the attempt, call outside any transaction, write the result with the delivery (G3).

    An attempt without a result may have reached the gateway: it is marked unknown and the gateway
    asked by our id, and only if it never heard of the message another attempt begins.
    """
    sms = gateway()
    async with steps.step() as session:
        message = await queries.get_message(session, event.tenant_id, event.message_id)
        phone = await keys.unseal(
            session, event.tenant_id, PHONE_COLUMN, message.id, message.phone or b""
        )
        text = render(Template(message.template), message.params)
        in_doubt = await queries.mark_unanswered(session, event.tenant_id, event.message_id)
        if in_doubt:
            message.state = MessageState.UNKNOWN
        else:
            attempt = _begin(session, message)
    if in_doubt:
        if await sms.query(event.message_id) is SmsStatus.SENT:
            async with steps.last_step() as session:
                message = await queries.get_message(session, event.tenant_id, event.message_id)
                message.state = MessageState.SENT
            return
        async with steps.step() as session:
            attempt = _begin(session, message)
    await faults.point("before_call")
    outcome, state = AttemptOutcome.SENT, MessageState.SENT
    try:
        await sms.send(event.message_id, phone, text)
    except SmsRefused:
        outcome, state = AttemptOutcome.REFUSED, MessageState.FAILED
    await faults.point("after_call")
    async with steps.last_step() as session:
        message = await queries.get_message(session, event.tenant_id, event.message_id)
        message.state = state
        (await queries.get_attempt(session, event.tenant_id, attempt.id)).outcome = outcome


def _begin(session: AsyncSession, message: Message) -> MessageAttempt:
    attempt = MessageAttempt(tenant_id=message.tenant_id, id=new_id(), message_id=message.id)
    session.add(attempt)
    return attempt
