"""Reactions to what happens to clues: tell the owner, tell the reporter."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clues.deadlines import TRIAGE
from services.clues.events import (
    ClueAssigned,
    ClueConclusionProposed,
    ClueReceived,
    ClueReplied,
    ClueSupplemented,
    ClueTriaged,
)
from services.clues.intake import PHONE_COLUMN
from services.clues.models import Clue, ClueStatus
from services.clues.queries import first_post, reporter_of
from services.deadlines import service as deadlines
from services.notifications.rules import Template
from services.notifications.service import notify_accounts, queue_sms
from tenants import keys
from tenants.access import RoleCode
from tenants.actors import actor
from tenants.models import Post
from tenants.organisation import holders


@actor("clue.received")
async def tell_owner(session: AsyncSession, event: ClueReceived) -> None:
    """A message to whoever acts for the owner's post and for the clue officers."""
    clue = await session.get_one(Clue, (event.tenant_id, event.clue_id))
    officers = await session.scalars(
        select(Post.id).where(
            Post.tenant_id == event.tenant_id, Post.role == RoleCode.CLUE_OFFICER.value
        )
    )
    accounts = {
        account
        for post_id in {clue.owner_post_id, *officers}
        for account in await holders(session, post_id)
    }
    await notify_accounts(
        session,
        event.tenant_id,
        sorted(accounts),
        Template.CLUE_ASSIGNED,
        {"ticket": clue.ticket_no},
    )


@actor("clue.assigned")
async def tell_verifier(session: AsyncSession, event: ClueAssigned) -> None:
    """A message to whoever acts for the post that shall verify."""
    clue = await session.get_one(Clue, (event.tenant_id, event.clue_id))
    accounts = await holders(session, clue.owner_post_id)
    params = {"ticket": clue.ticket_no}
    await notify_accounts(session, event.tenant_id, accounts, Template.CLUE_ASSIGNED, params)


@actor("clue.conclusion_proposed")
async def tell_leaders(session: AsyncSession, event: ClueConclusionProposed) -> None:
    """A message to the leaders that a conclusion waits for a signature."""
    clue = await session.get_one(Clue, (event.tenant_id, event.clue_id))
    leaders = await session.scalars(
        select(Post.id).where(
            Post.tenant_id == event.tenant_id, Post.role == RoleCode.BUREAU_LEADER.value
        )
    )
    accounts = {account for post_id in leaders for account in await holders(session, post_id)}
    await notify_accounts(
        session,
        event.tenant_id,
        sorted(accounts),
        Template.CLUE_TO_SIGN,
        {"ticket": clue.ticket_no},
    )


@actor("clue.triaged")
async def ask_reporter(session: AsyncSession, event: ClueTriaged) -> None:
    """When more is wanted, the reporter hears of it."""
    if event.status == ClueStatus.NEED_INFO:
        await _tell_reporter(session, event.tenant_id, event, Template.CLUE_INFO_WANTED)


@actor("clue.replied")
async def tell_reporter(session: AsyncSession, event: ClueReplied) -> None:
    """The reporter hears that there is an answer, not what it says."""
    await _tell_reporter(session, event.tenant_id, event, Template.CLUE_REPLIED)


@actor("clue.supplemented")
async def reopen(session: AsyncSession, event: ClueSupplemented) -> None:
    """A supplemented clue waits for triage again."""
    clue = await session.get_one(Clue, (event.tenant_id, event.clue_id), with_for_update=True)
    if clue.status == ClueStatus.NEED_INFO:
        clue.status = ClueStatus.RECEIVED
        clue.version += 1
        await session.flush()
        desk = await first_post(session, RoleCode.CLUE_OFFICER)
        await deadlines.start(session, TRIAGE, clue.id, desk[0] if desk else clue.owner_post_id)


async def _tell_reporter(
    session: AsyncSession,
    tenant_id: int,
    event: ClueTriaged | ClueReplied,
    template: Template,
) -> None:
    clue = await session.get_one(Clue, (tenant_id, event.clue_id))
    reporter = await reporter_of(session, clue.id)
    if reporter is None:
        return
    phone = await keys.unseal(session, tenant_id, PHONE_COLUMN, reporter.id, reporter.phone)
    await queue_sms(session, tenant_id, phone, template, {"ticket": clue.ticket_no})
