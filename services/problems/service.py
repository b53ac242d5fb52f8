"""Commands of problems up to their rectification: find, confirm, dismiss, tell those concerned."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError, Fault
from infra.outbox import publish
from infra.text import text_fault
from services.grids.queries import find_unit
from services.institutions.queries import find_visible
from services.metrics.service import record
from services.problems import policies, queries, rules
from services.problems.errors import ProblemErrorCode
from services.problems.events import ProblemConfirmed, ProblemFound
from services.problems.models import (
    NoticeStatus,
    Problem,
    ProblemSource,
    ProblemStatus,
    RectificationNotice,
    ViolationType,
)
from tenants.access import Permission, require
from tenants.acting import acting_post
from tenants.policies import value as policy_value
from tenants.principal import Principal
from tenants.session import now_of, today_of

FOUND_METRIC = "problems.found"
WRITTEN_OFF_METRIC = "problems.written_off"
"""Out of those confirmed."""


@dataclass(frozen=True)
class FindProblem:
    """What was found: with an institution, or with a subject in the care of a unit."""

    source: ProblemSource
    violation_type: ViolationType
    facts: str
    institution_id: UUID | None = None
    subject_name: str | None = None
    unit_id: UUID | None = None
    place_text: str | None = None


@dataclass(frozen=True)
class ConfirmProblem:
    """It is as found."""

    problem_id: UUID


@dataclass(frozen=True)
class DismissProblem:
    """It is not as found, and why."""

    problem_id: UUID
    reason: str


@dataclass(frozen=True)
class NotifyProblem:
    """Those concerned have been told (通报)."""

    problem_id: UUID


@dataclass(frozen=True)
class Finding:
    """A problem of a noun above, confirmed by the signature under its decision."""

    source: ProblemSource
    origin_id: UUID
    violation_type: ViolationType
    facts: str
    institution_id: UUID | None
    subject_name: str
    unit_id: UUID
    found_by_account_id: UUID
    found_by_post_id: UUID


async def find_problem(
    session: AsyncSession, principal: Principal, command: FindProblem
) -> Problem:
    """Note a problem that was found on the spot; all faults are told at once."""
    require(principal, Permission.PROBLEM_FIND)
    post_id = await acting_post(session, principal, Permission.PROBLEM_FIND)
    faults = rules.found_faults(
        command.source, command.facts, command.subject_name, command.place_text
    )
    unit_id = command.unit_id
    if command.institution_id is not None:
        institution = await find_visible(session, command.institution_id)
        if institution is None:
            faults.append(_unknown("institutionId", "机构", "institution"))
        else:
            unit_id = institution.unit_id
    if command.unit_id is not None and await find_unit(session, command.unit_id) is None:
        faults.append(_unknown("unitId", "单位", "unit"))
    if command.institution_id is None and (command.subject_name is None or unit_id is None):
        faults.append(_SUBJECT_MISSING)
    if faults or unit_id is None:
        raise DomainError(*faults)
    return await _open(
        session,
        Problem(
            tenant_id=principal.tenant_id,
            source=command.source,
            violation_type=command.violation_type,
            institution_id=command.institution_id,
            subject_name=(command.subject_name or "").strip() or None,
            unit_id=unit_id,
            facts=command.facts.strip(),
            place_text=(command.place_text or "").strip() or None,
            status=ProblemStatus.FOUND,
            found_by_account_id=principal.account_id,
            found_by_post_id=post_id,
        ),
    )


async def open_confirmed(
    session: AsyncSession, tenant_id: int, finding: Finding, *, drafts_notice: bool
) -> Problem:
    """A problem that a signed decision has found, with the draft of its notice where asked for.

    The draft proposes the last day that policy gives; goal and measures are the officer's.
    """
    problem = await _open(
        session,
        Problem(
            tenant_id=tenant_id,
            source=finding.source,
            origin_id=finding.origin_id,
            violation_type=finding.violation_type,
            institution_id=finding.institution_id,
            subject_name=finding.subject_name,
            unit_id=finding.unit_id,
            facts=finding.facts,
            status=ProblemStatus.FOUND,
            found_by_account_id=finding.found_by_account_id,
            found_by_post_id=finding.found_by_post_id,
        ),
    )
    await _confirm(session, problem)
    if drafts_notice:
        today = today_of(session)
        days = int(await policy_value(session, policies.RECTIFY_DAYS, today))
        session.add(
            RectificationNotice(
                tenant_id=tenant_id,
                problem_id=problem.id,
                round=problem.round,
                status=NoticeStatus.DRAFT,
                due_on=today + timedelta(days=days),
            )
        )
        await session.flush()
    return problem


async def confirm_problem(
    session: AsyncSession, principal: Principal, command: ConfirmProblem
) -> Problem:
    """Confirm what was found (SM-3). Raises NotFound, DomainError."""
    require(principal, Permission.PROBLEM_CONFIRM)
    problem = await queries.lock_problem(session, command.problem_id)
    if fault := rules.step_fault(ProblemStatus(problem.status), {ProblemStatus.FOUND}):
        raise DomainError(fault)
    await _confirm(session, problem)
    return problem


async def dismiss_problem(
    session: AsyncSession, principal: Principal, command: DismissProblem
) -> Problem:
    """Dismiss what was found, with the reason (SM-3). Raises NotFound, DomainError."""
    require(principal, Permission.PROBLEM_CONFIRM)
    problem = await queries.lock_problem(session, command.problem_id)
    faults = [
        rules.step_fault(ProblemStatus(problem.status), {ProblemStatus.FOUND}),
        text_fault("reason", command.reason, 2, 500, "理由", "The reason"),
    ]
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    problem.status = ProblemStatus.DISMISSED
    problem.status_reason = command.reason.strip()
    problem.version += 1
    await session.flush()
    return problem


async def notify_problem(
    session: AsyncSession, principal: Principal, command: NotifyProblem
) -> Problem:
    """Mark that those concerned were told (S2-7 通报), once. Raises NotFound, DomainError."""
    require(principal, Permission.PROBLEM_NOTICE)
    problem = await queries.lock_problem(session, command.problem_id)
    faults = [rules.step_fault(ProblemStatus(problem.status), rules.NOTIFIED_IN)]
    if problem.notified_at is not None:
        faults.append(
            Fault(
                ProblemErrorCode.ALREADY_NOTIFIED,
                "该问题已通报",
                "Those concerned have been told already",
                ("id",),
            )
        )
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    problem.notified_at = now_of(session)
    problem.version += 1
    await session.flush()
    return problem


async def _open(session: AsyncSession, problem: Problem) -> Problem:
    problem.found_at = now_of(session)
    problem.round = 1
    problem.version = 1
    session.add(problem)
    await session.flush()
    await record(session, FOUND_METRIC, numerator=1)
    await publish(session, ProblemFound(problem.tenant_id, problem.id))
    return problem


async def _confirm(session: AsyncSession, problem: Problem) -> None:
    problem.status = ProblemStatus.CONFIRMED
    problem.confirmed_at = now_of(session)
    problem.version += 1
    await session.flush()
    await record(session, WRITTEN_OFF_METRIC, denominator=1)
    await publish(session, ProblemConfirmed(problem.tenant_id, problem.id))


_SUBJECT_MISSING = Fault(
    ProblemErrorCode.SUBJECT_MISSING,
    "请选择在册机构；未登记的对象须写明名称和所属单位",
    "Choose a registered institution; of anybody else give the name and the unit",
    ("subjectName",),
)


def _unknown(field: str, zh: str, en: str) -> Fault:
    return Fault(
        ProblemErrorCode.NOT_FOUND, f"找不到该{zh}", f"No such {en}; check the id", (field,)
    )
