"""Commands of rectification: notice, evidence, re-check, extension (S4-6, SM-3)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError, Fault
from infra.ids import new_id
from infra.outbox import publish
from infra.text import text_fault
from services.deadlines import service as deadlines
from services.deadlines.queries import find_open, silence
from services.deadlines.service import ExtendDeadline
from services.files.service import Subject, attach
from services.metrics.service import record
from services.problems import policies, queries, rules
from services.problems.deadlines import RECTIFY
from services.problems.errors import ProblemErrorCode
from services.problems.events import ProblemReferred, ProblemWrittenOff, RectificationNoticeIssued
from services.problems.models import (
    EvidenceFile,
    NoticeStatus,
    Problem,
    ProblemStatus,
    Recheck,
    RectificationEvidence,
    RectificationMode,
    RectificationNotice,
)
from services.problems.service import WRITTEN_OFF_METRIC
from tenants.access import Permission, require
from tenants.acting import acting_post
from tenants.policies import value as policy_value
from tenants.principal import Principal
from tenants.serials import next_number
from tenants.session import now_of, today_of

OVERDUE_METRIC = "problems.overdue"
"""Out of the rectifications by deadline; a problem counts once however often it is late."""


@dataclass(frozen=True)
class FixOnSite:
    """立行立改: put right on the spot, with photos (S4-8)."""

    problem_id: UUID
    note: str
    evidence_file_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class IssueNotice:
    """限期整改: what has to be reached, until when, by which measures."""

    problem_id: UUID
    goal: str | None
    due_on: date | None
    measures: str | None


@dataclass(frozen=True)
class SubmitEvidence:
    """What shows that it is done."""

    problem_id: UUID
    note: str
    evidence_file_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class RecheckProblem:
    """Whether it is done, seen by another person."""

    problem_id: UUID
    is_passed: bool
    note: str


@dataclass(frozen=True)
class ExtendRectification:
    """`days` calendar days more, once, and why."""

    problem_id: UUID
    days: int
    reason: str


async def fix_on_site(session: AsyncSession, principal: Principal, command: FixOnSite) -> Problem:
    """Note that a confirmed problem was put right at once. Raises NotFound, DomainError."""
    require(principal, Permission.PROBLEM_FIND)
    problem = await queries.lock_problem(session, command.problem_id)
    faults = [rules.step_fault(ProblemStatus(problem.status), {ProblemStatus.CONFIRMED})]
    faults += await _keep_evidence(
        session, principal, problem, command.note, command.evidence_file_ids
    )
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    draft = await queries.draft_notice(session, problem.id)
    if draft is not None:
        await session.delete(draft)
    problem.mode = RectificationMode.IMMEDIATE
    await _await_recheck(session, problem)
    return problem


async def issue_notice(
    session: AsyncSession, principal: Principal, command: IssueNotice
) -> Problem:
    """Issue a rectification notice with the next number of the year (S4-6).

    What is missing is told all at once. Raises NotFound, DomainError.
    """
    require(principal, Permission.PROBLEM_NOTICE)
    post_id = await acting_post(session, principal, Permission.PROBLEM_NOTICE)
    problem = await queries.lock_problem(session, command.problem_id)
    today = today_of(session)
    most = int(await policy_value(session, policies.MAX_DAYS, today))
    faults = [rules.step_fault(ProblemStatus(problem.status), {ProblemStatus.CONFIRMED})]
    faults += rules.notice_faults(command.goal, command.due_on, command.measures, today, most)
    present = [fault for fault in faults if fault]
    if present or command.goal is None or command.due_on is None or command.measures is None:
        raise DomainError(*present)
    notice = await queries.draft_notice(session, problem.id) or RectificationNotice(
        tenant_id=problem.tenant_id, problem_id=problem.id
    )
    problem.mode = RectificationMode.DEADLINE
    problem.status = ProblemStatus.RECTIFYING
    problem.version += 1
    await _start(session, problem, post_id, command.due_on)
    notice.round = problem.round
    notice.goal = command.goal.strip()
    notice.measures = command.measures.strip()
    notice.due_on = command.due_on
    notice.issued_by_post_id = post_id
    notice.issued_at = now_of(session)
    notice.year = today.year
    notice.number = await next_number(session, "problem.notice", today.year)
    notice.status = NoticeStatus.ISSUED
    session.add(notice)
    await session.flush()
    await publish(session, RectificationNoticeIssued(problem.tenant_id, problem.id, notice.id))
    return problem


async def submit_evidence(
    session: AsyncSession, principal: Principal, command: SubmitEvidence
) -> Problem:
    """Hand in what shows that it is done; late evidence is taken and stays marked late."""
    require(principal, Permission.PROBLEM_EVIDENCE)
    problem = await queries.lock_problem(session, command.problem_id)
    faults = [rules.step_fault(ProblemStatus(problem.status), rules.RECTIFIED_IN)]
    faults += await _keep_evidence(
        session, principal, problem, command.note, command.evidence_file_ids
    )
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    deadline = await deadlines.satisfy(session, RECTIFY, problem.id)
    # The clock decides, not whether the scheduler has been there already.
    if deadline is not None and deadline.due_at <= now_of(session):
        await mark_overdue(session, problem)
    await _await_recheck(session, problem)
    return problem


async def recheck_problem(
    session: AsyncSession, principal: Principal, command: RecheckProblem
) -> Problem:
    """Write a problem off, or send it into its next round; never by its finder (domain §6).

    What was to be put right at once and is not goes back to CONFIRMED for a notice; what fails
    the last round that policy allows goes to enforcement (S4-7).
    """
    require(principal, Permission.PROBLEM_RECHECK)
    post_id = await acting_post(session, principal, Permission.PROBLEM_RECHECK)
    problem = await queries.lock_problem(session, command.problem_id)
    submitters = await queries.submitters(session, problem)
    faults = [
        rules.step_fault(ProblemStatus(problem.status), {ProblemStatus.PENDING_RECHECK}),
        rules.hand_fault(principal.account_id, problem.found_by_account_id, submitters),
        text_fault("note", command.note, 2, 500, "复核意见", "The note"),
    ]
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    now = now_of(session)
    session.add(
        Recheck(
            tenant_id=problem.tenant_id,
            problem_id=problem.id,
            round=problem.round,
            is_passed=command.is_passed,
            note=command.note.strip(),
            rechecked_by_account_id=principal.account_id,
            rechecked_by_post_id=post_id,
            rechecked_at=now,
        )
    )
    problem.version += 1
    if command.is_passed:
        problem.status = ProblemStatus.WRITTEN_OFF
        problem.written_off_at = now
        await session.flush()
        await record(session, WRITTEN_OFF_METRIC, numerator=1)
        await publish(session, ProblemWrittenOff(problem.tenant_id, problem.id))
    else:
        await _next_round(session, problem, post_id)
    return problem


async def extend_rectification(
    session: AsyncSession, principal: Principal, command: ExtendRectification
) -> Problem:
    """Give a rectification more time, once, by a leader; its mark of lateness stays (SM-3)."""
    require(principal, Permission.DEADLINE_EXTEND)
    problem = await queries.lock_problem(session, command.problem_id)
    if fault := rules.step_fault(ProblemStatus(problem.status), rules.RECTIFIED_IN):
        raise DomainError(fault)
    deadline = await find_open(session, RECTIFY.key, problem.id)
    if deadline is None:
        raise DomainError(_NOT_EXTENDABLE)
    # Locked first, so that the version given below is the present one.
    await silence(session, deadline)
    more = ExtendDeadline(deadline.id, deadline.version, command.days, command.reason)
    extended = await deadlines.extend(session, principal, more)
    if extended.due_at > now_of(session):
        problem.status = ProblemStatus.RECTIFYING
    problem.version += 1
    await session.flush()
    return problem


async def mark_overdue(session: AsyncSession, problem: Problem) -> None:
    """Note, once and for good, that a rectification passed its deadline."""
    if problem.overdue_at is None:
        problem.overdue_at = now_of(session)
        await session.flush()
        await record(session, OVERDUE_METRIC, numerator=1)


async def _keep_evidence(
    session: AsyncSession,
    principal: Principal,
    problem: Problem,
    note: str,
    file_ids: tuple[UUID, ...],
) -> list[Fault]:
    """Write evidence down with its files; what is wrong with it, if anything is."""
    faults = rules.evidence_faults(note, len(file_ids))
    evidence = RectificationEvidence(
        tenant_id=problem.tenant_id,
        id=new_id(),
        problem_id=problem.id,
        round=problem.round,
        note=note.strip(),
        submitted_by_account_id=principal.account_id,
        submitted_at=now_of(session),
    )
    subject = Subject("rectification_evidence", evidence.id, problem.unit_id)
    try:
        await attach(session, file_ids, subject, "evidenceFileIds")
    except DomainError as refused:
        faults += refused.faults
    if not faults:
        session.add(evidence)
        await session.flush()
        session.add_all(
            EvidenceFile(tenant_id=problem.tenant_id, evidence_id=evidence.id, file_id=file_id)
            for file_id in file_ids
        )
        await session.flush()
    return faults


async def _await_recheck(session: AsyncSession, problem: Problem) -> None:
    problem.status = ProblemStatus.PENDING_RECHECK
    problem.version += 1
    await session.flush()


async def _start(
    session: AsyncSession, problem: Problem, post_id: UUID, until: date | None
) -> None:
    """Begin a deadline; the grid's officer follows it up, else whoever set it."""
    owner = await queries.officer_of(session, problem.unit_id) or post_id
    await deadlines.start(session, RECTIFY, problem.id, owner, until=until)
    await record(session, OVERDUE_METRIC, denominator=1)


async def _next_round(session: AsyncSession, problem: Problem, post_id: UUID) -> None:
    most = int(await policy_value(session, policies.MAX_ROUNDS, today_of(session)))
    if problem.round >= most:
        problem.status = ProblemStatus.ENFORCEMENT
        await session.flush()
        await publish(session, ProblemReferred(problem.tenant_id, problem.id))
        return
    problem.round += 1
    if problem.mode == RectificationMode.IMMEDIATE:
        problem.status = ProblemStatus.CONFIRMED
        await session.flush()
        return
    problem.status = ProblemStatus.RECTIFYING
    await session.flush()
    await _start(session, problem, post_id, None)


_NOT_EXTENDABLE = Fault(
    ProblemErrorCode.NOT_EXTENDABLE,
    "该问题没有正在计时的整改期限",
    "No rectification of this problem is running",
    ("id",),
)
