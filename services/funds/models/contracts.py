"""Tables of contracts: what was paid, taught and given back."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
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
    personal,
    refer,
    sealed,
    table_info,
    unique,
)
from services.institutions.models import InstitutionCategory


class ContractStatus(StrEnum):
    """SM-7a: DRAFT → SIGNED → ACTIVE when paid → COMPLETED | TERMINATED by a refund."""

    DRAFT = "DRAFT"
    SIGNED = "SIGNED"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


class FeeStatus(StrEnum):
    """BOOKED, or UNCLAIMED for a reason that may pass."""

    BOOKED = "BOOKED"
    UNCLAIMED = "UNCLAIMED"


class UnclaimedReason(StrEnum):
    """Why money that names a contract is not booked on it."""

    ABOVE_TOTAL = "ABOVE_TOTAL"
    TOO_EARLY = "TOO_EARLY"
    NOT_SIGNED = "NOT_SIGNED"
    ACCOUNT_NOT_ACTIVE = "ACCOUNT_NOT_ACTIVE"
    OTHER_ACCOUNT = "OTHER_ACCOUNT"


class LessonStatus(StrEnum):
    """SM-7b: PENDING_CONFIRM → CONFIRMED → RELEASED; → DISPUTED → CONFIRMED | CANCELLED.

    RELEASED: the bank has been told to pay; a refusal of the bank leads back to CONFIRMED.
    """

    PENDING_CONFIRM = "PENDING_CONFIRM"
    DISPUTED = "DISPUTED"
    CONFIRMED = "CONFIRMED"
    RELEASED = "RELEASED"
    CANCELLED = "CANCELLED"


class RefundStatus(StrEnum):
    """SM-7c: REQUESTED → AGREED → PAYING → EXECUTED; → DISPUTED → AGREED | REFUSED.

    PAYING: the bank has been told to pay; a refusal of the bank leads back to AGREED.
    """

    REQUESTED = "REQUESTED"
    DISPUTED = "DISPUTED"
    AGREED = "AGREED"
    PAYING = "PAYING"
    EXECUTED = "EXECUTED"
    REFUSED = "REFUSED"


class DecidedBy(StrEnum):
    """Whose word or silence settled a lesson or a refund."""

    GUARDIAN = "GUARDIAN"
    INSTITUTION = "INSTITUTION"
    SILENCE = "SILENCE"
    SUPERVISOR = "SUPERVISOR"


class Contract(TenantOwned, Base):
    """A guardian's contract with an institution about a course (GF-2021-2604).

    `child_ref` is the child's school-register or identity number, `child_mac` its keyed digest:
    minors' data, never a supervisor's. The ledger account holds what is paid and not consumed and
    cannot rise above the total. `gift_hours` are worth nothing. Refunds go back to the account
    that the guardian named when signing.
    """

    __tablename__ = "contract"
    __table_args__ = (
        refer("institution_id", "institution"),
        refer("custody_account_id", "custody_account"),
        refer("guardian_account_id", "account"),
        refer("ledger_account_id", "ledger_account"),
        CheckConstraint("hours > 0 AND gift_hours >= 0 AND unit_price_fen > 0", name="amounts"),
        CheckConstraint("total_fen = hours * unit_price_fen", name="total"),
        CheckConstraint("consumed_hours BETWEEN 0 AND hours", name="consumed"),
        CheckConstraint("paid_fen BETWEEN 0 AND total_fen", name="paid"),
        CheckConstraint(
            "status = 'DRAFT' OR (signed_at IS NOT NULL AND custody_account_id IS NOT NULL"
            " AND ledger_account_id IS NOT NULL AND refund_no IS NOT NULL)",
            name="signed",
        ),
        Index("ix_contract_child", "tenant_id", "institution_id", "child_mac"),
        Index("ix_contract_guardian", "tenant_id", "guardian_account_id"),
        Index("ix_contract_custody", "tenant_id", "custody_account_id"),
        Index("ix_contract_drafted", "tenant_id", "drafted_at", "id"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    institution_id: Mapped[UUID] = internal(Uuid)
    custody_account_id: Mapped[UUID | None] = internal(Uuid)
    guardian_account_id: Mapped[UUID] = personal(Uuid)
    child_ref: Mapped[bytes] = sealed(LargeBinary)
    child_mac: Mapped[bytes] = sealed(LargeBinary)
    course: Mapped[str] = personal(Text)
    category: Mapped[InstitutionCategory] = internal(Text)
    hours: Mapped[int] = internal(SmallInteger)
    gift_hours: Mapped[int] = internal(SmallInteger)
    unit_price_fen: Mapped[int] = internal(BigInteger)
    total_fen: Mapped[int] = internal(BigInteger)
    start_on: Mapped[date] = internal(Date)
    ends_on: Mapped[date] = internal(Date)
    template: Mapped[str] = internal(Text)
    status: Mapped[ContractStatus] = internal(Text)
    refund_no: Mapped[bytes | None] = sealed(LargeBinary)
    refund_name: Mapped[bytes | None] = sealed(LargeBinary)
    ledger_account_id: Mapped[UUID | None] = internal(Uuid)
    paid_fen: Mapped[int] = internal(BigInteger)
    consumed_hours: Mapped[int] = internal(SmallInteger)
    drafted_at: Mapped[datetime] = internal(DateTime(timezone=True))
    signed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    paid_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    version: Mapped[int] = internal(Integer)


class ContractPayment(TenantOwned, Base):
    """A guardian's payment under the bank's serial number, booked on its contract once.

    UNCLAIMED money stays the bank's open income until its `reason` has passed. `line_id` is the
    statement's line, once there is one.
    """

    __tablename__ = "contract_payment"
    __table_args__ = (
        refer("contract_id", "contract"),
        refer("custody_account_id", "custody_account"),
        refer("line_id", "bank_statement_line"),
        refer("transfer_id", "ledger_transfer"),
        unique("custody_account_id", "bank_serial"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(status = 'BOOKED') = (transfer_id IS NOT NULL)", name="booked"),
        CheckConstraint("(status = 'UNCLAIMED') = (reason IS NOT NULL)", name="unclaimed"),
        Index("ix_contract_payment_contract", "tenant_id", "contract_id"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    contract_id: Mapped[UUID] = internal(Uuid)
    custody_account_id: Mapped[UUID] = internal(Uuid)
    bank_serial: Mapped[str] = internal(Text)
    amount_fen: Mapped[int] = internal(BigInteger)
    paid_on: Mapped[date] = internal(Date)
    status: Mapped[FeeStatus] = internal(Text)
    reason: Mapped[UnclaimedReason | None] = internal(Text)
    line_id: Mapped[UUID | None] = internal(Uuid)
    transfer_id: Mapped[UUID | None] = internal(Uuid)
    received_at: Mapped[datetime] = internal(DateTime(timezone=True))


class Lesson(TenantOwned, Base):
    """Hours that an institution says it has taught; their price is held until it is settled.

    `hold_id` holds it on the contract, `payout_id` on the account while the bank pays.
    """

    __tablename__ = "lesson"
    __table_args__ = (
        refer("contract_id", "contract"),
        refer("hold_id", "ledger_transfer"),
        refer("payout_id", "ledger_transfer"),
        CheckConstraint("hours > 0 AND amount_fen > 0", name="amounts"),
        Index("ix_lesson_contract", "tenant_id", "contract_id"),
        Index("ix_lesson_requested", "tenant_id", "requested_at", "id"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    contract_id: Mapped[UUID] = internal(Uuid)
    taught_on: Mapped[date] = internal(Date)
    hours: Mapped[int] = internal(SmallInteger)
    amount_fen: Mapped[int] = internal(BigInteger)
    status: Mapped[LessonStatus] = internal(Text)
    decided_by: Mapped[DecidedBy | None] = internal(Text)
    objection: Mapped[str | None] = personal(Text)
    decision: Mapped[str | None] = personal(Text)
    hold_id: Mapped[UUID] = internal(Uuid)
    payout_id: Mapped[UUID | None] = internal(Uuid)
    tries: Mapped[int] = internal(SmallInteger)
    requested_at: Mapped[datetime] = internal(DateTime(timezone=True))
    confirmed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    booked_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    paid_at: Mapped[datetime | None] = internal(DateTime(timezone=True))


class RefundRequest(TenantOwned, Base):
    """A guardian's request for what is not consumed; the amount is held until it is settled."""

    __tablename__ = "refund_request"
    __table_args__ = (
        refer("contract_id", "contract"),
        refer("hold_id", "ledger_transfer"),
        refer("payout_id", "ledger_transfer"),
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_refund_request_contract", "tenant_id", "contract_id"),
        Index("ix_refund_request_requested", "tenant_id", "requested_at", "id"),
        Index(
            "uq_refund_request_open",
            "tenant_id",
            "contract_id",
            unique=True,
            postgresql_where=text("status NOT IN ('EXECUTED', 'REFUSED')"),
        ),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    contract_id: Mapped[UUID] = internal(Uuid)
    amount_fen: Mapped[int] = internal(BigInteger)
    reason: Mapped[str] = personal(Text)
    status: Mapped[RefundStatus] = internal(Text)
    decided_by: Mapped[DecidedBy | None] = internal(Text)
    objection: Mapped[str | None] = personal(Text)
    decision: Mapped[str | None] = personal(Text)
    hold_id: Mapped[UUID] = internal(Uuid)
    payout_id: Mapped[UUID | None] = internal(Uuid)
    tries: Mapped[int] = internal(SmallInteger)
    requested_at: Mapped[datetime] = internal(DateTime(timezone=True))
    agreed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    booked_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    executed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
