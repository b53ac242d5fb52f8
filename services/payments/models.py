"""Tables of bank accounts, instructions to the bank, and its statements."""

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
    personal,
    public,
    refer,
    sealed,
    table_info,
    unique,
)


class BankAccountKind(StrEnum):
    """What an account is for: rewards out of the budget, prepaid fees, or a risk deposit (§3.2)."""

    REWARD = "REWARD"
    CUSTODY = "CUSTODY"
    DEPOSIT = "DEPOSIT"


class PaymentPurpose(StrEnum):
    """Why money leaves an account."""

    REWARD = "REWARD"
    REFUND = "REFUND"
    RELEASE = "RELEASE"
    DEPOSIT_RETURN = "DEPOSIT_RETURN"


class PaymentState(StrEnum):
    """DRAFTED → SENT → DONE | REFUSED.

    PENDING: the bank took it and has not executed it. UNKNOWN: it may have; it is being asked.
    """

    DRAFTED = "DRAFTED"
    SENT = "SENT"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"
    DONE = "DONE"
    REFUSED = "REFUSED"


class PaymentOutcome(StrEnum):
    """How a call to the bank ended.

    UNKNOWN: begun, and what came of it nobody could write. CLASH: the bank has our id with another
    content, so nothing it says of the id is about this instruction.
    """

    DONE = "DONE"
    REFUSED = "REFUSED"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"
    CLASH = "CLASH"


class LineDirection(StrEnum):
    """Whether a line of a statement is money received or paid."""

    IN = "IN"
    OUT = "OUT"


class BreakKind(StrEnum):
    """Where our instructions and the bank's statement disagree (A6)."""

    LINE_UNKNOWN = "LINE_UNKNOWN"
    CONTENT_DIFFERS = "CONTENT_DIFFERS"
    DUPLICATE = "DUPLICATE"
    INCOME_UNCLAIMED = "INCOME_UNCLAIMED"
    LINE_MISSING = "LINE_MISSING"
    PAID_THOUGH_REFUSED = "PAID_THOUGH_REFUSED"
    UNRESOLVED = "UNRESOLVED"


