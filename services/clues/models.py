"""Tables of clues; the reporter stands apart, sealed."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, DateTime, Index, Integer, LargeBinary, Text, Uuid
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped

from infra.database.base import (
    Base,
    Kind,
    TenantOwned,
    internal,
    personal,
    public,
    refer,
    sealed,
    table_info,
    unique,
)
from infra.ids import new_undatable_id
from services.problems.models import ViolationType


class ClueChannel(StrEnum):
    """Where a clue came from (S2-9: seven channels and the snap app; S3-21: stations)."""

    HOTLINE_12345 = "HOTLINE_12345"
    SUPERVISION_PLATFORM = "SUPERVISION_PLATFORM"
    EMAIL = "EMAIL"
    INSPECTOR_FEEDBACK = "INSPECTOR_FEEDBACK"
    GRID_PATROL = "GRID_PATROL"
    SOCIAL_SUPERVISION = "SOCIAL_SUPERVISION"
    MEDIA = "MEDIA"
    SNAP_REPORT = "SNAP_REPORT"
    REPORTING_STATION = "REPORTING_STATION"
    WEB = "WEB"


class ClueStatus(StrEnum):
    """SM-5; the reply is a mark of its own."""

    RECEIVED = "RECEIVED"
    NEED_INFO = "NEED_INFO"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    MERGED = "MERGED"
    VERIFYING = "VERIFYING"
    SUBSTANTIATED = "SUBSTANTIATED"
    PARTIALLY = "PARTIALLY"
    UNSUBSTANTIATED = "UNSUBSTANTIATED"
    FALSE = "FALSE"


class ClueOutcome(StrEnum):
    """What verification found; the clue's status once it is signed."""

    SUBSTANTIATED = "SUBSTANTIATED"
    PARTIALLY = "PARTIALLY"
    UNSUBSTANTIATED = "UNSUBSTANTIATED"
    FALSE = "FALSE"


class ConclusionStatus(StrEnum):
    """PROPOSED → SIGNED | RETURNED by a leader; PROPOSED → REPLACED by a new proposal."""

    PROPOSED = "PROPOSED"
    SIGNED = "SIGNED"
    RETURNED = "RETURNED"
    REPLACED = "REPLACED"


class OwnerReason(StrEnum):
    """Why a clue has its owner; ASSIGNED: the clue desk gave it to a post to verify."""

    TERRITORY = "TERRITORY"
    GRID_WITHOUT_OFFICER = "GRID_WITHOUT_OFFICER"
    PLACE_UNKNOWN = "PLACE_UNKNOWN"
    ASSIGNED = "ASSIGNED"


class ReplyChannel(StrEnum):
    """How the reporter was answered (S3-14: by telephone or SMS)."""

    PHONE = "PHONE"
    SMS = "SMS"
    RECEIPT = "RECEIPT"


class Clue(TenantOwned, Base):
    """A report. Its id is random, so that nobody can date a reporter by it.

    The digests are HMACs of ≥ 80-bit secrets under a key outside the database: whoever reads
    them cannot make a receipt, which is why role `public` may compare them.
    """

    __tablename__ = "clue"
    __table_args__ = (
        refer("owner_post_id", "post"),
        refer("owner_unit_id", "unit"),
        refer("merged_into_id", "clue"),
        unique("ticket_no"),
        unique("key_mac"),
        Index("ix_clue_owner_unit", "tenant_id", "owner_unit_id"),
        Index("ix_clue_received", "tenant_id", "received_at", "id"),
        {"info": table_info(Kind.TENANT, public={"select", "insert"})},
    )
    id: Mapped[UUID] = public(Uuid, primary_key=True, default=new_undatable_id, sort_order=-10)
    ticket_no: Mapped[str] = public(Text)
    key_mac: Mapped[bytes] = public(LargeBinary)
    input_mac: Mapped[bytes] = public(LargeBinary)
    receipt_mac: Mapped[bytes] = public(LargeBinary)
    channel: Mapped[ClueChannel] = internal(Text)
    violation_type: Mapped[ViolationType] = internal(Text)
    subject_name: Mapped[str] = personal(Text)
    facts: Mapped[str] = personal(Text)
    place_code: Mapped[str | None] = internal(Text)
    place_text: Mapped[str | None] = personal(Text)
    owner_post_id: Mapped[UUID] = internal(Uuid)
    owner_unit_id: Mapped[UUID] = internal(Uuid)
    owner_reason: Mapped[OwnerReason] = internal(Text)
    status: Mapped[ClueStatus] = public(Text)
    status_reason: Mapped[str | None] = personal(Text)
    info_wanted: Mapped[str | None] = public(Text)
    merged_into_id: Mapped[UUID | None] = internal(Uuid)
    received_at: Mapped[datetime] = public(DateTime(timezone=True))
    triaged_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    reply_text: Mapped[str | None] = public(Text)
    reply_channel: Mapped[ReplyChannel | None] = internal(Text)
    reply_proof: Mapped[str | None] = personal(Text)
    replied_at: Mapped[datetime | None] = public(DateTime(timezone=True))
    version: Mapped[int] = internal(Integer, default=1)


