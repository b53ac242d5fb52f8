"""Tables of problems: what was found, its notices, its evidence, its re-checks."""

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
    text,
)
from sqlalchemy.orm import Mapped

from infra.database.base import (
    Base,
    Kind,
    TenantOwned,
    internal,
    personal,
    refer,
    table_info,
    unique,
)


class ViolationType(StrEnum):
    """What is alleged or was found (domain §4.6, the union of the sources)."""

    UNLICENSED = "UNLICENSED"
    FAKE_DEREGISTRATION = "FAKE_DEREGISTRATION"
    OLD_SITE_ENROL_ELSEWHERE = "OLD_SITE_ENROL_ELSEWHERE"
    NON_SUBJECT_DOING_SUBJECT = "NON_SUBJECT_DOING_SUBJECT"
    CARE_OR_LUNCH_COVER = "CARE_OR_LUNCH_COVER"
    UNQUALIFIED_TEACHER = "UNQUALIFIED_TEACHER"
    UNSAFE_OR_HIDDEN_PREMISES = "UNSAFE_OR_HIDDEN_PREMISES"
    ONE_TO_ONE = "ONE_TO_ONE"
    ONE_TO_MANY = "ONE_TO_MANY"
    FORBIDDEN_TIME = "FORBIDDEN_TIME"
    ONLINE_TRANSFER = "ONLINE_TRANSFER"
    TEACHER_MOONLIGHTING_TEACH = "TEACHER_MOONLIGHTING_TEACH"
    TEACHER_MOONLIGHTING_REFER = "TEACHER_MOONLIGHTING_REFER"
    TEACHER_MOONLIGHTING_LEADS = "TEACHER_MOONLIGHTING_LEADS"
    OVER_COLLECTION = "OVER_COLLECTION"
    OFF_ACCOUNT_COLLECTION = "OFF_ACCOUNT_COLLECTION"
    EARLY_COLLECTION = "EARLY_COLLECTION"
    TRAINING_LOAN = "TRAINING_LOAN"
    REFUND_REFUSAL = "REFUND_REFUSAL"
    NO_DISCLOSURE = "NO_DISCLOSURE"
    FALSE_AD = "FALSE_AD"
    OUTDOOR_AD = "OUTDOOR_AD"
    MATERIAL_UNREVIEWED = "MATERIAL_UNREVIEWED"
    BEYOND_SYLLABUS = "BEYOND_SYLLABUS"
    ILLEGAL_CONTEST = "ILLEGAL_CONTEST"
    FIRE_SAFETY = "FIRE_SAFETY"
    CCTV = "CCTV"
    OTHER = "OTHER"


class ProblemSource(StrEnum):
    """How a problem was found."""

    PATROL = "PATROL"
    INSPECTION = "INSPECTION"
    CLUE = "CLUE"
    ALERT = "ALERT"


class ProblemStatus(StrEnum):
    """SM-3. ENFORCEMENT: not rectified in the rounds allowed (S4-7, S1-16)."""

    FOUND = "FOUND"
    DISMISSED = "DISMISSED"
    CONFIRMED = "CONFIRMED"
    RECTIFYING = "RECTIFYING"
    OVERDUE = "OVERDUE"
    PENDING_RECHECK = "PENDING_RECHECK"
    WRITTEN_OFF = "WRITTEN_OFF"
    ENFORCEMENT = "ENFORCEMENT"


class RectificationMode(StrEnum):
    """IMMEDIATE 立行立改 · DEADLINE 限期整改 (S4-6)."""

    IMMEDIATE = "IMMEDIATE"
    DEADLINE = "DEADLINE"


class NoticeStatus(StrEnum):
    """DRAFT → ISSUED, with its number."""

    DRAFT = "DRAFT"
    ISSUED = "ISSUED"


