"""Tables of rewards: the yearly budget, the reward, its voucher, and who is excluded."""

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
from infra.ids import new_undatable_id
from infra.money import Fen


class RewardStatus(StrEnum):
    """SM-6: PROPOSED → APPROVED → NOTIFIED → VERIFIED → CLAIMED → PAID.

    REJECTED by the approver; EXPIRED when nobody claimed in time; PAYMENT_REFUSED by the bank, to
    be verified again with another account.
    """

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    NOTIFIED = "NOTIFIED"
    VERIFIED = "VERIFIED"
    CLAIMED = "CLAIMED"
    PAID = "PAID"
    EXPIRED = "EXPIRED"
    PAYMENT_REFUSED = "PAYMENT_REFUSED"


LIVE = (
    RewardStatus.PROPOSED,
    RewardStatus.APPROVED,
    RewardStatus.NOTIFIED,
    RewardStatus.VERIFIED,
    RewardStatus.CLAIMED,
    RewardStatus.PAID,
    RewardStatus.PAYMENT_REFUSED,
)
"""Statuses of which one per clue may exist."""


class NoticeProof(StrEnum):
    """What proves that the reporter was told: the gateway's report, or a recorded call."""

    SMS_DELIVERED = "SMS_DELIVERED"
    PHONE_CALL = "PHONE_CALL"


class ExclusionReason(StrEnum):
    """Who gets no reward (N:samr2, N:huoqiu)."""

    STAFF = "STAFF"
    INFRINGED_PARTY = "INFRINGED_PARTY"
    VIOLATOR = "VIOLATOR"
    PAID_BY_COMPETITOR = "PAID_BY_COMPETITOR"


class RewardBudget(TenantOwned, Base):
    """What a tenant may spend on rewards in a year, and the bank account it is paid from."""

    __tablename__ = "reward_budget"
    __table_args__ = (
        refer("bank_account_id", "bank_account"),
        refer("appropriation_account_id", "ledger_account"),
        refer("budget_account_id", "ledger_account"),
        unique("year"),
        {"info": table_info(Kind.TENANT)},
    )
    year: Mapped[int] = internal(SmallInteger)
    total_fen: Mapped[Fen] = internal(BigInteger)
    document: Mapped[str] = internal(Text)
    bank_account_id: Mapped[UUID] = internal(Uuid)
    appropriation_account_id: Mapped[UUID] = internal(Uuid)
    budget_account_id: Mapped[UUID] = internal(Uuid)


class Reward(TenantOwned, Base):
    """A reward for a clue; who reported stands with the clue, who is paid is sealed here.

    `approval_hash` binds the approval to amount, payee (the sealed reporter's row), clue and
    policy version. `hold_id` is the ledger's pending transfer out of the budget, `payout_id` what
    it was posted by. The id is random: a reporter could be dated by it.
    """

    __tablename__ = "reward"
    __table_args__ = (
        refer("clue_id", "clue"),
        refer("budget_id", "reward_budget"),
        refer("proposed_by_account_id", "account"),
        refer("decided_by_account_id", "account"),
        refer("verified_by_account_id", "account"),
        refer("paid_by_account_id", "account"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint(
            "decided_by_account_id IS NULL OR decided_by_account_id <> proposed_by_account_id",
            name="approved_by_another",
        ),
        CheckConstraint(
            "paid_by_account_id IS NULL OR paid_by_account_id NOT IN"
            " (verified_by_account_id, decided_by_account_id)",
            name="paid_by_two",
        ),
        Index(
            "uq_reward_live",
            "tenant_id",
            "clue_id",
            unique=True,
            postgresql_where=text(
                "status IN ('PROPOSED', 'APPROVED', 'NOTIFIED', 'VERIFIED', 'CLAIMED', 'PAID',"
                " 'PAYMENT_REFUSED')"
            ),
        ),
        Index("ix_reward_notice", "tenant_id", "notice_message_id"),
        Index("ix_reward_proposed", "tenant_id", "proposed_at", "id"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    id: Mapped[UUID] = internal(Uuid, primary_key=True, default=new_undatable_id, sort_order=-10)
    clue_id: Mapped[UUID] = internal(Uuid)
    budget_id: Mapped[UUID | None] = internal(Uuid)
    status: Mapped[RewardStatus] = internal(Text)
    amount_fen: Mapped[Fen] = internal(BigInteger)
    grounds: Mapped[str] = personal(Text)
    proposed_by_account_id: Mapped[UUID] = internal(Uuid)
    proposed_at: Mapped[datetime] = internal(DateTime(timezone=True))
    decided_by_account_id: Mapped[UUID | None] = internal(Uuid)
    decided_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    decision_reason: Mapped[str | None] = personal(Text)
    policy_version: Mapped[str] = internal(Text)
    approval_hash: Mapped[bytes | None] = internal(LargeBinary)
    hold_id: Mapped[UUID | None] = internal(Uuid)
    notice_message_id: Mapped[UUID | None] = internal(Uuid)
    notice_proof: Mapped[NoticeProof | None] = internal(Text)
    notice_note: Mapped[str | None] = personal(Text)
    noticed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    verified_by_account_id: Mapped[UUID | None] = internal(Uuid)
    verified_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    payee_name: Mapped[bytes | None] = sealed(LargeBinary)
    payee_account: Mapped[bytes | None] = sealed(LargeBinary)
    payee_id_mac: Mapped[bytes | None] = sealed(LargeBinary)
    paid_by_account_id: Mapped[UUID | None] = internal(Uuid)
    claimed_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    payout_id: Mapped[UUID | None] = internal(Uuid)
    refusals: Mapped[int] = internal(SmallInteger)
    paid_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    version: Mapped[int] = internal(Integer)


class RewardVoucher(TenantOwned, Base):
    """The paper of a payout, numbered without gaps within the year; never changed."""

    __tablename__ = "reward_voucher"
    __table_args__ = (
        refer("reward_id", "reward"),
        unique("reward_id"),
        unique("year", "number"),
        {"info": table_info(Kind.TENANT, append_only=True, supervised=False)},
    )
    reward_id: Mapped[UUID] = internal(Uuid)
    year: Mapped[int] = internal(SmallInteger)
    number: Mapped[int] = internal(Integer)
    amount_fen: Mapped[Fen] = internal(BigInteger)
    bank_serial: Mapped[str] = internal(Text)
    issued_on: Mapped[date] = internal(Date)


class RewardExclusion(TenantOwned, Base):
    """Somebody who gets no reward, known by a keyed digest of the phone number."""

    __tablename__ = "reward_exclusion"
    __table_args__ = (
        unique("phone_mac"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    phone_mac: Mapped[bytes] = sealed(LargeBinary)
    reason: Mapped[ExclusionReason] = internal(Text)
