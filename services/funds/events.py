"""What happens to prepaid fees; ids and codes only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from infra.outbox import Event


@dataclass(frozen=True)
class CustodyFrozen(Event):
    """An account was frozen: it releases nothing."""

    kind: ClassVar[str] = "custody.frozen"
    custody_account_id: UUID


@dataclass(frozen=True)
class CustodyThawed(Event):
    """An account may release again; what waited goes on."""

    kind: ClassVar[str] = "custody.thawed"
    custody_account_id: UUID


@dataclass(frozen=True)
class IncomeWaits(Event):
    """Income of an account is to be looked at, from the line after that one on."""

    kind: ClassVar[str] = "custody.income_waits"
    custody_account_id: UUID
    after: UUID | None


@dataclass(frozen=True)
class ContractSigned(Event):
    """A guardian signed a contract."""

    kind: ClassVar[str] = "contract.signed"
    contract_id: UUID


@dataclass(frozen=True)
class ContractPaid(Event):
    """A contract is paid in full and active."""

    kind: ClassVar[str] = "contract.paid"
    contract_id: UUID


@dataclass(frozen=True)
class FeeUnclaimed(Event):
    """Money that names a contract could not be booked on it."""

    kind: ClassVar[str] = "contract.fee_unclaimed"
    contract_id: UUID
    payment_id: UUID
    reason: str


@dataclass(frozen=True)
class LessonRequested(Event):
    """An institution says that it has taught; the guardian is asked."""

    kind: ClassVar[str] = "lesson.requested"
    lesson_id: UUID


@dataclass(frozen=True)
class LessonPeriodPassed(Event):
    """The guardian's time to answer has passed; told by the deadline engine."""

    kind: ClassVar[str] = "lesson.period_passed"
    deadline_id: UUID
    subject_id: UUID


@dataclass(frozen=True)
class LessonConfirmed(Event):
    """A lesson is confirmed; `decided_by` says by whom, or that it was by silence."""

    kind: ClassVar[str] = "lesson.confirmed"
    lesson_id: UUID
    decided_by: str


@dataclass(frozen=True)
class ReleaseExecuted(Event):
    """The bank paid an institution for a lesson."""

    kind: ClassVar[str] = "release.executed"
    lesson_id: UUID


@dataclass(frozen=True)
class RefundRequested(Event):
    """A guardian asks for what is not consumed."""

    kind: ClassVar[str] = "refund.requested"
    refund_id: UUID


@dataclass(frozen=True)
class RefundPeriodPassed(Event):
    """The institution's time to answer has passed; told by the deadline engine."""

    kind: ClassVar[str] = "refund.period_passed"
    deadline_id: UUID
    subject_id: UUID


@dataclass(frozen=True)
class RefundAgreed(Event):
    """A refund is to be paid; `decided_by` says by whose word, or that it was by silence."""

    kind: ClassVar[str] = "refund.agreed"
    refund_id: UUID
    decided_by: str


@dataclass(frozen=True)
class RefundExecuted(Event):
    """The bank paid a refund."""

    kind: ClassVar[str] = "refund.executed"
    refund_id: UUID


@dataclass(frozen=True)
class FundAlertRaised(Event):
    """A warning about an institution's money."""

    kind: ClassVar[str] = "fund.alert_raised"
    alert_id: UUID
    rule: str
    level: str
