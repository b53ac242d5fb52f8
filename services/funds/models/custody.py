"""Tables of custody accounts, orders about them, and alerts."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Index,
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
    table_info,
    unique,
)


class CustodyKind(StrEnum):
    """CUSTODY: prepaid fees (银行托管) · DEPOSIT: the risk deposit (风险保证金)."""

    CUSTODY = "CUSTODY"
    DEPOSIT = "DEPOSIT"


class CustodyStatus(StrEnum):
    """SM-7d: OPENED → ACTIVE once filed ⇄ FROZEN → CLOSED."""

    OPENED = "OPENED"
    ACTIVE = "ACTIVE"
    FROZEN = "FROZEN"
    CLOSED = "CLOSED"


class OrderKind(StrEnum):
    """What an order does to an account."""

    FREEZE = "FREEZE"
    UNFREEZE = "UNFREEZE"


class AlertRule(StrEnum):
    """A1: the bank holds less than what is owed to guardians."""

    BALANCE_BELOW_UNCONSUMED = "BALANCE_BELOW_UNCONSUMED"


class AlertLevel(StrEnum):
    """Two levels [N:zj]."""

    YELLOW = "YELLOW"
    RED = "RED"


class AlertStatus(StrEnum):
    """SM-7e: RAISED → INVESTIGATING → HANDLED | FALSE_ALARM."""

    RAISED = "RAISED"
    INVESTIGATING = "INVESTIGATING"
    HANDLED = "HANDLED"
    FALSE_ALARM = "FALSE_ALARM"


class CustodyAccount(TenantOwned, Base):
    """An institution's supervised account at a bank, with its accounts in the ledger.

    `cash_account_id` is what the bank holds, `due_account_id` the institution's part of it,
    `refund_account_id` refunds that were agreed; what is left is not consumed yet. Of a deposit
    account the last two are one, the deposit owed. Released money goes to `settlement_no`.
    """

    __tablename__ = "custody_account"
    __table_args__ = (
        refer("institution_id", "institution"),
        refer("bank_account_id", "bank_account"),
        refer("cash_account_id", "ledger_account"),
        refer("due_account_id", "ledger_account"),
        refer("refund_account_id", "ledger_account"),
        unique("bank_account_id"),
        CheckConstraint("(filing_no IS NULL) = (filed_at IS NULL)", name="filed"),
        CheckConstraint("(status = 'CLOSED') = (closed_at IS NOT NULL)", name="closed"),
        Index(
            "uq_custody_account_live",
            "tenant_id",
            "institution_id",
            "kind",
            unique=True,
            postgresql_where=text("status <> 'CLOSED'"),
        ),
        Index("ix_custody_account_institution", "tenant_id", "institution_id"),
        Index("ix_custody_account_opened", "tenant_id", "opened_at", "id"),
        {"info": table_info(Kind.TENANT)},
    )
    institution_id: Mapped[UUID] = internal(Uuid)
    kind: Mapped[CustodyKind] = internal(Text)
    status: Mapped[CustodyStatus] = internal(Text)
    bank_account_id: Mapped[UUID] = internal(Uuid)
    bank_code: Mapped[str] = internal(Text)
    account_no: Mapped[str] = internal(Text)
    settlement_no: Mapped[str] = personal(Text)
    settlement_name: Mapped[str] = personal(Text)
    cash_account_id: Mapped[UUID] = internal(Uuid)
    due_account_id: Mapped[UUID] = internal(Uuid)
    refund_account_id: Mapped[UUID] = internal(Uuid)
    opened_at: Mapped[datetime] = internal(DateTime(timezone=True))
    filing_no: Mapped[str | None] = internal(Text)
    filed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))


class CustodyOrder(TenantOwned, Base):
    """An order to freeze or release an account: one person asks, another confirms."""

    __tablename__ = "custody_order"
    __table_args__ = (
        refer("custody_account_id", "custody_account"),
        refer("requested_by_account_id", "account"),
        refer("requested_by_post_id", "post"),
        refer("confirmed_by_account_id", "account"),
        refer("confirmed_by_post_id", "post"),
        CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_account_id IS NULL)"
            " AND (confirmed_at IS NULL) = (confirmed_by_post_id IS NULL)",
            name="confirmed",
        ),
        CheckConstraint("confirmed_by_account_id <> requested_by_account_id", name="two_hands"),
        Index(
            "uq_custody_order_open",
            "tenant_id",
            "custody_account_id",
            unique=True,
            postgresql_where=text("confirmed_at IS NULL"),
        ),
        Index("ix_custody_order_account", "tenant_id", "custody_account_id"),
        {"info": table_info(Kind.TENANT)},
    )
    custody_account_id: Mapped[UUID] = internal(Uuid)
    kind: Mapped[OrderKind] = internal(Text)
    reason: Mapped[str] = personal(Text)
    requested_by_account_id: Mapped[UUID] = internal(Uuid)
    requested_by_post_id: Mapped[UUID] = internal(Uuid)
    requested_at: Mapped[datetime] = internal(DateTime(timezone=True))
    confirmed_by_account_id: Mapped[UUID | None] = internal(Uuid)
    confirmed_by_post_id: Mapped[UUID | None] = internal(Uuid)
    confirmed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))


class FundAlert(TenantOwned, Base):
    """A warning about an institution's money; of a rule one is open at a time."""

    __tablename__ = "fund_alert"
    __table_args__ = (
        refer("institution_id", "institution"),
        refer("custody_account_id", "custody_account"),
        refer("acknowledged_by_post_id", "post"),
        refer("handled_by_post_id", "post"),
        CheckConstraint(
            "(status IN ('HANDLED', 'FALSE_ALARM')) = (handled_at IS NOT NULL)", name="handled"
        ),
        Index(
            "uq_fund_alert_open",
            "tenant_id",
            "institution_id",
            "rule",
            unique=True,
            postgresql_where=text("status IN ('RAISED', 'INVESTIGATING')"),
        ),
        Index("ix_fund_alert_raised", "tenant_id", "raised_at", "id"),
        Index("ix_fund_alert_institution", "tenant_id", "institution_id", "rule", "raised_at"),
        {"info": table_info(Kind.TENANT)},
    )
    institution_id: Mapped[UUID] = internal(Uuid)
    custody_account_id: Mapped[UUID] = internal(Uuid)
    rule: Mapped[AlertRule] = internal(Text)
    level: Mapped[AlertLevel] = internal(Text)
    status: Mapped[AlertStatus] = internal(Text)
    balance_fen: Mapped[int] = internal(BigInteger)
    liability_fen: Mapped[int] = internal(BigInteger)
    raised_at: Mapped[datetime] = internal(DateTime(timezone=True))
    acknowledged_by_post_id: Mapped[UUID | None] = internal(Uuid)
    acknowledged_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    disposition: Mapped[str | None] = personal(Text)
    handled_by_post_id: Mapped[UUID | None] = internal(Uuid)
    handled_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
