"""Tables of the ledger: accounts with their sums, transfers that are only ever added, stops."""

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
    public,
    refer,
    table_info,
    unique,
)
from infra.money import Fen


class NormalSide(StrEnum):
    """The side on which an account grows: what is owned on the debit, what is owed on the other."""

    DEBIT = "DEBIT"
    CREDIT = "CREDIT"


class AccountKind(StrEnum):
    """What an account is about; `SIDES` says on which side each grows.

    Owned: BANK, CUSTODY_CASH (prepaid fees at the custody bank), DEPOSIT_CASH. Owed, or set aside
    for something: BUDGET, PAYEE, CUSTODY_UNCONSUMED (fees of lessons not yet given),
    INSTITUTION_DUE, REFUND_DUE, DEPOSIT.
    """

    BANK = "BANK"
    CUSTODY_CASH = "CUSTODY_CASH"
    DEPOSIT_CASH = "DEPOSIT_CASH"
    BUDGET = "BUDGET"
    PAYEE = "PAYEE"
    CUSTODY_UNCONSUMED = "CUSTODY_UNCONSUMED"
    INSTITUTION_DUE = "INSTITUTION_DUE"
    REFUND_DUE = "REFUND_DUE"
    DEPOSIT = "DEPOSIT"


SIDES = {
    kind: NormalSide.DEBIT
    if kind in (AccountKind.BANK, AccountKind.CUSTODY_CASH, AccountKind.DEPOSIT_CASH)
    else NormalSide.CREDIT
    for kind in AccountKind
}


class Phase(StrEnum):
    """SINGLE moves at once. PENDING sets aside, and POST | VOID | EXPIRE resolves it, once.

    REVERSAL takes back a SINGLE or a POST, once.
    """

    SINGLE = "SINGLE"
    PENDING = "PENDING"
    POST = "POST"
    VOID = "VOID"
    EXPIRE = "EXPIRE"
    REVERSAL = "REVERSAL"


class Finding(StrEnum):
    """What the standing check can find broken."""

    DEBITS_CREDITS = "DEBITS_CREDITS"
    ACCOUNT_SUMS = "ACCOUNT_SUMS"
    ACCOUNT_BOUNDS = "ACCOUNT_BOUNDS"
    PENDING_RESOLVED = "PENDING_RESOLVED"
    REVERSED = "REVERSED"
    LIVE_PAYOUTS = "LIVE_PAYOUTS"


