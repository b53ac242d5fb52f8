"""Carrying papers between the issuer's tenant and the target's; drafting when a ladder ends.

Each step writes in one tenant. What was written before a crash is found again by its id or basis,
so a paper exists once on either side.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra import faults
from infra.clock import SHANGHAI
from infra.ids import new_id
from services.deadlines import service as deadlines
from services.deadlines.events import LadderEnded
from services.deadlines.models import OPEN, Deadline
from services.notifications.rules import Template, spoken
from services.notifications.service import notify_accounts
from services.oversight import policies, queries, rules
from services.oversight.deadlines import REPLY
from services.oversight.events import OversightAnswered, OversightClosed, OversightIssued
from services.oversight.models import OversightDocument, OversightKind, OversightStatus
from tenants.access import RoleCode
from tenants.actors import Steps, external_actor
from tenants.models import Tenant
from tenants.organisation import holders, posts_of
from tenants.policies import value
from tenants.scope import Scope
from tenants.session import now_of, unit_of_work

_CARRIED = (
    "status", "year", "number", "demand", "issued_at", "acknowledged_at", "answer",
    "responded_at", "closed_at",
)  # fmt: skip
_SUPERVISORS = (RoleCode.CITY_SUPERVISOR, RoleCode.PROVINCIAL_SUPERVISOR)


@external_actor("deadline.ladder_ended")
async def draft_order(steps: Steps, event: LadderEnded) -> None:
    """Draft a 督办单 in the jurisdiction above, for a person to sign; nothing if it is done now."""
    async with steps.step() as session:
        deadline = await session.get_one(Deadline, (event.tenant_id, event.deadline_id))
        own = await session.get_one(Tenant, event.tenant_id)
        is_open = deadline.state in OPEN
    if is_open and own.parent_number is not None:
        await _draft(own, own.parent_number, deadline)
        await faults.point("between_tenants")
    async with steps.last_step():
        pass


async def _draft(own: Tenant, above: int, deadline: Deadline) -> None:
    async with unit_of_work(Scope.system(above), "oversight.draft") as session:
        if await queries.find_by_basis(session, deadline.id) is not None:
            return
        now = now_of(session)
        days = int(await value(session, policies.REPLY_DAYS, now.astimezone(SHANGHAI).date()))
        task = spoken(deadline.rule)
        session.add(
            OversightDocument(
                tenant_id=above,
                id=new_id(),
                kind=OversightKind.SUPERVISION_ORDER,
                status=OversightStatus.DRAFT,
                issuer_number=above,
                target_number=own.number,
                demand=rules.demand(own.name, task, deadline.due_on, days),
                basis_rule=deadline.rule,
                basis_id=deadline.id,
                drafted_at=now,
                version=1,
            )
        )
        await session.flush()
        await _tell(session, _SUPERVISORS, Template.OVERSIGHT_DRAFTED, {})


@external_actor("oversight.issued")
async def deliver_document(steps: Steps, event: OversightIssued) -> None:
    """Put a signed paper before the target, and start its clock there."""
    issued = await _read(steps, event.document_id)
    async with unit_of_work(Scope.system(issued.target_number), "oversight.deliver") as session:
        if await queries.find_document(session, issued.id) is None:
            received = OversightDocument(
                tenant_id=issued.target_number,
                id=issued.id,
                kind=issued.kind,
                issuer_number=issued.issuer_number,
                target_number=issued.target_number,
                basis_rule=issued.basis_rule,
                basis_id=issued.basis_id,
                drafted_at=issued.drafted_at,
                version=1,
                **{name: getattr(issued, name) for name in _CARRIED},
            )
            session.add(received)
            await session.flush()
            leaders = await posts_of(session, RoleCode.BUREAU_LEADER)
            owner = leaders[0] if leaders else None
            await deadlines.start(session, REPLY, received.id, owner)
            await _tell(
                session,
                (RoleCode.BUREAU_LEADER,),
                Template.OVERSIGHT_ISSUED,
                {"number": f"{issued.year}-{issued.number}"},
            )
    async with steps.last_step():
        pass


@external_actor("oversight.answered")
async def return_answer(steps: Steps, event: OversightAnswered) -> None:
    """Carry acknowledgement and answer to the issuer's row."""
    answered = await _read(steps, event.document_id)
    async with unit_of_work(Scope.system(answered.issuer_number), "oversight.answer") as session:
        document = await queries.lock_document(session, answered.id)
        if document.status != OversightStatus.CLOSED and document.status != answered.status:
            for name in ("status", "acknowledged_at", "answer", "responded_at"):
                setattr(document, name, getattr(answered, name))
            document.version += 1
            await session.flush()
    async with steps.last_step():
        pass


@external_actor("oversight.closed")
async def carry_closing(steps: Steps, event: OversightClosed) -> None:
    """Carry the closing to the target's row."""
    closed = await _read(steps, event.document_id)
    async with unit_of_work(Scope.system(closed.target_number), "oversight.close") as session:
        document = await queries.lock_document(session, closed.id)
        if document.status != OversightStatus.CLOSED:
            document.status, document.closed_at = closed.status, closed.closed_at
            document.version += 1
            await session.flush()
    async with steps.last_step():
        pass


async def _read(steps: Steps, document_id: UUID) -> OversightDocument:
    async with steps.step() as session:
        return await session.get_one(OversightDocument, (steps.tenant_id, document_id))


async def _tell(
    session: AsyncSession,
    roles: tuple[RoleCode, ...],
    template: Template,
    params: dict[str, str],
) -> None:
    """A message to whoever acts for the posts of some roles."""
    accounts: set[UUID] = set()
    for role in roles:
        for post_id in await posts_of(session, role):
            accounts |= set(await holders(session, post_id))
    tenant_id = session.info["scope"].tenant_id
    await notify_accounts(session, tenant_id, sorted(accounts), template, params)
