"""Commands of messages: write to an inbox, queue an SMS, mark as read."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import NotFound
from infra.ids import new_id
from infra.outbox import publish
from services.notifications import queries
from services.notifications.events import MessageQueued
from services.notifications.models import Channel, Message, MessageState
from services.notifications.rules import Template, render
from tenants import keys
from tenants.access import Permission, require
from tenants.principal import Principal
from tenants.scope import scope_setting

PHONE_COLUMN = "message.phone"


async def notify_accounts(
    session: AsyncSession,
    tenant_id: int,
    accounts: Iterable[UUID],
    template: Template,
    params: Mapping[str, str],
) -> None:
    """Put a message into each account's inbox."""
    render(template, params)
    session.add_all(
        Message(
            tenant_id=tenant_id,
            account_id=account,
            channel=Channel.IN_APP,
            template=template,
            params=dict(params),
            state=MessageState.SENT,
        )
        for account in accounts
    )
    await session.flush()


async def queue_sms(
    session: AsyncSession,
    tenant_id: int,
    phone: str,
    template: Template,
    params: Mapping[str, str],
) -> UUID:
    """Queue an SMS to a phone number (E.164), sealed; a worker sends it after the commit."""
    render(template, params)
    message_id = new_id()
    session.add(
        Message(
            tenant_id=tenant_id,
            id=message_id,
            phone=await keys.seal(session, tenant_id, PHONE_COLUMN, message_id, phone),
            channel=Channel.SMS,
            template=template,
            params=dict(params),
            state=MessageState.QUEUED,
        )
    )
    await session.flush()
    await publish(session, MessageQueued(tenant_id, message_id))
    return message_id


async def mark_read(session: AsyncSession, principal: Principal, message_id: UUID) -> Message:
    """Mark a message of one's own as read; again is no error. Raises NotFound."""
    require(principal, Permission.INBOX_READ)
    message = await queries.find_own(session, principal.scope, principal.tenant_id, message_id)
    if message is None:
        raise NotFound("id")
    if message.read_at is None:
        message.read_at = await session.scalar(select(scope_setting("app.now", "timestamptz")))
    await session.flush()
    return message
