"""Verification of a clue: assigned, concluded by proposal and signature, with what follows."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError, Fault, NotFound
from infra.outbox import publish
from services.clues import policies, queries, rules
from services.clues.errors import ClueErrorCode
from services.clues.events import (
    ClueAssigned,
    ClueConcluded,
    ClueConclusionProposed,
    ClueSubstantiated,
)
from services.clues.models import (
    Clue,
    ClueConclusion,
    ClueOutcome,
    ClueStatus,
    ConclusionStatus,
    FalseReportEducation,
    OwnerReason,
)
from services.institutions import annual, lists
from services.institutions.models import AnnualResult, BasisKind, Institution, ListReason
from services.institutions.queries import find_visible, lock_institution
from services.metrics.service import record
from services.problems.models import ProblemSource, ViolationType
from services.problems.service import Finding, open_confirmed
from tenants.access import GRANTS, Permission, RoleCode, require
from tenants.acting import acting_post
from tenants.policies import value as policy_value
from tenants.principal import Principal
from tenants.session import now_of, today_of


@dataclass(frozen=True)
class AssignClue:
    """The post that shall verify; it owns the clue from then on."""

    clue_id: UUID
    post_id: UUID


@dataclass(frozen=True)
class ProposeConclusion:
    """What verification found, for a leader to sign."""

    clue_id: UUID
    outcome: ClueOutcome
    text: str
    conduct: ViolationType | None = None
    institution_id: UUID | None = None


@dataclass(frozen=True)
class ConcludeClue:
    """A leader's signature under the very conclusion that was read."""

    conclusion_id: UUID


@dataclass(frozen=True)
class ReturnConclusion:
    """A leader's refusal to sign, and why."""

    conclusion_id: UUID
    reason: str


async def assign_clue(session: AsyncSession, principal: Principal, command: AssignClue) -> Clue:
    """Give an accepted clue to a post to verify (SM-5). Raises NotFound, DomainError."""
    require(principal, Permission.CLUE_ASSIGN)
    clue = await queries.lock_clue(session, command.clue_id)
    post = await queries.find_post(session, command.post_id)
    if post is None:
        raise NotFound("postId")
    faults = [rules.step_fault(ClueStatus(clue.status), rules.ASSIGNED_FROM)]
    if Permission.CLUE_READ not in GRANTS[RoleCode(post.role)]:
        faults.append(_POST_UNFIT)
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    clue.owner_post_id = post.id
    clue.owner_unit_id = post.unit_id
    clue.owner_reason = OwnerReason.ASSIGNED
    clue.status = ClueStatus.VERIFYING
    clue.version += 1
    await session.flush()
    await publish(session, ClueAssigned(clue.tenant_id, clue.id))
    return clue


async def propose_conclusion(
    session: AsyncSession, principal: Principal, command: ProposeConclusion
) -> Clue:
    """Propose what was found; a proposal that waits already is replaced. Raises DomainError."""
    require(principal, Permission.CLUE_PROPOSE)
    post_id = await acting_post(session, principal, Permission.CLUE_PROPOSE)
    clue = await queries.lock_clue(session, command.clue_id)
    faults = [rules.step_fault(ClueStatus(clue.status), {ClueStatus.VERIFYING})]
    faults += rules.conclusion_faults(command.outcome, command.conduct, command.text)
    asked = command.institution_id
    if asked is not None and await find_visible(session, asked) is None:
        faults.append(_INSTITUTION_UNKNOWN)
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    former = await queries.live_conclusion(session, clue.id)
    if former is not None:
        former.status = ConclusionStatus.REPLACED
        await session.flush()
    conclusion = ClueConclusion(
        tenant_id=clue.tenant_id,
        clue_id=clue.id,
        status=ConclusionStatus.PROPOSED,
        outcome=command.outcome,
        conduct=command.conduct,
        institution_id=command.institution_id,
        text=command.text.strip(),
        proposed_by_account_id=principal.account_id,
        proposed_by_post_id=post_id,
        proposed_at=now_of(session),
    )
    session.add(conclusion)
    clue.version += 1
    await session.flush()
    await publish(session, ClueConclusionProposed(clue.tenant_id, clue.id, conclusion.id))
    return clue


