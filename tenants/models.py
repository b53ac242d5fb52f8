"""Tables of the second floor: tenants, the organisation, accounts, audit, policies, keys."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Interval,
    LargeBinary,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
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


class Level(StrEnum):
    """Levels of jurisdictions; the depth between them is not fixed."""

    NATIONAL = "NATIONAL"
    PROVINCE = "PROVINCE"
    CITY = "CITY"
    COUNTY = "COUNTY"
    FUNCTIONAL_ZONE = "FUNCTIONAL_ZONE"


class TenantStatus(StrEnum):
    """DRAFT → ACTIVE → SUSPENDED → ARCHIVED (domain §4.1)."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    ARCHIVED = "ARCHIVED"


class Division(Base):
    """An administrative division or functional zone with its validity (GB/T 2260 or own key)."""

    __tablename__ = "division"
    __table_args__ = ({"info": table_info(Kind.REFERENCE)},)
    code: Mapped[str] = public(Text, primary_key=True)
    valid_from: Mapped[date] = public(Date, primary_key=True)
    name: Mapped[str] = public(Text)
    level: Mapped[str] = public(Text)
    parent_code: Mapped[str | None] = public(Text)
    valid_to: Mapped[date | None] = public(Date)
    new_code: Mapped[str | None] = public(Text)


class Tenant(Base):
    """A jurisdiction that acts; its number is the first of the block `number`…`hi`."""

    __tablename__ = "tenant"
    __table_args__ = (
        CheckConstraint("number >= 0 AND hi >= number", name="block"),
        {"info": table_info(Kind.REFERENCE)},
    )
    number: Mapped[int] = public(Integer, primary_key=True, autoincrement=False)
    hi: Mapped[int] = public(Integer)
    parent_number: Mapped[int | None] = public(Integer, ForeignKey("tenant.number"))
    name: Mapped[str] = public(Text)
    level: Mapped[Level] = public(Text)
    public_code: Mapped[str] = public(Text, unique=True)
    division_code: Mapped[str | None] = public(Text)
    status: Mapped[TenantStatus] = public(Text, default=TenantStatus.ACTIVE)


class RangeException(Base):
    """A tenant that moved: the jurisdiction's block lacks it (`is_within`) or holds it no more."""

    __tablename__ = "range_exception"
    __table_args__ = ({"info": table_info(Kind.REFERENCE)},)
    jurisdiction_number: Mapped[int] = public(
        Integer, ForeignKey("tenant.number"), primary_key=True, autoincrement=False
    )
    tenant_number: Mapped[int] = public(
        Integer, ForeignKey("tenant.number"), primary_key=True, autoincrement=False
    )
    is_within: Mapped[bool] = public(Boolean)


class ClockShift(Base):
    """The one row that moves the domain's clock; non-zero only in demo and test databases."""

    __tablename__ = "clock_shift"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("is_demo OR shift = interval '0'", name="demo_only"),
        {"info": table_info(Kind.REFERENCE)},
    )
    id: Mapped[int] = public(Integer, primary_key=True, autoincrement=False)
    shift: Mapped[timedelta] = public(Interval)
    is_demo: Mapped[bool] = public(Boolean)


class UnitKind(StrEnum):
    """Kinds of organisational units (S0-1, S2-22)."""

    COUNTY_BUREAU = "COUNTY_BUREAU"
    CITY_OFFICE = "CITY_OFFICE"
    PROVINCE_OFFICE = "PROVINCE_OFFICE"
    DISTRICT_AREA = "DISTRICT_AREA"
    CENTRAL_SCHOOL = "CENTRAL_SCHOOL"
    JUNIOR_SCHOOL = "JUNIOR_SCHOOL"
    PRIMARY_SCHOOL = "PRIMARY_SCHOOL"
    COMMUNITY = "COMMUNITY"


class Unit(TenantOwned, Base):
    """A node of the one organisational tree; reports go along `reports_to_id`."""

    __tablename__ = "unit"
    __table_args__ = (
        refer("parent_id", "unit"),
        refer("reports_to_id", "unit"),
        unique("code"),
        {"info": table_info(Kind.TENANT, public={"select"})},
    )
    code: Mapped[str] = public(Text)
    name: Mapped[str] = public(Text)
    kind: Mapped[UnitKind] = public(Text)
    parent_id: Mapped[UUID | None] = public(Uuid, index=True)
    reports_to_id: Mapped[UUID | None] = public(Uuid)


class UnitClosure(Base):
    """Every pair (ancestor, descendant) of the tree, each unit with itself included."""

    __tablename__ = "unit_closure"
    __table_args__ = (
        refer("ancestor_id", "unit"),
        refer("descendant_id", "unit"),
        Index("ix_unit_closure_descendant", "tenant_id", "descendant_id", "ancestor_id"),
        {"info": table_info(Kind.TENANT, public={"select"})},
    )
    tenant_id: Mapped[int] = public(Integer, primary_key=True)
    ancestor_id: Mapped[UUID] = public(Uuid, primary_key=True)
    descendant_id: Mapped[UUID] = public(Uuid, primary_key=True)
    depth: Mapped[int] = public(Integer)


