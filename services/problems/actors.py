"""Reactions to what happens to problems: mark what is late, tell the institution of its notice."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.deadlines.events import DeadlineExtended
from services.deadlines.models import Deadline, DeadlineState
from services.institutions.queries import operators
from services.notifications.rules import Template
from services.notifications.service import notify_accounts
from services.problems import queries
from services.problems.deadlines import RECTIFY
from services.problems.events import RectificationNoticeIssued, RectificationOverdue
from services.problems.models import Problem, ProblemStatus, RectificationNotice
from services.problems.rectification import mark_overdue
from tenants.actors import actor


@actor("problem.overdue")
async def note_overdue(session: AsyncSession, event: RectificationOverdue) -> None:
    """The mark of lateness, and the state unless evidence or an extension came meanwhile."""
    problem = await queries.lock_problem(session, event.subject_id)
    await mark_overdue(session, problem)
    deadline = await session.get_one(Deadline, (event.tenant_id, event.deadline_id))
    if deadline.state == DeadlineState.MISSED and problem.status == ProblemStatus.RECTIFYING:
        problem.status = ProblemStatus.OVERDUE
        problem.version += 1
        await session.flush()


@actor("deadline.extended")
async def note_more_time(session: AsyncSession, event: DeadlineExtended) -> None:
    """Overdue is rectifying again, also when the deadline itself was extended (SM-3)."""
    deadline = await session.get_one(Deadline, (event.tenant_id, event.deadline_id))
    if deadline.rule != RECTIFY.key or deadline.state != DeadlineState.RUNNING:
        return
    problem = await queries.lock_problem(session, deadline.subject_id)
    if problem.status == ProblemStatus.OVERDUE:
        problem.status = ProblemStatus.RECTIFYING
        problem.version += 1
        await session.flush()


@actor("problem.notice_issued")
async def tell_institution(session: AsyncSession, event: RectificationNoticeIssued) -> None:
    """A message to whoever acts for the institution."""
    problem = await session.get_one(Problem, (event.tenant_id, event.problem_id))
    notice = await session.get_one(RectificationNotice, (event.tenant_id, event.notice_id))
    if problem.institution_id is None:
        return
    accounts = await operators(session, problem.institution_id)
    await notify_accounts(
        session,
        event.tenant_id,
        accounts,
        Template.PROBLEM_NOTICE,
        {"notice": f"{notice.year}-{notice.number}", "due": notice.due_on.isoformat()},
    )
