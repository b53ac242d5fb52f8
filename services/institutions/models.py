"""Tables of the institution register and of its search."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
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
    public,
    refer,
    table_info,
    unique,
)
from infra.identifiers import Uscc


class InstitutionCategory(StrEnum):
    """What is taught: school subjects, or one of the kinds outside them."""

    SUBJECT = "SUBJECT"
    NON_SUBJECT_ARTS = "NON_SUBJECT_ARTS"
    NON_SUBJECT_SPORTS = "NON_SUBJECT_SPORTS"
    NON_SUBJECT_SCIENCE = "NON_SUBJECT_SCIENCE"
    NON_SUBJECT_OTHER = "NON_SUBJECT_OTHER"


class InstitutionStatus(StrEnum):
    """ACTIVE → CLOSED, the ends of SM-8."""

    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"


class ListKind(StrEnum):
    """The two lists of S1-14; an institution is on one of them at most."""

    WHITE = "WHITE"
    BLACK = "BLACK"


class ListReason(StrEnum):
    """Why an institution is on a list: SUBJECT_TRAINING S3-13, REFUSED_CLOSURE S1-7,
    REFUSED_RECTIFICATION S1-16; COMPLIANT is the white list's.
    """

    COMPLIANT = "COMPLIANT"
    SUBJECT_TRAINING = "SUBJECT_TRAINING"
    REFUSED_CLOSURE = "REFUSED_CLOSURE"
    REFUSED_RECTIFICATION = "REFUSED_RECTIFICATION"
    OTHER_VIOLATION = "OTHER_VIOLATION"


class BasisKind(StrEnum):
    """What a decision about an institution rests on."""

    CLUE = "CLUE"
    PROBLEM = "PROBLEM"
    DOCUMENT = "DOCUMENT"


class AnnualResult(StrEnum):
    """Results of an annual inspection (SM-8b)."""

    QUALIFIED = "QUALIFIED"
    BASICALLY_QUALIFIED = "BASICALLY_QUALIFIED"
    UNQUALIFIED = "UNQUALIFIED"


class PublicationStatus(StrEnum):
    """DRAFT → SIGNED, for good; DRAFT → WITHDRAWN when the lists are drafted anew."""

    DRAFT = "DRAFT"
    SIGNED = "SIGNED"
    WITHDRAWN = "WITHDRAWN"


class Institution(TenantOwned, Base):
    """A training institution in a county's register; `unit_id` is the grid that watches it.

    The licence is the teaching licence (办学许可证); `licensed_until` is its last day.
    """

    __tablename__ = "institution"
    __table_args__ = (
        refer("unit_id", "unit"),
        unique("uscc"),
        CheckConstraint("(status = 'CLOSED') = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("(licence_no IS NULL) = (licensed_until IS NULL)", name="licence"),
        Index("ix_institution_unit", "tenant_id", "unit_id"),
        Index("ix_institution_sort", "tenant_id", "sort_key", "id"),
        Index(
            "uq_institution_licence",
            "tenant_id",
            "licence_no",
            unique=True,
            postgresql_where=text("licence_no IS NOT NULL"),
        ),
        {"info": table_info(Kind.TENANT)},
    )
    uscc: Mapped[Uscc] = public(Text)
    name: Mapped[str] = public(Text)
    category: Mapped[InstitutionCategory] = public(Text)
    unit_id: Mapped[UUID] = public(Uuid)
    address: Mapped[str | None] = internal(Text)
    status: Mapped[InstitutionStatus] = public(Text)
    registered_at: Mapped[datetime] = public(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = public(DateTime(timezone=True))
    close_reason: Mapped[str | None] = internal(Text)
    version: Mapped[int] = public(Integer)
    sort_key: Mapped[bytes] = internal(LargeBinary)
    licence_no: Mapped[str | None] = public(Text)
    licensed_until: Mapped[date | None] = public(Date)


class InstitutionGram(Base):
    """A posting of the search: this institution's name holds this gram."""

    __tablename__ = "institution_gram"
    __table_args__ = (
        refer("institution_id", "institution"),
        Index("ix_institution_gram_institution", "tenant_id", "institution_id"),
        {"info": table_info(Kind.TENANT)},
    )
    tenant_id: Mapped[int] = public(Integer, primary_key=True, autoincrement=False)
    gram: Mapped[str] = public(Text, primary_key=True)
    institution_id: Mapped[UUID] = public(Uuid, primary_key=True)


