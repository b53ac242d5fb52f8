"""Tables of deadlines; ids, dates and codes only, so that the scheduler may see them all."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Index,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.orm import Mapped

from infra.database.base import (
    Base,
    Kind,
    TenantOwned,
    internal,
    public,
    refer,
    table_info,
    unique,
)
from services.calendar.rules import Span


class DeadlineState(StrEnum):
    """RUNNING ⇄ PAUSED; RUNNING → MISSED when it passes; all three → MET or CANCELLED."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    MISSED = "MISSED"
    MET = "MET"
    CANCELLED = "CANCELLED"


OPEN = (DeadlineState.RUNNING, DeadlineState.PAUSED, DeadlineState.MISSED)
"""States in which somebody still has to act."""


class RungKind(StrEnum):
    """Steps of a ladder, by whom they reach.

    REMIND: the owner, before. DUE: the owner, as it passes. ABOVE: the next post up.
    LEADER: the leader. DRAFT: a 督办单 is drafted for a person to sign.
    """

    REMIND = "REMIND"
    DUE = "DUE"
    ABOVE = "ABOVE"
    LEADER = "LEADER"
    DRAFT = "DRAFT"


class Deadline(TenantOwned, Base):
    """Something that a post has to have done by `due_at`.

    The last day is `amount` `span`s after `counted_from` (at first `start_on`, later the day it
    went on or was extended from), or was set by somebody (no `amount`).
    `plain_on` is the last day as counted, `rolled_on` the next workday when that is a rest day
    (民法典 203); `due_on` is the one that counts and `due_at` its end. Whoever holds
    `owner_post_id` has to act; without an owner the deadline is a silence that has a consequence.
    `calendar_version` is the one its dates rest on; `missed_at` is never cleared; `remaining` is
    what is left, in `span`s, while it is paused.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        refer("owner_post_id", "post"),
        CheckConstraint("(state = 'PAUSED') = (remaining IS NOT NULL)", name="paused"),
        CheckConstraint("(state = 'MET') = (met_at IS NOT NULL)", name="met"),
        Index(
            "uq_deadline_open",
            "tenant_id",
            "rule",
            "subject_id",
            unique=True,
            postgresql_where=text("state IN ('RUNNING', 'PAUSED', 'MISSED')"),
        ),
        Index(
            "ix_deadline_calendar",
            "calendar_version",
            postgresql_where=text("state = 'RUNNING'"),
        ),
        Index("ix_deadline_subject", "tenant_id", "subject_id"),
        Index("ix_deadline_todo", "tenant_id", "owner_post_id", "due_at", "id"),
        {"info": table_info(Kind.SYSTEM, supervised=True, public={"insert"})},
    )
    # No RETURNING: role `public`, whose report starts deadlines, may read none.
    __mapper_args__ = {"eager_defaults": False}
    rule: Mapped[str] = internal(Text)
    subject_type: Mapped[str] = internal(Text)
    subject_id: Mapped[UUID] = internal(Uuid)
    owner_post_id: Mapped[UUID | None] = internal(Uuid)
    state: Mapped[DeadlineState] = internal(Text)
    start_on: Mapped[date] = internal(Date)
    counted_from: Mapped[date] = internal(Date)
    amount: Mapped[int | None] = internal(Integer)
    span: Mapped[Span] = internal(Text)
    plain_on: Mapped[date] = internal(Date)
    rolled_on: Mapped[date] = internal(Date)
    due_on: Mapped[date] = internal(Date)
    due_at: Mapped[datetime] = internal(DateTime(timezone=True))
    is_provisional: Mapped[bool] = internal(Boolean)
    calendar_version: Mapped[int] = internal(Integer)
    round: Mapped[int] = internal(SmallInteger)
    extended_days: Mapped[int | None] = internal(Integer)
    remaining: Mapped[int | None] = internal(Integer)
    met_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    missed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    version: Mapped[int] = internal(Integer)


class DeadlineAlarm(Base):
    """A step of an open deadline's ladder that has not been taken yet; the row goes with it.

    A table of its own, because it stays small however many deadlines there ever were.
    """

    __tablename__ = "deadline_alarm"
    __table_args__ = (
        refer("deadline_id", "deadline"),
        Index("ix_deadline_alarm_fires", "fires_at", "tenant_id"),
        {"info": table_info(Kind.SYSTEM, supervised=True, public={"insert"})},
    )
    __mapper_args__ = {"eager_defaults": False}
    tenant_id: Mapped[int] = public(Integer, primary_key=True, autoincrement=False)
    deadline_id: Mapped[UUID] = internal(Uuid, primary_key=True)
    step: Mapped[int] = internal(SmallInteger, primary_key=True, autoincrement=False)
    round: Mapped[int] = internal(SmallInteger)
    rung: Mapped[RungKind] = internal(Text)
    fires_at: Mapped[datetime] = internal(DateTime(timezone=True))
    subject_id: Mapped[UUID] = internal(Uuid)
    passed_kind: Mapped[str | None] = internal(Text)


class DeadlineStep(TenantOwned, Base):
    """A step that was taken, once; `told_post_id` is the post that heard of it.

    `is_late`: long after its time, because nobody was there to take it (an outage).
    """

    __tablename__ = "deadline_step"
    __table_args__ = (
        # The alarm it was made of had one, and no deadline is ever deleted.
        refer("deadline_id", "deadline", enforced=False),
        refer("told_post_id", "post"),
        unique("deadline_id", "round", "step"),
        {"info": table_info(Kind.SYSTEM, supervised=True)},
    )
    id: Mapped[UUID] = internal(
        Uuid, primary_key=True, server_default=func.gen_random_uuid(), sort_order=-10
    )
    deadline_id: Mapped[UUID] = internal(Uuid)
    round: Mapped[int] = internal(SmallInteger)
    step: Mapped[int] = internal(SmallInteger)
    rung: Mapped[RungKind] = internal(Text)
    planned_at: Mapped[datetime] = internal(DateTime(timezone=True))
    taken_at: Mapped[datetime] = internal(DateTime(timezone=True))
    is_late: Mapped[bool] = internal(Boolean)
    told_post_id: Mapped[UUID | None] = internal(Uuid)
