"""Tables of clues; the reporter stands apart, sealed."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Date, DateTime, Index, Integer, LargeBinary, Text, Uuid
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


class ViolationType(StrEnum):
    """What is alleged (domain §4.6, the union of the sources)."""

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


class ClueStatus(StrEnum):
    """The part of SM-5 up to triage; the reply is a mark of its own."""

    RECEIVED = "RECEIVED"
    NEED_INFO = "NEED_INFO"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    MERGED = "MERGED"


class OwnerReason(StrEnum):
    """Why a clue has its owner."""

    TERRITORY = "TERRITORY"
    GRID_WITHOUT_OFFICER = "GRID_WITHOUT_OFFICER"
    PLACE_UNKNOWN = "PLACE_UNKNOWN"


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
