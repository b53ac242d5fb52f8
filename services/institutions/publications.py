"""The monthly publication of the lists (S1-14): drafted by one hand, signed by another."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from infra.clock import SHANGHAI
from infra.errors import DomainError, Fault, NotFound
from infra.outbox import publish
from services.institutions import queries
from services.institutions.errors import ListErrorCode
from services.institutions.events import ListsPublished
from services.institutions.models import (
    ListPublication,
    ListPublicationEntry,
    PublicationStatus,
)
from services.institutions.visibility import visible_publications
from services.metrics.service import record
from tenants.access import Permission, require
from tenants.acting import acting_post
from tenants.principal import Principal
from tenants.session import now_of, scope_of


@dataclass(frozen=True)
class DraftPublication:
    """The lists as they stand now, for this month."""


@dataclass(frozen=True)
class SignPublication:
    """A leader's signature under a draft."""

    publication_id: UUID


async def draft_publication(
    session: AsyncSession, principal: Principal, _command: DraftPublication
) -> ListPublication:
    """Take down the lists as they stand; a former draft of the month is withdrawn.

    Raises DomainError when the month is signed.
    """
    require(principal, Permission.LIST_PUBLISH)
    post_id = await acting_post(session, principal, Permission.LIST_PUBLISH)
    now = now_of(session)
    month_on = now.astimezone(SHANGHAI).date().replace(day=1)
    former = await session.scalar(
        select(ListPublication)
        .where(
            ListPublication.tenant_id == principal.tenant_id,
            ListPublication.month_on == month_on,
            ListPublication.status != PublicationStatus.WITHDRAWN,
        )
        .with_for_update()
    )
    if former is not None:
        if former.status == PublicationStatus.SIGNED:
            raise DomainError(_PUBLISHED)
        former.status = PublicationStatus.WITHDRAWN
        await session.flush()
    publication = ListPublication(
        tenant_id=principal.tenant_id,
        month_on=month_on,
        status=PublicationStatus.DRAFT,
        drafted_by_account_id=principal.account_id,
        drafted_by_post_id=post_id,
        drafted_at=now,
    )
    session.add(publication)
    try:
        await session.flush()
    except IntegrityError as error:
        # Two first drafts of a month at the same instant meet at the unique key.
        if "uq_list_publication_month" in str(error.orig):
            raise DomainError(_DRAFTED_BESIDE) from error
        raise
    session.add_all(
        ListPublicationEntry(
            tenant_id=principal.tenant_id,
            publication_id=publication.id,
            list_entry_id=entry.id,
            kind=entry.kind,
            reason=entry.reason,
            uscc=institution.uscc,
            name=institution.name,
            effective_at=entry.effective_at,
        )
        for entry, institution in await queries.live_entries(session)
    )
    await session.flush()
    return publication


async def sign_publication(
    session: AsyncSession, principal: Principal, command: SignPublication
) -> ListPublication:
    """Sign a draft that still is what the lists say; it gets its batch number and never changes.

    Raises NotFound, DomainError (SAME_HAND, NOT_A_DRAFT, LISTS_CHANGED).
    """
    require(principal, Permission.LIST_SIGN)
    post_id = await acting_post(session, principal, Permission.LIST_SIGN)
    publication = await session.scalar(
        select(ListPublication)
        .where(
            ListPublication.tenant_id == principal.tenant_id,
            ListPublication.id == command.publication_id,
            visible_publications(scope_of(session)),
        )
        .with_for_update()
    )
    if publication is None:
        raise NotFound("id")
    faults = []
    if publication.status != PublicationStatus.DRAFT:
        faults.append(_NOT_A_DRAFT)
    if publication.drafted_by_account_id == principal.account_id:
        faults.append(_SAME_HAND)
    if not faults and await _has_changed(session, publication):
        faults.append(_CHANGED)
    if faults:
        raise DomainError(*faults)
    now = now_of(session)
    batch_no = await _next_batch(session, principal.tenant_id)
    publication.batch_no, publication.signed_at = batch_no, now
    publication.signed_by_post_id = post_id
    publication.status = PublicationStatus.SIGNED
    await session.flush()
    await record(session, "lists.published", numerator=1)
    await publish(session, ListsPublished(publication.tenant_id, publication.id))
    return publication


async def _has_changed(session: AsyncSession, publication: ListPublication) -> bool:
    """Whether an entry was made or ended since the draft."""
    drafted = await session.scalars(
        select(ListPublicationEntry.list_entry_id).where(
            ListPublicationEntry.tenant_id == publication.tenant_id,
            ListPublicationEntry.publication_id == publication.id,
        )
    )
    return set(drafted) != {entry.id for entry, _ in await queries.live_entries(session)}


async def _next_batch(session: AsyncSession, tenant_id: int) -> int:
    """The next batch number; one signature at a time, so that none is left out."""
    lock = func.pg_advisory_xact_lock(func.hashtext("list_publication"), tenant_id)
    await session.execute(select(lock))
    last = await session.scalar(
        select(func.max(ListPublication.batch_no)).where(ListPublication.tenant_id == tenant_id)
    )
    return (last or 0) + 1


_PUBLISHED = Fault(
    ListErrorCode.MONTH_PUBLISHED,
    "本月名单已签署公布，下月再公布",
    "This month's lists are signed; the next are next month's",
)
_DRAFTED_BESIDE = Fault(
    ListErrorCode.MONTH_PUBLISHED,
    "本月名单正由他人拟稿，请刷新后再试",
    "Somebody drafted this month's lists at the same time; look again",
)
_NOT_A_DRAFT = Fault(
    ListErrorCode.NOT_A_DRAFT,
    "该公布稿已签署或已撤回",
    "The publication is signed or withdrawn",
    ("id",),
)
_SAME_HAND = Fault(
    ListErrorCode.SAME_HAND,
    "拟稿人不得签署自己拟的名单",
    "Who drafted the lists may not sign them",
    ("id",),
)
_CHANGED = Fault(
    ListErrorCode.LISTS_CHANGED,
    "拟稿之后名单有变，请重新拟稿",
    "The lists changed since the draft; draft again",
    ("id",),
)
