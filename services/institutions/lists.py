"""Commands of the lists: enter an institution, take it off (S1-14, SM-8c)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError, Fault
from infra.outbox import publish
from services.institutions import queries, rules
from services.institutions.errors import InstitutionErrorCode, ListErrorCode
from services.institutions.events import InstitutionBlacklisted, InstitutionDelisted
from services.institutions.models import (
    BasisKind,
    Institution,
    InstitutionStatus,
    ListEntry,
    ListKind,
    ListReason,
)
from services.metrics.service import record
from tenants.access import Permission, require
from tenants.acting import acting_post
from tenants.principal import Principal
from tenants.session import now_of

METRICS = {ListKind.WHITE: "lists.white", ListKind.BLACK: "lists.black"}
MOVED_TO_BLACK = "列入黑名单"
"""Why a white entry ends when its institution is black-listed."""


@dataclass(frozen=True)
class AddListEntry:
    """A leader's decision to list an institution, and the document that it rests on."""

    institution_id: UUID
    kind: ListKind
    reason: ListReason
    document: str


@dataclass(frozen=True)
class RemoveListEntry:
    """A leader's decision to end an entry, and why; no source fixes when (SM-8c)."""

    entry_id: UUID
    reason: str


@dataclass(frozen=True)
class Basis:
    """What a decision rests on, and the post that signs it."""

    kind: BasisKind
    signed_by_post_id: UUID
    id: UUID | None = None
    text: str | None = None


async def add_entry(
    session: AsyncSession, principal: Principal, command: AddListEntry
) -> ListEntry:
    """List an institution, in force at once; black ends a white entry. Raises DomainError."""
    require(principal, Permission.LIST_SIGN)
    post_id = await acting_post(session, principal, Permission.LIST_SIGN)
    institution = await queries.lock_institution(session, command.institution_id, "institutionId")
    live = await queries.live_entry(session, institution.id)
    faults = [rules.reason_fits(command.kind, command.reason), _unlistable(command.kind, live)]
    faults += rules.document_faults("document", command.document)
    if command.kind is ListKind.WHITE and institution.status == InstitutionStatus.CLOSED:
        faults.append(_CLOSED)
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    basis = Basis(BasisKind.DOCUMENT, post_id, text=command.document.strip())
    return await _enter(session, institution, live, command.kind, command.reason, basis)


async def blacklist(
    session: AsyncSession, institution: Institution, reason: ListReason, basis: Basis
) -> ListEntry:
    """The consequence of a signed decision: a locked institution on the black list, at once.

    One that is there already stays with its first entry.
    """
    live = await queries.live_entry(session, institution.id)
    if live is not None and live.kind == ListKind.BLACK:
        return live
    return await _enter(session, institution, live, ListKind.BLACK, reason, basis)


async def remove_entry(
    session: AsyncSession, principal: Principal, command: RemoveListEntry
) -> ListEntry:
    """End an entry with the reason. Raises NotFound, DomainError."""
    require(principal, Permission.LIST_SIGN)
    post_id = await acting_post(session, principal, Permission.LIST_SIGN)
    entry = await queries.get_entry(session, command.entry_id)
    # The institution is the lock of all its entries, here and where one is entered.
    await queries.lock_institution(session, entry.institution_id)
    await session.refresh(entry)
    faults = rules.document_faults("reason", command.reason)
    if entry.removed_at is not None:
        faults.append(
            Fault(
                ListErrorCode.ALREADY_REMOVED,
                "该条目已移出名单",
                "The entry has left the list already",
                ("id",),
            )
        )
    if faults:
        raise DomainError(*faults)
    await _end(session, entry, command.reason.strip(), post_id)
    return entry


async def _enter(
    session: AsyncSession,
    institution: Institution,
    live: ListEntry | None,
    kind: ListKind,
    reason: ListReason,
    basis: Basis,
) -> ListEntry:
    if live is not None:
        await _end(session, live, MOVED_TO_BLACK, basis.signed_by_post_id)
    entry = ListEntry(
        tenant_id=institution.tenant_id,
        kind=kind,
        institution_id=institution.id,
        reason=reason,
        basis_kind=basis.kind,
        basis_id=basis.id,
        basis_text=basis.text,
        signed_by_post_id=basis.signed_by_post_id,
        effective_at=now_of(session),
    )
    session.add(entry)
    await session.flush()
    await record(session, METRICS[kind], numerator=1)
    if kind is ListKind.BLACK:
        await publish(
            session, InstitutionBlacklisted(institution.tenant_id, institution.id, entry.id)
        )
    return entry


async def _end(session: AsyncSession, entry: ListEntry, reason: str, post_id: UUID) -> None:
    entry.removed_at = now_of(session)
    entry.removal_reason = reason
    entry.removed_by_post_id = post_id
    await session.flush()
    kind = ListKind(entry.kind)
    await record(session, METRICS[kind], numerator=-1)
    await publish(
        session, InstitutionDelisted(entry.tenant_id, entry.institution_id, entry.id, kind)
    )


_CLOSED = Fault(
    InstitutionErrorCode.INSTITUTION_CLOSED,
    "该机构已关停，不能列入白名单",
    "A closed institution is not white-listed",
    ("institutionId",),
)


def _unlistable(kind: ListKind, live: ListEntry | None) -> Fault | None:
    if live is None or (kind is ListKind.BLACK and live.kind == ListKind.WHITE):
        return None
    if live.kind == kind:
        return Fault(
            ListErrorCode.ALREADY_LISTED,
            "该机构已在此名单中",
            "The institution is on this list already",
            ("institutionId",),
        )
    return Fault(
        ListErrorCode.ON_BLACK_LIST,
        "该机构在黑名单中，须先移出黑名单",
        "The institution is on the black list; take it off first",
        ("institutionId",),
    )
