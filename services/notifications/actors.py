"""Sending queued messages through the SMS gateway, each visible once."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from infra import faults
from infra.gateways.sms import SmsRefused, SmsStatus, gateway
from infra.ids import new_id
from infra.outbox import publish
from services.notifications import queries
from services.notifications.events import MessageDelivered, MessageQueued, MessageSent
from services.notifications.models import AttemptOutcome, Message, MessageAttempt, MessageState
from services.notifications.rules import PROVEN, Template, render
from services.notifications.service import PHONE_COLUMN
from tenants import keys
from tenants.actors import Later, Steps, external_actor
from tenants.session import now_of

_ASK_AGAIN_S = 60.0
_ASKED_FOR = timedelta(days=1)


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
        if await sms.query(event.message_id) is not SmsStatus.ABSENT:
            async with steps.last_step() as session:
                message = await queries.get_message(session, event.tenant_id, event.message_id)
                await _sent(session, message)
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
        if state is MessageState.SENT:
            await _sent(session, message)
        else:
            message.state = state
        (await queries.get_attempt(session, event.tenant_id, attempt.id)).outcome = outcome


@external_actor("message.sent")
async def confirm_delivery(steps: Steps, event: MessageSent) -> None:
    """Ask the gateway by our id until the phone has the message, for as long as a day.

    Raises Later while it has not. After the day nobody asks any more: who waits has a deadline.
    """
    status = await gateway().query(event.message_id)
    async with steps.step() as session:
        message = await queries.get_message(session, event.tenant_id, event.message_id)
        now = now_of(session)
        given_up = now - message.created_at > _ASKED_FOR
    if status is not SmsStatus.DELIVERED and not given_up:
        raise Later(_ASK_AGAIN_S)
    async with steps.last_step() as session:
        message = await queries.get_message(session, event.tenant_id, event.message_id)
        if status is SmsStatus.DELIVERED:
            message.state = MessageState.DELIVERED
            message.delivered_at = now
            await session.flush()
            await publish(session, MessageDelivered(event.tenant_id, event.message_id))


async def _sent(session: AsyncSession, message: Message) -> None:
    """Note that the gateway has it; where proof is needed, its delivery is asked after."""
    message.state = MessageState.SENT
    await session.flush()
    if message.template in PROVEN:
        await publish(session, MessageSent(message.tenant_id, message.id))


def _begin(session: AsyncSession, message: Message) -> MessageAttempt:
    attempt = MessageAttempt(tenant_id=message.tenant_id, id=new_id(), message_id=message.id)
    session.add(attempt)
    return attempt