class InstitutionOperator(TenantOwned, Base):
    """An account that acts for an institution (机构落实), until `ended_at`."""

    __tablename__ = "institution_operator"
    __table_args__ = (
        refer("institution_id", "institution"),
        refer("account_id", "account"),
        unique("account_id", "institution_id"),
        Index("ix_institution_operator_institution", "tenant_id", "institution_id"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    institution_id: Mapped[UUID] = internal(Uuid)
    account_id: Mapped[UUID] = internal(Uuid)
    ended_at: Mapped[datetime | None] = internal(DateTime(timezone=True))


class ListEntry(TenantOwned, Base):
    """An institution on a list, in force from `effective_at` until `removed_at`.

    `basis_id` is the row that the decision rests on, `basis_text` the document. Signed with a
    post; the account is in the audit chain.
    """

    __tablename__ = "list_entry"
    __table_args__ = (
        refer("institution_id", "institution"),
        refer("signed_by_post_id", "post"),
        refer("removed_by_post_id", "post"),
        CheckConstraint("(basis_kind = 'DOCUMENT') = (basis_text IS NOT NULL)", name="document"),
        CheckConstraint("(basis_kind = 'DOCUMENT') = (basis_id IS NULL)", name="basis"),
        CheckConstraint("(removed_at IS NULL) = (removal_reason IS NULL)", name="removed"),
        CheckConstraint("(kind = 'WHITE') = (reason = 'COMPLIANT')", name="reason"),
        # White and black exclude each other at one instant (SM-8c).
        Index(
            "uq_list_entry_live",
            "tenant_id",
            "institution_id",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index("ix_list_entry_institution", "tenant_id", "institution_id", "effective_at"),
        Index("ix_list_entry_effective", "tenant_id", "effective_at", "id"),
        {"info": table_info(Kind.TENANT)},
    )
    kind: Mapped[ListKind] = public(Text)
    institution_id: Mapped[UUID] = public(Uuid)
    reason: Mapped[ListReason] = public(Text)
    basis_kind: Mapped[BasisKind] = internal(Text)
    basis_id: Mapped[UUID | None] = internal(Uuid)
    basis_text: Mapped[str | None] = internal(Text)
    signed_by_post_id: Mapped[UUID] = internal(Uuid)
    effective_at: Mapped[datetime] = public(DateTime(timezone=True))
    removed_at: Mapped[datetime | None] = public(DateTime(timezone=True))
    removal_reason: Mapped[str | None] = internal(Text)
    removed_by_post_id: Mapped[UUID | None] = internal(Uuid)


class AnnualInspection(TenantOwned, Base):
    """The result of an institution's inspection of a year; a later one supersedes it."""

    __tablename__ = "annual_inspection"
    __table_args__ = (
        refer("institution_id", "institution"),
        refer("decided_by_post_id", "post"),
        CheckConstraint("(basis_kind = 'DOCUMENT') = (basis_text IS NOT NULL)", name="document"),
        CheckConstraint("(basis_kind = 'DOCUMENT') = (basis_id IS NULL)", name="basis"),
        Index(
            "uq_annual_inspection_present",
            "tenant_id",
            "institution_id",
            "year",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        {"info": table_info(Kind.TENANT)},
    )
    institution_id: Mapped[UUID] = public(Uuid)
    year: Mapped[int] = public(SmallInteger)
    result: Mapped[AnnualResult] = public(Text)
    basis_kind: Mapped[BasisKind] = internal(Text)
    basis_id: Mapped[UUID | None] = internal(Uuid)
    basis_text: Mapped[str | None] = internal(Text)
    decided_by_post_id: Mapped[UUID] = internal(Uuid)
    decided_at: Mapped[datetime] = public(DateTime(timezone=True))
    superseded_at: Mapped[datetime | None] = public(DateTime(timezone=True))


class ListPublication(TenantOwned, Base):
    """The lists of a month as published (S1-14 一月一公布); `batch_no` is given when signed.

    `month_on` is the month's first day. Who drafted does not sign.
    """

    __tablename__ = "list_publication"
    __table_args__ = (
        refer("drafted_by_account_id", "account"),
        refer("drafted_by_post_id", "post"),
        refer("signed_by_post_id", "post"),
        unique("batch_no"),
        CheckConstraint("(status = 'SIGNED') = (batch_no IS NOT NULL)", name="batch"),
        CheckConstraint("(status = 'SIGNED') = (signed_at IS NOT NULL)", name="signed"),
        Index(
            "uq_list_publication_month",
            "tenant_id",
            "month_on",
            unique=True,
            postgresql_where=text("status <> 'WITHDRAWN'"),
        ),
        {"info": table_info(Kind.TENANT)},
    )
    month_on: Mapped[date] = public(Date)
    status: Mapped[PublicationStatus] = public(Text)
    batch_no: Mapped[int | None] = public(Integer)
    drafted_by_account_id: Mapped[UUID] = internal(Uuid)
    drafted_by_post_id: Mapped[UUID] = internal(Uuid)
    drafted_at: Mapped[datetime] = internal(DateTime(timezone=True))
    signed_by_post_id: Mapped[UUID | None] = internal(Uuid)
    signed_at: Mapped[datetime | None] = public(DateTime(timezone=True))


class ListPublicationEntry(TenantOwned, Base):
    """An entry as it stood when its publication was drafted; never changed afterwards."""

    __tablename__ = "list_publication_entry"
    __table_args__ = (
        refer("publication_id", "list_publication"),
        refer("list_entry_id", "list_entry"),
        unique("publication_id", "list_entry_id"),
        {"info": table_info(Kind.TENANT, append_only=True)},
    )
    publication_id: Mapped[UUID] = public(Uuid)
    list_entry_id: Mapped[UUID] = public(Uuid)
    kind: Mapped[ListKind] = public(Text)
    reason: Mapped[ListReason] = public(Text)
    uscc: Mapped[Uscc] = public(Text)
    name: Mapped[str] = public(Text)
    effective_at: Mapped[datetime] = public(DateTime(timezone=True))