class Post(TenantOwned, Base):
    """A post (岗位): rights hang on it, persons come and go (S0-3)."""

    __tablename__ = "post"
    __table_args__ = (
        refer("unit_id", "unit"),
        unique("code"),
        {"info": table_info(Kind.TENANT, public={"select"})},
    )
    code: Mapped[str] = public(Text)
    unit_id: Mapped[UUID] = public(Uuid, index=True)
    title: Mapped[str] = public(Text)
    role: Mapped[str] = public(Text)


class Account(TenantOwned, Base):
    """Somebody who can be authenticated; `epoch` counts every change of rights."""

    __tablename__ = "account"
    __table_args__ = (unique("login"), {"info": table_info(Kind.TENANT)})
    login: Mapped[str] = personal(Text)
    epoch: Mapped[int] = internal(Integer, default=1)
    disabled_at: Mapped[datetime | None] = internal(DateTime(timezone=True))


class Holding(TenantOwned, Base):
    """An account holds a post from a day to a day; a deputy stands in for the holder (G7)."""

    __tablename__ = "holding"
    __table_args__ = (
        refer("post_id", "post"),
        refer("account_id", "account"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        {"info": table_info(Kind.TENANT)},
    )
    post_id: Mapped[UUID] = public(Uuid, index=True)
    account_id: Mapped[UUID] = public(Uuid, index=True)
    is_deputy: Mapped[bool] = public(Boolean, default=False)
    valid_from: Mapped[date] = public(Date)
    valid_to: Mapped[date | None] = public(Date)


class PolicyValue(TenantOwned, Base):
    """A tenant's own value of a policy, with its validity and the clause it comes from."""

    __tablename__ = "policy_value"
    __table_args__ = (
        unique("key", "valid_from"),
        {"info": table_info(Kind.TENANT, public={"select"})},
    )
    key: Mapped[str] = public(Text)
    value: Mapped[Any] = public(JSONB)
    valid_from: Mapped[date] = public(Date)
    valid_to: Mapped[date | None] = public(Date)
    source: Mapped[str] = public(Text)


class DataKey(TenantOwned, Base):
    """A tenant's data key, wrapped by the master key that lives outside the database."""

    __tablename__ = "data_key"
    __table_args__ = ({"info": table_info(Kind.TENANT, append_only=True, supervised=False)},)
    purpose: Mapped[str] = internal(Text)
    wrapped: Mapped[bytes] = sealed(LargeBinary)


class Serial(Base):
    """The last number of a series of papers in a year; see `tenants.serials`."""

    __tablename__ = "serial"
    __table_args__ = ({"info": table_info(Kind.TENANT, supervised=False)},)
    tenant_id: Mapped[int] = public(Integer, primary_key=True, autoincrement=False)
    series: Mapped[str] = internal(Text, primary_key=True)
    year: Mapped[int] = internal(Integer, primary_key=True, autoincrement=False)
    last_number: Mapped[int] = internal(Integer)


class IdempotencyKey(Base):
    """A client's key for one command: a digest of its input and the ids of what it made."""

    __tablename__ = "idempotency_key"
    __table_args__ = (
        refer("account_id", "account"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    tenant_id: Mapped[int] = public(Integer, primary_key=True, autoincrement=False)
    account_id: Mapped[UUID] = internal(Uuid, primary_key=True)
    key: Mapped[str] = personal(Text, primary_key=True)
    """Classed as personal because a client makes it of what it likes."""
    input_mac: Mapped[bytes] = sealed(LargeBinary)
    results: Mapped[dict[str, Any]] = internal(JSONB)
    created_at: Mapped[datetime] = internal(DateTime(timezone=True))


class AuditHead(Base):
    """The tip of a tenant's audit chain."""

    __tablename__ = "audit_head"
    __table_args__ = (
        {
            "info": table_info(
                Kind.TENANT,
                supervised=False,
                public={"select", "update"},
                scheduler={"select", "update"},
            )
        },
    )
    tenant_id: Mapped[int] = public(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = public(BigInteger)
    hash: Mapped[bytes] = public(LargeBinary)


class AuditLink(Base):
    """One unit of work in a tenant's hash chain: who did what to which rows, and when."""

    __tablename__ = "audit_link"
    __table_args__ = (
        {
            "info": table_info(
                Kind.TENANT,
                append_only=True,
                supervised=False,
                public={"insert"},
                scheduler={"insert"},
            )
        },
    )
    tenant_id: Mapped[int] = public(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = public(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[str] = internal(Text)
    account_id: Mapped[str] = internal(Text)
    action: Mapped[str] = internal(Text)
    subjects: Mapped[str] = internal(Text)
    hash: Mapped[bytes] = internal(LargeBinary)
