"""Tables that only these tests have: schools, pupils and grams of names."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Date, DateTime, LargeBinary, MetaData, Numeric, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped

from infra.database.base import (
    Kind,
    TenantOwned,
    internal,
    personal,
    public,
    refer,
    sealed,
    table_info,
)


class FixtureBase(DeclarativeBase):
    """A metadata apart, so that no migration ever sees these tables."""

    metadata = MetaData()


class SchoolKind(StrEnum):
    """Kinds of schools."""

    JUNIOR = "JUNIOR"
    PRIMARY = "PRIMARY"


class School(TenantOwned, FixtureBase):
    """Has every kind of column the compiler encodes."""

    __tablename__ = "fx_school"
    __table_args__ = (refer("parent_id", "fx_school"), {"info": table_info(Kind.TENANT)})
    name: Mapped[str] = public(Text)
    kind: Mapped[SchoolKind] = public(Text)
    area_id: Mapped[UUID] = internal(Uuid)
    parent_id: Mapped[UUID | None] = public(Uuid)
    fee: Mapped[int | None] = public(BigInteger)
    rate: Mapped[Decimal] = public(Numeric)
    opened: Mapped[date] = public(Date)
    seen: Mapped[datetime | None] = public(DateTime(timezone=True))
    made: Mapped[datetime] = public(DateTime(timezone=True))
    note: Mapped[str] = internal(Text)
    phone: Mapped[str] = personal(Text)
    secret: Mapped[bytes] = sealed(LargeBinary)


class Pupil(TenantOwned, FixtureBase):
    """Two foreign keys to the same table."""

    __tablename__ = "fx_pupil"
    __table_args__ = (
        refer("school_id", "fx_school"),
        refer("mentor_id", "fx_school"),
        {"info": table_info(Kind.TENANT)},
    )
    name: Mapped[str] = public(Text)
    score: Mapped[int] = public()
    school_id: Mapped[UUID] = public(Uuid)
    mentor_id: Mapped[UUID | None] = public(Uuid)
    guardian_kind: Mapped[str | None] = public(Text)
    guardian_id: Mapped[UUID | None] = public(Uuid)


class Gram(FixtureBase):
    """Postings of a school's name."""

    __tablename__ = "fx_gram"
    __table_args__ = (refer("school_id", "fx_school"), {"info": table_info(Kind.TENANT)})
    tenant_id: Mapped[int] = public(primary_key=True)
    gram: Mapped[str] = public(Text, primary_key=True)
    school_id: Mapped[UUID] = public(Uuid, primary_key=True)