class LedgerAccount(TenantOwned, Base):
    """An account and its sums, changed only by the functions of this ledger.

    `net_min_fen`, `net_max_fen` bound debits less credits, as it would be if everything set aside
    went the wrong way. `code` and `ref_id` may lead to a person, so no supervisor reads them.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        unique("code"),
        # Short, because PostgreSQL reads a check's tree anew for every statement.
        CheckConstraint(
            "posted_debit_fen - posted_credit_fen - pending_credit_fen >= net_min_fen",
            name="net_min",
        ),
        CheckConstraint(
            "posted_debit_fen - posted_credit_fen + pending_debit_fen <= net_max_fen",
            name="net_max",
        ),
        CheckConstraint("least(pending_debit_fen, pending_credit_fen) >= 0", name="pending"),
        # Room for the next version of a row on its own page: a change touches no index.
        {
            "info": table_info(Kind.TENANT, append_only=True, ledger={"select", "update"}),
            "postgresql_with": {"fillfactor": 50},
        },
    )
    code: Mapped[str] = personal(Text)
    kind: Mapped[AccountKind] = internal(Text)
    normal_side: Mapped[NormalSide] = internal(Text)
    net_min_fen: Mapped[Fen | None] = internal(BigInteger)
    net_max_fen: Mapped[Fen | None] = internal(BigInteger)
    posted_debit_fen: Mapped[Fen] = internal(BigInteger, server_default=text("0"))
    posted_credit_fen: Mapped[Fen] = internal(BigInteger, server_default=text("0"))
    pending_debit_fen: Mapped[Fen] = internal(BigInteger, server_default=text("0"))
    pending_credit_fen: Mapped[Fen] = internal(BigInteger, server_default=text("0"))
    ref_id: Mapped[UUID | None] = personal(Uuid)
    opened_at: Mapped[datetime] = internal(DateTime(timezone=True))


class LedgerTransfer(TenantOwned, Base):
    """One movement from the credited to the debited account: a row cannot fail to balance.

    `ref_kind`, `ref_id`: what it is about. `pending_id`: which PENDING this POST, VOID or EXPIRE
    resolves; a VOID or EXPIRE carries its whole amount. `reverses_id`: what a REVERSAL takes back,
    `reason` its code. `payout_round`: of a payout, how many former ones of the same ref came to
    nothing, so that two live ones cannot be written. `input_hash`: SHA-256 of the command.
    """

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        # The functions have just changed both rows when they write a transfer; asking once more
        # took a fifth of its time. The standing check finds a transfer without its accounts.
        refer("debit_account_id", "ledger_account", enforced=False),
        refer("credit_account_id", "ledger_account", enforced=False),
        refer("pending_id", "ledger_transfer"),
        refer("reverses_id", "ledger_transfer"),
        unique("key"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        CheckConstraint(
            "(phase IN ('POST', 'VOID', 'EXPIRE')) = (pending_id IS NOT NULL)"
            " AND (phase = 'REVERSAL') = (reverses_id IS NOT NULL)",
            name="phase",
        ),
        Index(
            "uq_ledger_transfer_pending",
            "tenant_id",
            "pending_id",
            unique=True,
            postgresql_where=text("pending_id IS NOT NULL"),
        ),
        Index(
            "uq_ledger_transfer_reverses",
            "tenant_id",
            "reverses_id",
            unique=True,
            postgresql_where=text("reverses_id IS NOT NULL"),
        ),
        Index(
            "uq_ledger_transfer_payout",
            "tenant_id",
            "ref_kind",
            "ref_id",
            "payout_round",
            unique=True,
            postgresql_where=text("payout_round IS NOT NULL"),
        ),
        Index("ix_ledger_transfer_debit", "tenant_id", "debit_account_id", "id"),
        Index("ix_ledger_transfer_credit", "tenant_id", "credit_account_id", "id"),
        {
            "info": table_info(
                Kind.TENANT, append_only=True, supervised=False, ledger={"select", "insert"}
            )
        },
    )
    debit_account_id: Mapped[UUID] = internal(Uuid)
    credit_account_id: Mapped[UUID] = internal(Uuid)
    amount_fen: Mapped[Fen] = internal(BigInteger)
    kind: Mapped[str] = internal(Text)
    ref_kind: Mapped[str] = internal(Text)
    ref_id: Mapped[UUID] = personal(Uuid)
    phase: Mapped[Phase] = internal(Text)
    pending_id: Mapped[UUID | None] = internal(Uuid)
    expires_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    reverses_id: Mapped[UUID | None] = internal(Uuid)
    reason: Mapped[str | None] = internal(Text)
    payout_round: Mapped[int | None] = internal(SmallInteger)
    booked_at: Mapped[datetime] = internal(DateTime(timezone=True))
    effective_on: Mapped[date] = internal(Date)
    key: Mapped[str] = personal(Text)
    input_hash: Mapped[bytes] = internal(LargeBinary)


class LedgerState(Base):
    """Whether a tenant's postings are stopped, and when its books are checked next.

    A system table: the scheduler looks over all tenants for books that are due.
    """

    __tablename__ = "ledger_state"
    __table_args__ = (
        Index("ix_ledger_state_due", "check_due_at"),
        {"info": table_info(Kind.SYSTEM, ledger={"select"})},
    )
    tenant_id: Mapped[int] = public(Integer, primary_key=True, autoincrement=False)
    stop_id: Mapped[UUID | None] = internal(Uuid)
    checked_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    check_due_at: Mapped[datetime] = internal(DateTime(timezone=True))


class LedgerStop(TenantOwned, Base):
    """A stop of all postings because the books do not agree, until a person lifts it.

    `account_id` or `transfer_id` name where; the row they name may be gone, so nothing refers.
    """

    __tablename__ = "ledger_stop"
    __table_args__ = (
        refer("lifted_by", "account"),
        CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL)"
            " AND (lifted_at IS NULL) = (lift_reason IS NULL)",
            name="lifted",
        ),
        Index("ix_ledger_stop_stopped", "tenant_id", "stopped_at", "id"),
        {"info": table_info(Kind.TENANT)},
    )
    stopped_at: Mapped[datetime] = internal(DateTime(timezone=True))
    finding: Mapped[Finding] = internal(Text)
    account_id: Mapped[UUID | None] = internal(Uuid)
    transfer_id: Mapped[UUID | None] = internal(Uuid)
    lifted_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    lifted_by: Mapped[UUID | None] = internal(Uuid)
    lift_reason: Mapped[str | None] = personal(Text)
