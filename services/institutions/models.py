"""Tables of the institution register and of its search."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, LargeBinary, Text, Uuid
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


class Institution(TenantOwned, Base):
    """A training institution in a county's register; `unit_id` is the grid that watches it."""

    __tablename__ = "institution"
    __table_args__ = (
        refer("unit_id", "unit"),
        unique("uscc"),
        CheckConstraint("(status = 'CLOSED') = (closed_at IS NOT NULL)", name="closed"),
        Index("ix_institution_unit", "tenant_id", "unit_id"),
        Index("ix_institution_sort", "tenant_id", "sort_key", "id"),
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