class Problem(TenantOwned, Base):
    """Something wrong, with an institution or with somebody who is not in the register.

    `origin_id` is the row of a noun above that it came from (a clue, an alert). `overdue_at` is
    when a rectification first passed its deadline; never cleared. `round` counts rectifications.
    """

    __tablename__ = "problem"
    __table_args__ = (
        refer("institution_id", "institution"),
        refer("unit_id", "unit"),
        refer("found_by_account_id", "account"),
        refer("found_by_post_id", "post"),
        CheckConstraint("institution_id IS NOT NULL OR subject_name IS NOT NULL", name="subject"),
        CheckConstraint("(status = 'WRITTEN_OFF') = (written_off_at IS NOT NULL)", name="closed"),
        Index("ix_problem_unit", "tenant_id", "unit_id"),
        Index("ix_problem_institution", "tenant_id", "institution_id"),
        Index("ix_problem_found", "tenant_id", "found_at", "id"),
        {"info": table_info(Kind.TENANT)},
    )
    source: Mapped[ProblemSource] = internal(Text)
    origin_id: Mapped[UUID | None] = internal(Uuid)
    violation_type: Mapped[ViolationType] = internal(Text)
    institution_id: Mapped[UUID | None] = internal(Uuid)
    subject_name: Mapped[str | None] = personal(Text)
    unit_id: Mapped[UUID] = internal(Uuid)
    facts: Mapped[str] = personal(Text)
    place_text: Mapped[str | None] = personal(Text)
    status: Mapped[ProblemStatus] = internal(Text)
    status_reason: Mapped[str | None] = personal(Text)
    found_by_account_id: Mapped[UUID] = internal(Uuid)
    found_by_post_id: Mapped[UUID] = internal(Uuid)
    found_at: Mapped[datetime] = internal(DateTime(timezone=True))
    confirmed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    notified_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    mode: Mapped[RectificationMode | None] = internal(Text)
    round: Mapped[int] = internal(SmallInteger)
    overdue_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    written_off_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    version: Mapped[int] = internal(Integer)


class RectificationNotice(TenantOwned, Base):
    """整改通知书. A draft has no number; issued, it has goal, last day and measures (S4-6)."""

    __tablename__ = "rectification_notice"
    __table_args__ = (
        refer("problem_id", "problem"),
        refer("issued_by_post_id", "post"),
        unique("year", "number"),
        CheckConstraint(
            "status = 'DRAFT' OR (year IS NOT NULL AND number IS NOT NULL AND goal IS NOT NULL"
            " AND measures IS NOT NULL AND issued_at IS NOT NULL)",
            name="issued",
        ),
        Index("ix_rectification_notice_problem", "tenant_id", "problem_id"),
        Index(
            "uq_rectification_notice_draft",
            "tenant_id",
            "problem_id",
            unique=True,
            postgresql_where=text("status = 'DRAFT'"),
        ),
        {"info": table_info(Kind.TENANT)},
    )
    problem_id: Mapped[UUID] = internal(Uuid)
    round: Mapped[int] = internal(SmallInteger)
    status: Mapped[NoticeStatus] = internal(Text)
    year: Mapped[int | None] = internal(SmallInteger)
    number: Mapped[int | None] = internal(Integer)
    goal: Mapped[str | None] = personal(Text)
    measures: Mapped[str | None] = personal(Text)
    due_on: Mapped[date] = internal(Date)
    issued_by_post_id: Mapped[UUID | None] = internal(Uuid)
    issued_at: Mapped[datetime | None] = internal(DateTime(timezone=True))


class RectificationEvidence(TenantOwned, Base):
    """What shows that a round's rectification is done: a note, and photos or papers."""

    __tablename__ = "rectification_evidence"
    __table_args__ = (
        refer("problem_id", "problem"),
        refer("submitted_by_account_id", "account"),
        Index("ix_rectification_evidence_problem", "tenant_id", "problem_id"),
        {"info": table_info(Kind.TENANT, append_only=True, supervised=False)},
    )
    problem_id: Mapped[UUID] = internal(Uuid)
    round: Mapped[int] = internal(SmallInteger)
    note: Mapped[str] = personal(Text)
    submitted_by_account_id: Mapped[UUID] = internal(Uuid)
    submitted_at: Mapped[datetime] = internal(DateTime(timezone=True))


class EvidenceFile(TenantOwned, Base):
    """A photo or paper of a piece of evidence."""

    __tablename__ = "evidence_file"
    __table_args__ = (
        refer("evidence_id", "rectification_evidence"),
        refer("file_id", "file"),
        unique("file_id"),
        Index("ix_evidence_file_evidence", "tenant_id", "evidence_id"),
        {"info": table_info(Kind.TENANT, append_only=True, supervised=False)},
    )
    evidence_id: Mapped[UUID] = internal(Uuid)
    file_id: Mapped[UUID] = internal(Uuid)


class Recheck(TenantOwned, Base):
    """复核: whether a round's rectification was found done, by another hand than the finder's."""

    __tablename__ = "recheck"
    __table_args__ = (
        refer("problem_id", "problem"),
        refer("rechecked_by_account_id", "account"),
        refer("rechecked_by_post_id", "post"),
        unique("problem_id", "round"),
        {"info": table_info(Kind.TENANT, append_only=True)},
    )
    problem_id: Mapped[UUID] = internal(Uuid)
    round: Mapped[int] = internal(SmallInteger)
    is_passed: Mapped[bool] = internal(Boolean)
    note: Mapped[str] = personal(Text)
    rechecked_by_account_id: Mapped[UUID] = internal(Uuid)
    rechecked_by_post_id: Mapped[UUID] = internal(Uuid)
    rechecked_at: Mapped[datetime] = internal(DateTime(timezone=True))
