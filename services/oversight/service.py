"""Commands of oversight: draft, sign, acknowledge, answer, close; each in its own tenant."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.clock import SHANGHAI
from infra.errors import DomainError, Fault, expect_version
from infra.outbox import publish
from infra.text import text_fault
from services.deadlines import service as deadlines
from services.oversight import queries, rules
from services.oversight.deadlines import REPLY
from services.oversight.errors import OversightErrorCode
from services.oversight.events import OversightAnswered, OversightClosed, OversightIssued
from services.oversight.models import OversightDocument, OversightKind, OversightStatus
from tenants.access import Permission, require
from tenants.models import Level, Tenant
from tenants.principal import Principal
from tenants.serials import next_number
from tenants.session import now_of

_S = OversightStatus


@dataclass(frozen=True)
class DraftOrder:
    """A supervision order that a person begins, to a county or zone below."""

    target_number: int
    demand: str


@dataclass(frozen=True)
class TakeStep:
    """A step of a paper at `expected_version`; `text` where the step says something."""

    document_id: UUID
    expected_version: int
    text: str = ""


async def draft_order(
    session: AsyncSession, principal: Principal, command: DraftOrder
) -> OversightDocument:
    """Begin a supervision order. Raises Forbidden, DomainError."""
    require(principal, Permission.OVERSIGHT_DRAFT)
    faults = [text_fault("demand", command.demand, 10, 1_000, "督办要求", "The demand")]
    own = await queries.get_tenant(session, principal.tenant_id)
    target = await session.get(Tenant, command.target_number)
    if target is None or not _is_below(own, target):
        faults.append(
            Fault(
                OversightErrorCode.NOT_BELOW,
                "督办对象须为本辖区的县（区）或功能区",
                "The target is a county or zone of your jurisdiction",
                ("targetId",),
            )
        )
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    document = OversightDocument(
        tenant_id=principal.tenant_id,
        kind=OversightKind.SUPERVISION_ORDER,
        status=_S.DRAFT,
        issuer_number=principal.tenant_id,
        target_number=command.target_number,
        demand=command.demand.strip(),
        drafted_at=now_of(session),
        version=1,
    )
    session.add(document)
    await session.flush()
    return document


async def sign_document(
    session: AsyncSession, principal: Principal, command: TakeStep
) -> OversightDocument:
    """Sign a draft: it gets its number and goes to the target. Raises Conflict, DomainError."""
    require(principal, Permission.OVERSIGHT_SIGN)
    document = await _begin(session, command, {_S.DRAFT})
    now = now_of(session)
    year = now.astimezone(SHANGHAI).year
    document.number = await next_number(session, "oversight.document", year)
    document.year = year
    document.status = _S.ISSUED
    document.issued_at = now
    document.version += 1
    await session.flush()
    await publish(session, OversightIssued(document.tenant_id, document.id))
    return document


async def discard_draft(
    session: AsyncSession, principal: Principal, command: TakeStep
) -> OversightDocument:
    """Lay a draft aside; the same deadline drafts no second one. Raises Conflict, DomainError."""
    require(principal, Permission.OVERSIGHT_SIGN)
    document = await _begin(session, command, {_S.DRAFT})
    document.status = _S.DISCARDED
    document.version += 1
    await session.flush()
    return document


async def acknowledge_document(
    session: AsyncSession, principal: Principal, command: TakeStep
) -> OversightDocument:
    """Sign for a paper that came (签收). Raises Conflict, DomainError."""
    require(principal, Permission.OVERSIGHT_ANSWER)
    document = await _begin(session, command, {_S.ISSUED}, principal)
    now = now_of(session)
    document.status = _S.ACKNOWLEDGED
    document.acknowledged_at = now
    document.version += 1
    await session.flush()
    await publish(session, OversightAnswered(document.tenant_id, document.id))
    return document


async def answer_document(
    session: AsyncSession, principal: Principal, command: TakeStep
) -> OversightDocument:
    """Answer a paper, signed for or not. Raises Conflict, DomainError."""
    require(principal, Permission.OVERSIGHT_ANSWER)
    document = await _begin(session, command, {_S.ISSUED, _S.ACKNOWLEDGED}, principal)
    if fault := text_fault("answer", command.text, 10, 2_000, "答复", "The answer"):
        raise DomainError(fault)
    now = now_of(session)
    document.status = _S.RESPONDED
    document.answer = command.text.strip()
    document.acknowledged_at = document.acknowledged_at or now
    document.responded_at = now
    document.version += 1
    await session.flush()
    await deadlines.satisfy(session, REPLY, document.id)
    await publish(session, OversightAnswered(document.tenant_id, document.id))
    return document


async def close_document(
    session: AsyncSession, principal: Principal, command: TakeStep
) -> OversightDocument:
    """Accept the answer. Raises Conflict, DomainError."""
    require(principal, Permission.OVERSIGHT_SIGN)
    document = await _begin(session, command, {_S.RESPONDED})
    now = now_of(session)
    document.status = _S.CLOSED
    document.closed_at = now
    document.version += 1
    await session.flush()
    await publish(session, OversightClosed(document.tenant_id, document.id))
    return document


async def _begin(
    session: AsyncSession,
    command: TakeStep,
    allowed: set[OversightStatus],
    target: Principal | None = None,
) -> OversightDocument:
    """The locked paper at the version that was read, in a state that allows the step.

    Steps of the target are for whom the paper is for.
    """
    document = await queries.lock_document(session, command.document_id)
    expect_version(document, command.expected_version)
    fault = rules.step_fault(OversightStatus(document.status), allowed)
    is_ours = target is None or document.target_number == target.tenant_id
    if fault is None and not is_ours:
        fault = Fault(
            OversightErrorCode.WRONG_STATE,
            "该文书由被督办单位办理",
            "This step is for the jurisdiction that the paper is for",
            ("id",),
        )
    if fault:
        raise DomainError(fault)
    return document


def _is_below(own: Tenant, target: Tenant) -> bool:
    below = own.number < target.number <= own.hi
    return below and target.level in (Level.COUNTY, Level.FUNCTIONAL_ZONE)
