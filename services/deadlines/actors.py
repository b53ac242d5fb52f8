"""Taking steps as they fall due, and telling the posts that they reach."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.deadlines import queries
from services.deadlines.events import DeadlineMoved, DeadlineStepped
from services.deadlines.models import OPEN, Deadline, RungKind
from services.deadlines.recounting import move_behind
from services.deadlines.stepping import take_due_steps
from services.notifications.rules import Template, code_of
from services.notifications.service import notify_accounts
from tenants.actors import actor
from tenants.duties import duty

_TICK_S = 1.0
_LOOK_S = 30.0

_TEMPLATES = {
    RungKind.REMIND: Template.DEADLINE_REMIND,
    RungKind.DUE: Template.DEADLINE_DUE,
    RungKind.ABOVE: Template.DEADLINE_ABOVE,
    RungKind.LEADER: Template.DEADLINE_LEADER,
}

duty("deadlines.step", every_s=_TICK_S)(take_due_steps)
duty("deadlines.recount", every_s=_LOOK_S)(move_behind)


@actor("deadline.stepped")
async def tell_step(session: AsyncSession, event: DeadlineStepped) -> None:
    """A message to whoever acts for the post that a step reaches; none when it was done meanwhile.

    A step that finds its post vacant goes to the next one up, and the trace says which.
    """
    deadline = await session.get_one(Deadline, (event.tenant_id, event.deadline_id))
    rung = RungKind(event.rung)
    if deadline.owner_post_id is None or deadline.state not in OPEN or rung not in _TEMPLATES:
        return
    reached = await queries.recipients(session, deadline.owner_post_id, rung)
    if reached is None:
        return
    post_id, accounts = reached
    template = _TEMPLATES[rung]
    if post_id != deadline.owner_post_id and rung in (RungKind.REMIND, RungKind.DUE):
        template = Template.DEADLINE_VACANT
    await queries.note_told(session, deadline, event.round, event.step, post_id)
    await notify_accounts(session, event.tenant_id, accounts, template, _parameters(deadline))


@actor("deadline.moved")
async def tell_move(session: AsyncSession, event: DeadlineMoved) -> None:
    """The owner hears that a new calendar moved the last day."""
    deadline = await session.get_one(Deadline, (event.tenant_id, event.deadline_id))
    if deadline.owner_post_id is None or deadline.state not in OPEN:
        return
    reached = await queries.recipients(session, deadline.owner_post_id, RungKind.REMIND)
    if reached is not None:
        await notify_accounts(
            session, event.tenant_id, reached[1], Template.DEADLINE_MOVED, _parameters(deadline)
        )


def _parameters(deadline: Deadline) -> dict[str, str]:
    return {"task": code_of(deadline.rule), "due": deadline.due_on.isoformat()}
