"""Deadlines and the steps of their ladders as GraphQL types."""

from datetime import date, datetime

from sqlalchemy import and_, func, select

from schema.compiler.declarations import Node, choice, column, many, node, one
from schema.compiler.lists import Connection, connection
from schema.organisation.types import Post, Tenant
from schema.organisation.vocabulary import vocabulary
from services.calendar.rules import Span
from services.deadlines import models, visibility
from services.deadlines.models import OPEN, DeadlineState, RungKind
from tenants.scope import scope_setting

vocabulary(
    DeadlineState,
    "期限状态 — where a deadline stands",
    RUNNING="进行中 — its clock runs",
    PAUSED="已暂停 — its clock stands still",
    MISSED="已逾期 — passed, and still to be done",
    MET="已完成 — what had to be done is done",
    CANCELLED="已取消 — nothing is left to be done",
)
vocabulary(
    RungKind,
    "升级步骤 — whom a step of the ladder reaches",
    REMIND="到期前提醒 — the owner, before",
    DUE="到期 — the owner, as it passes",
    ABOVE="上一级 — the next post up",
    LEADER="分管领导 — the leader",
    DRAFT="督办单草稿 — a supervision order is drafted for signature",
)
vocabulary(
    Span,
    "计算单位 — what a period is counted in",
    WORKING_DAYS="工作日 — days on which people work, make-up days included",
    CALENDAR_DAYS="自然日 — calendar days",
    MONTHS="月 — months, to the corresponding day or the month's end",
    DAY_OF_MONTH="某日前 — by that day of the next month, included",
)

_NEXT_STEP = (
    select(func.min(models.DeadlineAlarm.fires_at))
    .where(
        models.DeadlineAlarm.tenant_id == models.Deadline.tenant_id,
        models.DeadlineAlarm.deadline_id == models.Deadline.id,
    )
    .correlate(models.Deadline)
    .scalar_subquery()
)

_SUBJECTS = (
    "Clue",
    "CustodyAccount",
    "FundAlert",
    "Lesson",
    "OversightDocument",
    "Problem",
    "Refund",
    "Reward",
)
"""Types whose rows have deadlines."""


@node(
    models.Deadline,
    visible=visibility.visible,
    description="期限 — something that a post has to have done by a day",
)
class Deadline(Node):
    tenant: Tenant = one(models.Deadline.tenant_id, "租户 — whose deadline it is")
    rule: str = column(
        models.Deadline.rule, "规则 — stable key of the kind of deadline", filter=True
    )
    subject: Node | None = choice(
        models.Deadline.subject_type,
        {name: (name, models.Deadline.subject_id) for name in _SUBJECTS},
        "事项 — what has to be dealt with; null where the asker may not see it",
    )
    owner: Post | None = one(
        models.Deadline.owner_post_id, "责任岗位 — the post that has to act", filter=True
    )
    state: DeadlineState = column(models.Deadline.state, "状态 — where it stands", filter=True)
    start_on: date = column(
        models.Deadline.start_on, "起始日 — day of the event; it is not counted"
    )
    length: int | None = column(
        models.Deadline.amount, "长度 — in spans; null when somebody set the last day"
    )
    span: Span = column(models.Deadline.span, "单位 — what the length is counted in")
    plain_on: date = column(models.Deadline.plain_on, "计算届满日 — last day as counted")
    rolled_on: date = column(
        models.Deadline.rolled_on,
        "顺延届满日 — the next workday when that is a rest day (民法典 203)",
    )
    due_on: date = column(
        models.Deadline.due_on, "截止日 — the last day that counts", filter=True, order=True
    )
    due_at: datetime = column(
        models.Deadline.due_at, "截止时刻 — the end of that day", filter=True, order=True
    )
    next_step_at: datetime | None = column(
        _NEXT_STEP,
        "下一步时间 — when the next step of its ladder is taken and one more person hears of it;"
        " null when no step is left or its clock stands still",
    )
    is_provisional: bool = column(
        models.Deadline.is_provisional,
        "暂定 — rests on days that no official notice has fixed yet",
    )
    is_overdue: bool = column(
        and_(
            models.Deadline.due_at <= scope_setting("app.now", "timestamptz"),
            models.Deadline.state.in_(OPEN),
            models.Deadline.state != DeadlineState.PAUSED,
        ),
        "已逾期 — passed at this moment, whether or not a worker has noted it",
    )
    missed_at: datetime | None = column(
        models.Deadline.missed_at, "逾期时间 — when it was missed; never cleared"
    )
    met_at: datetime | None = column(models.Deadline.met_at, "完成时间 — when it was met")
    extended_days: int | None = column(
        models.Deadline.extended_days, "延期天数 — what the one extension added"
    )
    version: int = column(
        models.Deadline.version, "版本 — rises with every change; send it as expectedVersion"
    )
    steps: "DeadlineStepConnection" = many(
        models.DeadlineStep.deadline_id, "已执行步骤 — steps of the ladder that were taken"
    )


@connection("期限列表 — a page of deadlines", order=(models.Deadline.due_at,))
class DeadlineConnection(Connection[Deadline]):
    """A page of deadlines."""


@node(
    models.DeadlineStep,
    visible=visibility.visible_steps,
    description="升级记录 — a step of a ladder that was taken, once",
)
class DeadlineStep(Node):
    tenant: Tenant = one(models.DeadlineStep.tenant_id, "租户 — whose deadline it is")
    round: int = column(models.DeadlineStep.round, "轮次 — rises when the deadline is extended")
    step: int = column(models.DeadlineStep.step, "步序 — place in the ladder")
    rung: RungKind = column(models.DeadlineStep.rung, "步骤 — whom it reaches", filter=True)
    planned_at: datetime = column(models.DeadlineStep.planned_at, "计划时间 — when it was due")
    taken_at: datetime = column(
        models.DeadlineStep.taken_at, "执行时间 — when it was taken", order=True
    )
    is_late: bool = column(
        models.DeadlineStep.is_late, "迟发 — taken long after its time, after an outage"
    )
    told: Post | None = one(
        models.DeadlineStep.told_post_id, "告知岗位 — the post that heard of it; null: none yet"
    )


@connection(
    "升级记录列表 — a page of steps",
    order=(models.DeadlineStep.round, models.DeadlineStep.step),
)
class DeadlineStepConnection(Connection[DeadlineStep]):
    """A page of steps."""