class BankAccount(TenantOwned, Base):
    """An account of the county's or of an institution (`owner_id`) that we watch or pay from."""

    __tablename__ = "bank_account"
    __table_args__ = (
        unique("account_no"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    account_no: Mapped[str] = internal(Text)
    account_mac: Mapped[bytes] = sealed(LargeBinary)
    bank_code: Mapped[str] = internal(Text)
    name: Mapped[str] = internal(Text)
    kind: Mapped[BankAccountKind] = internal(Text)
    owner_id: Mapped[UUID | None] = internal(Uuid)
    opened_at: Mapped[datetime] = internal(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))


class BankSeat(TenantOwned, Base):
    """An account that acts for a bank (S3-7 银行服务), until `ended_at`."""

    __tablename__ = "bank_seat"
    __table_args__ = (
        refer("account_id", "account"),
        unique("account_id", "bank_code"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    account_id: Mapped[UUID] = internal(Uuid)
    bank_code: Mapped[str] = internal(Text)
    ended_at: Mapped[datetime | None] = internal(DateTime(timezone=True))


class PaymentInstruction(TenantOwned, Base):
    """One payment under our id, which is its id at the bank too.

    `ref_kind`, `ref_id` say what is paid; of one thing and purpose one instruction is live, and
    only after a refusal may another be given.
    """

    __tablename__ = "payment_instruction"
    __table_args__ = (
        refer("bank_account_id", "bank_account"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(state = 'DONE') = (bank_serial IS NOT NULL)", name="serial"),
        CheckConstraint("(state = 'REFUSED') = (refusal_code IS NOT NULL)", name="refusal"),
        CheckConstraint(
            "(state IN ('DONE', 'REFUSED')) = (settled_at IS NOT NULL)", name="settled"
        ),
        Index(
            "uq_payment_instruction_live",
            "tenant_id",
            "ref_kind",
            "ref_id",
            "purpose",
            unique=True,
            postgresql_where=text("state <> 'REFUSED'"),
        ),
        Index("ix_payment_instruction_account", "tenant_id", "bank_account_id", "instructed_at"),
        Index(
            "ix_payment_instruction_open",
            "tenant_id",
            "instructed_at",
            postgresql_where=text("state NOT IN ('DONE', 'REFUSED')"),
        ),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    bank_account_id: Mapped[UUID] = internal(Uuid)
    payee_account: Mapped[bytes] = sealed(LargeBinary)
    payee_name: Mapped[bytes] = sealed(LargeBinary)
    payee_mac: Mapped[bytes] = sealed(LargeBinary)
    payee_tail: Mapped[str] = personal(Text)
    amount_fen: Mapped[int] = internal(BigInteger)
    purpose: Mapped[PaymentPurpose] = internal(Text)
    ref_kind: Mapped[str] = internal(Text)
    ref_id: Mapped[UUID] = internal(Uuid)
    transfer_id: Mapped[UUID | None] = internal(Uuid)
    content_mac: Mapped[bytes] = sealed(LargeBinary)
    state: Mapped[PaymentState] = internal(Text)
    bank_serial: Mapped[str | None] = internal(Text)
    refusal_code: Mapped[str | None] = internal(Text)
    inquiries: Mapped[int] = internal(Integer)
    instructed_at: Mapped[datetime] = internal(DateTime(timezone=True))
    settled_at: Mapped[datetime | None] = internal(DateTime(timezone=True))


class PaymentAttempt(TenantOwned, Base):
    """A call that hands an instruction over, written before it is made; no outcome yet: it runs."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        refer("instruction_id", "payment_instruction"),
        Index("ix_payment_attempt_instruction", "tenant_id", "instruction_id"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    instruction_id: Mapped[UUID] = internal(Uuid)
    started_at: Mapped[datetime] = internal(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )
    outcome: Mapped[PaymentOutcome | None] = internal(Text)


class BankStatement(TenantOwned, Base):
    """One imported file: whose account, which days, how many lines were new."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        refer("bank_account_id", "bank_account"),
        Index("ix_bank_statement_account", "tenant_id", "bank_account_id", "imported_at"),
        {"info": table_info(Kind.TENANT, append_only=True, supervised=False)},
    )
    bank_account_id: Mapped[UUID] = internal(Uuid)
    from_on: Mapped[date] = internal(Date)
    to_on: Mapped[date] = internal(Date)
    lines_new: Mapped[int] = internal(Integer)
    imported_at: Mapped[datetime] = internal(DateTime(timezone=True))


class BankStatementLine(TenantOwned, Base):
    """One booking as the bank states it; what it belongs to is an instruction, a claim or open.

    `reference_id` is the id of ours that the reference holds. `claim_kind`, `claim_id`: what a
    higher noun took the line for (a guardian's payment, a bank's fee).
    """

    __tablename__ = "bank_statement_line"
    __table_args__ = (
        refer("bank_account_id", "bank_account"),
        refer("statement_id", "bank_statement"),
        refer("instruction_id", "payment_instruction"),
        unique("bank_account_id", "serial"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("instruction_id IS NULL OR claim_id IS NULL", name="belongs_once"),
        CheckConstraint("(claim_kind IS NULL) = (claim_id IS NULL)", name="claim"),
        # A payment between two accounts we watch has a line at each end.
        Index(
            "uq_bank_statement_line_instruction",
            "tenant_id",
            "instruction_id",
            "direction",
            unique=True,
            postgresql_where=text("instruction_id IS NOT NULL"),
        ),
        Index(
            "ix_bank_statement_line_open",
            "tenant_id",
            "bank_account_id",
            "booked_on",
            postgresql_where=text("instruction_id IS NULL AND claim_id IS NULL"),
        ),
        Index("ix_bank_statement_line_booked", "tenant_id", "booked_on", "id"),
        Index("ix_bank_statement_line_statement", "tenant_id", "statement_id"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    bank_account_id: Mapped[UUID] = internal(Uuid)
    statement_id: Mapped[UUID] = internal(Uuid)
    booked_on: Mapped[date] = internal(Date)
    serial: Mapped[str] = internal(Text)
    direction: Mapped[LineDirection] = internal(Text)
    amount_fen: Mapped[int] = internal(BigInteger)
    balance_fen: Mapped[int] = internal(BigInteger)
    counterparty: Mapped[str] = personal(Text)
    reference: Mapped[str] = personal(Text)
    reference_id: Mapped[UUID | None] = internal(Uuid)
    instruction_id: Mapped[UUID | None] = internal(Uuid)
    claim_kind: Mapped[str | None] = internal(Text)
    claim_id: Mapped[UUID | None] = internal(Uuid)


class ReconciliationBreak(TenantOwned, Base):
    """A disagreement, from when it was found until it is none any more.

    `subject_id` is the line's or the instruction's id; a subject breaks in one way once.
    """

    __tablename__ = "reconciliation_break"
    __table_args__ = (
        refer("bank_account_id", "bank_account"),
        refer("line_id", "bank_statement_line"),
        refer("instruction_id", "payment_instruction"),
        unique("kind", "subject_id"),
        CheckConstraint("line_id IS NOT NULL OR instruction_id IS NOT NULL", name="subject"),
        Index(
            "ix_reconciliation_break_open",
            "tenant_id",
            "bank_account_id",
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("ix_reconciliation_break_found", "tenant_id", "found_at", "id"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    kind: Mapped[BreakKind] = internal(Text)
    subject_id: Mapped[UUID] = internal(Uuid)
    bank_account_id: Mapped[UUID] = internal(Uuid)
    line_id: Mapped[UUID | None] = internal(Uuid)
    instruction_id: Mapped[UUID | None] = internal(Uuid)
    found_at: Mapped[datetime] = internal(DateTime(timezone=True))
    resolved_at: Mapped[datetime | None] = internal(DateTime(timezone=True))


class ReconciliationDue(Base):
    """When a tenant's accounts are next compared, statement or not; the scheduler's list."""

    __tablename__ = "reconciliation_due"
    __table_args__ = (
        Index("ix_reconciliation_due_at", "due_at"),
        {"info": table_info(Kind.SYSTEM)},
    )
    tenant_id: Mapped[int] = public(Integer, primary_key=True, autoincrement=False)
    due_at: Mapped[datetime] = internal(DateTime(timezone=True))
