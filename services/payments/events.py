"""What happened to payments and statements."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from infra.outbox import Event


@dataclass(frozen=True)
class PaymentInstructed(Event):
    """An instruction waits for the bank."""

    kind: ClassVar[str] = "payment.instructed"
    instruction_id: UUID


@dataclass(frozen=True)
class PaymentSettled(Event):
    """The bank paid."""

    kind: ClassVar[str] = "payment.settled"
    instruction_id: UUID
    purpose: str
    ref_kind: str
    ref_id: UUID
    transfer_id: UUID | None


@dataclass(frozen=True)
class PaymentRefused(Event):
    """The bank will never pay this instruction; another may be given."""

    kind: ClassVar[str] = "payment.refused"
    instruction_id: UUID
    purpose: str
    ref_kind: str
    ref_id: UUID
    transfer_id: UUID | None


@dataclass(frozen=True)
class StatementImported(Event):
    """New lines of an account are there; income may be claimed."""

    kind: ClassVar[str] = "bank.statement_imported"
    statement_id: UUID
    bank_account_id: UUID


@dataclass(frozen=True)
class ReconciliationFellDue(Event):
    """The daily comparison of a tenant's accounts is due."""

    kind: ClassVar[str] = "bank.reconciliation_due"


@dataclass(frozen=True)
class BankMismatch(Event):
    """Our instructions and the bank's statement disagree (A6)."""

    kind: ClassVar[str] = "bank.mismatch"
    break_id: UUID
    break_kind: str
    bank_account_id: UUID
    instruction_id: UUID | None