class ClueConclusion(TenantOwned, Base):
    """What verification found: proposed by the clue desk, signed by a leader (S3-13).

    `conduct` is what was found, whatever was alleged; consequences follow from it. `problem_id`
    is the problem that the signature opened. The institution is null where nobody registered is
    concerned.
    """

    __tablename__ = "clue_conclusion"
    __table_args__ = (
        refer("clue_id", "clue"),
        refer("institution_id", "institution"),
        refer("problem_id", "problem"),
        refer("proposed_by_account_id", "account"),
        refer("proposed_by_post_id", "post"),
        refer("decided_by_post_id", "post"),
        CheckConstraint(
            "(outcome IN ('SUBSTANTIATED', 'PARTIALLY')) = (conduct IS NOT NULL)", name="conduct"
        ),
        CheckConstraint(
            "status NOT IN ('SIGNED', 'RETURNED') OR decided_at IS NOT NULL", name="decided"
        ),
        Index("ix_clue_conclusion_clue", "tenant_id", "clue_id"),
        Index(
            "uq_clue_conclusion_live",
            "tenant_id",
            "clue_id",
            unique=True,
            postgresql_where=sql("status IN ('PROPOSED', 'SIGNED')"),
        ),
        {"info": table_info(Kind.TENANT)},
    )
    id: Mapped[UUID] = internal(Uuid, primary_key=True, default=new_undatable_id, sort_order=-10)
    clue_id: Mapped[UUID] = internal(Uuid)
    status: Mapped[ConclusionStatus] = internal(Text)
    outcome: Mapped[ClueOutcome] = internal(Text)
    conduct: Mapped[ViolationType | None] = internal(Text)
    institution_id: Mapped[UUID | None] = internal(Uuid)
    text: Mapped[str] = personal(Text)
    proposed_by_account_id: Mapped[UUID] = internal(Uuid)
    proposed_by_post_id: Mapped[UUID] = internal(Uuid)
    proposed_at: Mapped[datetime] = internal(DateTime(timezone=True))
    decided_by_post_id: Mapped[UUID | None] = internal(Uuid)
    decided_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    return_reason: Mapped[str | None] = personal(Text)
    problem_id: Mapped[UUID | None] = internal(Uuid)


class FalseReportEducation(TenantOwned, Base):
    """虚假举报批评教育 (S3-12): owed for a report found false."""

    __tablename__ = "false_report_education"
    __table_args__ = (
        refer("clue_id", "clue"),
        refer("ordered_by_post_id", "post"),
        unique("clue_id"),
        {"info": table_info(Kind.TENANT, append_only=True, supervised=False)},
    )
    id: Mapped[UUID] = internal(Uuid, primary_key=True, default=new_undatable_id, sort_order=-10)
    clue_id: Mapped[UUID] = internal(Uuid)
    ground: Mapped[str] = personal(Text)
    ordered_by_post_id: Mapped[UUID] = internal(Uuid)
    ordered_at: Mapped[datetime] = internal(DateTime(timezone=True))


class ClueSupplement(TenantOwned, Base):
    """What a reporter added by receipt when asked."""

    __tablename__ = "clue_supplement"
    __table_args__ = (
        refer("clue_id", "clue"),
        {"info": table_info(Kind.TENANT, append_only=True, supervised=False, public={"insert"})},
    )
    id: Mapped[UUID] = internal(Uuid, primary_key=True, default=new_undatable_id, sort_order=-10)
    clue_id: Mapped[UUID] = internal(Uuid, index=True)
    facts: Mapped[str] = personal(Text)


class Reporter(TenantOwned, Base):
    """Who reported, sealed; a row exists only when a phone number was left."""

    __tablename__ = "reporter"
    __table_args__ = (
        refer("clue_id", "clue"),
        unique("clue_id"),
        {"info": table_info(Kind.TENANT, append_only=True, supervised=False, public={"insert"})},
    )
    id: Mapped[UUID] = sealed(Uuid, primary_key=True, default=new_undatable_id, sort_order=-10)
    clue_id: Mapped[UUID] = sealed(Uuid)
    phone: Mapped[bytes] = sealed(LargeBinary)
    phone_mac: Mapped[bytes] = sealed(LargeBinary)
    left_on: Mapped[date] = sealed(Date)
