"""Papers of oversight: a row in the issuer's tenant, and the same id in the tenant it is for."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, SmallInteger, Text, Uuid, text
from sqlalchemy.orm import Mapped

from infra.database.base import Base, Kind, TenantOwned, internal, table_info, unique


class OversightKind(StrEnum):
    """Papers of the ladder (S2-3); the first depth has the supervision order (督办单)."""

    SUPERVISION_ORDER = "SUPERVISION_ORDER"


class OversightStatus(StrEnum):
    """SM-14: DRAFT → ISSUED → ACKNOWLEDGED → RESPONDED → CLOSED; a draft may be DISCARDED."""

    DRAFT = "DRAFT"
    DISCARDED = "DISCARDED"
    ISSUED = "ISSUED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RESPONDED = "RESPONDED"
    CLOSED = "CLOSED"


class OversightDocument(TenantOwned, Base):
    """A paper from one jurisdiction to another below it.

    The issuer's row and the target's have the same id; each is changed in its own tenant, and an
    event carries the change to the other. `basis_rule` and `basis_id` name the deadline of the
    target whose ladder ended; a draft without them was begun by a person.
    """

    __tablename__ = "oversight_document"
    __table_args__ = (
        unique("year", "number", "issuer_number"),
        CheckConstraint("(year IS NULL) = (number IS NULL)", name="number"),
        CheckConstraint("(status IN ('DRAFT', 'DISCARDED')) = (number IS NULL)", name="signed"),
        CheckConstraint("(basis_rule IS NULL) = (basis_id IS NULL)", name="basis"),
        Index(
            "uq_oversight_document_basis",
            "tenant_id",
            "basis_id",
            unique=True,
            postgresql_where=text("basis_id IS NOT NULL"),
        ),
        Index("ix_oversight_document_drafted", "tenant_id", "drafted_at", "id"),
        {"info": table_info(Kind.TENANT)},
    )
    kind: Mapped[OversightKind] = internal(Text)
    status: Mapped[OversightStatus] = internal(Text)
    issuer_number: Mapped[int] = internal(Integer)
    target_number: Mapped[int] = internal(Integer)
    year: Mapped[int | None] = internal(SmallInteger)
    number: Mapped[int | None] = internal(Integer)
    demand: Mapped[str] = internal(Text)
    basis_rule: Mapped[str | None] = internal(Text)
    basis_id: Mapped[UUID | None] = internal(Uuid)
    drafted_at: Mapped[datetime] = internal(DateTime(timezone=True))
    issued_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    acknowledged_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    answer: Mapped[str | None] = internal(Text)
    responded_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    version: Mapped[int] = internal(Integer)
