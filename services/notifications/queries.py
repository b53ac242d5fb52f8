"""SELECTs and marks that sending a message needs."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.notifications.models import AttemptOutcome, Message, MessageAttempt
from services.notifications.visibility import visible
from tenants.scope import Scope


async def get_message(session: AsyncSession, tenant_id: int, message_id: UUID) -> Message:
    """A message by its id, for the worker that sends it. Raises NoResultFound."""
    return await session.get_one(Message, (tenant_id, message_id))


async def get_attempt(session: AsyncSession, tenant_id: int, attempt_id: UUID) -> MessageAttempt:
    """An attempt by its id. Raises NoResultFound."""
    return await session.get_one(MessageAttempt, (tenant_id, attempt_id))


async def find_own(
    session: AsyncSession, scope: Scope, tenant_id: int, message_id: UUID
) -> Message | None:
    """A message of the asker's own inbox, or None."""
    query = select(Message).where(
        Message.tenant_id == tenant_id, Message.id == message_id, visible(scope)
    )
    return (await session.scalars(query)).one_or_none()


async def mark_unanswered(session: AsyncSession, tenant_id: int, message_id: UUID) -> bool:
    """Mark attempts without an outcome as unknown; whether any of the message is unknown."""
    mine = (MessageAttempt.tenant_id == tenant_id) & (MessageAttempt.message_id == message_id)
    await session.execute(
        update(MessageAttempt)
        .where(mine, MessageAttempt.outcome.is_(None))
        .values(outcome=AttemptOutcome.UNKNOWN)
        .execution_options(synchronize_session=False)
    )
    unknown = select(MessageAttempt.id).where(
        mine, MessageAttempt.outcome == AttemptOutcome.UNKNOWN
    )
    return (await session.execute(unknown.limit(1))).first() is not None