async def return_conclusion(
    session: AsyncSession, principal: Principal, command: ReturnConclusion
) -> Clue:
    """Send a proposal back with the reason; the clue is verified further. Raises DomainError."""
    require(principal, Permission.CLUE_CONCLUDE)
    post_id = await acting_post(session, principal, Permission.CLUE_CONCLUDE)
    clue, conclusion = await queries.lock_conclusion(session, command.conclusion_id)
    faults = [
        rules.proposal_fault(ConclusionStatus(conclusion.status)),
        rules.text_fault("reason", command.reason, 2, 500),
    ]
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    conclusion.decided_at = now_of(session)
    conclusion.decided_by_post_id = post_id
    conclusion.return_reason = command.reason.strip()
    conclusion.status = ConclusionStatus.RETURNED
    clue.version += 1
    await session.flush()
    return clue


async def conclude_clue(session: AsyncSession, principal: Principal, command: ConcludeClue) -> Clue:
    """Sign a conclusion; what follows from the conduct follows in the same transaction (S3-13).

    Never by who proposed it. Raises Forbidden, NotFound, DomainError.
    """
    require(principal, Permission.CLUE_CONCLUDE)
    post_id = await acting_post(session, principal, Permission.CLUE_CONCLUDE)
    clue, conclusion = await queries.lock_conclusion(session, command.conclusion_id)
    faults = [
        rules.proposal_fault(ConclusionStatus(conclusion.status)),
        rules.signer_fault(principal.account_id, conclusion.proposed_by_account_id),
    ]
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    outcome = ClueOutcome(conclusion.outcome)
    conclusion.decided_at = now_of(session)
    conclusion.decided_by_post_id = post_id
    conclusion.status = ConclusionStatus.SIGNED
    clue.status = ClueStatus(outcome.value)
    clue.version += 1
    await session.flush()
    if outcome in rules.FOUND_TRUE:
        await _follow(session, clue, conclusion, post_id)
        await record(session, "clues.substantiated", numerator=1)
        await publish(session, ClueSubstantiated(clue.tenant_id, clue.id, outcome))
    elif outcome is ClueOutcome.FALSE:
        await _educate(session, clue, conclusion, post_id)
    await record(session, "clues.substantiated", denominator=1)
    await publish(session, ClueConcluded(clue.tenant_id, clue.id, outcome))
    return clue


async def _follow(
    session: AsyncSession, clue: Clue, conclusion: ClueConclusion, post_id: UUID
) -> None:
    """By the conduct, not by what the institution is licensed for (S3-13).

    Subject training: black-listed at once, the year's inspection unqualified, a problem.
    Anything else: a problem with the draft of a rectification notice.
    """
    today = today_of(session)
    subject = await policy_value(session, policies.SUBJECT_CONDUCTS, today)
    conduct = ViolationType(conclusion.conduct or ViolationType.OTHER)
    institution: Institution | None = None
    if conclusion.institution_id is not None:
        institution = await lock_institution(session, conclusion.institution_id, "conclusionId")
    is_subject = conduct.value in subject
    if is_subject and institution is not None:
        basis = lists.Basis(BasisKind.CLUE, post_id, clue.id)
        await lists.blacklist(session, institution, ListReason.SUBJECT_TRAINING, basis)
        await annual.decide(session, institution, today.year, AnnualResult.UNQUALIFIED, basis)
    finding = Finding(
        source=ProblemSource.CLUE,
        origin_id=clue.id,
        violation_type=conduct,
        facts=conclusion.text,
        institution_id=conclusion.institution_id,
        subject_name=institution.name if institution else clue.subject_name,
        unit_id=institution.unit_id if institution else clue.owner_unit_id,
        found_by_account_id=conclusion.proposed_by_account_id,
        found_by_post_id=conclusion.proposed_by_post_id,
    )
    problem = await open_confirmed(session, clue.tenant_id, finding, drafts_notice=not is_subject)
    conclusion.problem_id = problem.id
    await session.flush()


async def _educate(
    session: AsyncSession, clue: Clue, conclusion: ClueConclusion, post_id: UUID
) -> None:
    """Note that the reporter of a false report is owed criticism and education (S3-12)."""
    session.add(
        FalseReportEducation(
            tenant_id=clue.tenant_id,
            clue_id=clue.id,
            ground=conclusion.text,
            ordered_by_post_id=post_id,
            ordered_at=now_of(session),
        )
    )
    await session.flush()


_POST_UNFIT = Fault(
    ClueErrorCode.POST_UNFIT,
    "该岗位无权查看线索，请指派给网格员或监管岗位",
    "This post may not see clues; choose a grid officer or an officer of the bureau",
    ("postId",),
)
_INSTITUTION_UNKNOWN = Fault(
    ClueErrorCode.NOT_FOUND,
    "找不到该机构",
    "No such institution; check the id",
    ("institutionId",),
)
