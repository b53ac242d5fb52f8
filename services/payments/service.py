"""Commands: open a bank account, seat a bank's officer, instruct a payment, settle it."""

import re
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from infra import crypto
from infra.gateways.bank import BankState, BankStatus
from infra.ids import new_id
from infra.money import Fen
from infra.outbox import publish
from services.payments import policies, queries, rules
from services.payments.errors import InstructionClash, UnfitPayment
from services.payments.events import PaymentInstructed, PaymentRefused, PaymentSettled
from services.payments.models import (
    BankAccount,
    BankAccountKind,
    BankSeat,
    PaymentInstruction,
    PaymentPurpose,
    PaymentState,
)
from tenants import keys
from tenants.policies import value
from tenants.session import now_of, scope_of

ACCOUNT_COLUMN = "payment_instruction.payee_account"
NAME_COLUMN = "payment_instruction.payee_name"

_BANK = re.compile(r"[A-Z][A-Z0-9]{1,19}")


@dataclass(frozen=True)
class OpenBankAccount:
    """An account at a bank (`bank_code`, e.g. `CCB`), of the county's or of `owner_id`."""

    account_no: str
    bank_code: str
    name: str
    kind: BankAccountKind
    owner_id: UUID | None = None


@dataclass(frozen=True)
class InstructPayment:
    """Pay `amount_fen` from an account of ours for the thing `ref_kind`, `ref_id`.

    `transfer_id` is the ledger transfer that the payment carries out.
    """

    bank_account_id: UUID
    payee_account_no: str = field(repr=False)
    payee_name: str = field(repr=False)
    amount_fen: Fen
    purpose: PaymentPurpose
    ref_kind: str
    ref_id: UUID
    transfer_id: UUID | None = None


async def open_bank_account(session: AsyncSession, command: OpenBankAccount) -> BankAccount:
    """Enter an account; called by nouns whose own command was allowed. Raises UnfitPayment."""
    if not rules.is_account_no(command.account_no):
        raise UnfitPayment("an account number has 8 to 32 digits")
    if not is_bank_code(command.bank_code) or not command.name.strip():
        raise UnfitPayment("an account has a bank's code in capitals and a name")
    tenant_id = _tenant(session)
    now = now_of(session)
    account = BankAccount(
        tenant_id=tenant_id,
        account_no=command.account_no,
        account_mac=_account_mac(tenant_id, command.account_no),
        bank_code=command.bank_code,
        name=command.name.strip(),
        kind=command.kind,
        owner_id=command.owner_id,
        opened_at=now,
    )
    session.add(account)
    await session.flush()
    hour = await value(session, policies.RECONCILE_HOUR, now.date())
    await queries.set_due(session, tenant_id, rules.next_due(now, hour))
    return account


async def close_bank_account(session: AsyncSession, bank_account_id: UUID) -> None:
    """Nothing is paid from the account any more; called by nouns whose own command was allowed."""
    account = await queries.get_account(session, _tenant(session), bank_account_id)
    if account is None or account.closed_at is not None:
        raise UnfitPayment("no such bank account, or a closed one")
    account.closed_at = now_of(session)
    await session.flush()


def is_bank_code(code: str) -> bool:
    """Whether it is a bank's code: 2 to 20 capitals and digits, a letter first."""
    return _BANK.fullmatch(code) is not None


async def seat_bank(session: AsyncSession, account_id: UUID, bank_code: str) -> BankSeat:
    """Let an account act for a bank: it imports the statements of the accounts kept there."""
    seat = BankSeat(tenant_id=_tenant(session), account_id=account_id, bank_code=bank_code)
    session.add(seat)
    await session.flush()
    return seat


async def instruct(session: AsyncSession, command: InstructPayment) -> PaymentInstruction:
    """Give the bank an instruction; a worker hands it over after the commit.

    Called by nouns whose own command was allowed. The same again is the instruction that is there
    already. Raises UnfitPayment, or InstructionClash when it is there with another content.
    """
    tenant_id = _tenant(session)
    account = await queries.get_account(session, tenant_id, command.bank_account_id)
    _refuse_unfit(command, account)
    instruction_id = new_id()
    content = _content_mac(tenant_id, command)
    row = {
        "tenant_id": tenant_id,
        "id": instruction_id,
        "bank_account_id": command.bank_account_id,
        "payee_account": await keys.seal(
            session, tenant_id, ACCOUNT_COLUMN, instruction_id, command.payee_account_no
        ),
        "payee_name": await keys.seal(
            session, tenant_id, NAME_COLUMN, instruction_id, command.payee_name.strip()
        ),
        "payee_mac": _account_mac(tenant_id, command.payee_account_no),
        "payee_tail": rules.tail(command.payee_account_no),
        "amount_fen": command.amount_fen,
        "purpose": command.purpose,
        "ref_kind": command.ref_kind,
        "ref_id": command.ref_id,
        "transfer_id": command.transfer_id,
        "content_mac": content,
        "state": PaymentState.DRAFTED,
        "inquiries": 0,
        "instructed_at": now_of(session),
    }
    # Two at the same instant meet at the unique key: the second waits, then finds the first's.
    made = await session.execute(
        insert(PaymentInstruction)
        .values(row)
        .on_conflict_do_nothing()
        .returning(PaymentInstruction.id)
    )
    is_new = made.first() is not None
    found = await queries.live_instruction(
        session, tenant_id, command.ref_kind, command.ref_id, command.purpose
    )
    if not is_new:
        if found.content_mac != content:
            raise InstructionClash(str(found.id))
        return found
    session.info["subjects"].append(f"payment_instruction:{instruction_id}")
    await publish(session, PaymentInstructed(tenant_id, instruction_id))
    return found


async def settle(
    session: AsyncSession, instruction: PaymentInstruction, status: BankStatus
) -> None:
    """Write the bank's last word on a locked instruction, and tell whoever had it paid.

    Once it is final nothing is written or told again. Raises ValueError for another word.
    """
    if instruction.state in rules.FINAL:
        return
    if status.state not in (BankState.DONE, BankState.REFUSED):
        raise ValueError(f"{status.state} settles nothing")
    instruction.settled_at = now_of(session)
    instruction.state = PaymentState(status.state.value)
    instruction.bank_serial, instruction.refusal_code = status.serial, status.code
    await session.flush()
    told = PaymentSettled if status.state is BankState.DONE else PaymentRefused
    await publish(
        session,
        told(
            instruction.tenant_id,
            instruction.id,
            instruction.purpose,
            instruction.ref_kind,
            instruction.ref_id,
            instruction.transfer_id,
        ),
    )


def _refuse_unfit(command: InstructPayment, account: BankAccount | None) -> None:
    # The values stay out of the messages: they may name a person.
    if account is None or account.closed_at is not None:
        raise UnfitPayment("no such bank account, or a closed one")
    if not rules.is_account_no(command.payee_account_no):
        raise UnfitPayment("a payee's account number has 8 to 32 digits")
    if not command.payee_name.strip() or command.amount_fen <= 0:
        raise UnfitPayment("a payment has a payee's name and an amount above zero")
    if not rules.is_ref_kind(command.ref_kind):
        raise UnfitPayment("what is paid is named by a code such as contract.refund")


def _account_mac(tenant_id: int, account_no: str) -> bytes:
    return crypto.mac("blind", b"bank account", str(tenant_id).encode(), account_no.encode())


def _content_mac(tenant_id: int, command: InstructPayment) -> bytes:
    parts = (
        str(tenant_id),
        str(command.bank_account_id),
        command.payee_account_no,
        command.payee_name.strip(),
        str(command.amount_fen),
        str(command.transfer_id),
    )
    return crypto.mac("blind", b"payment", *(part.encode() for part in parts))


def _tenant(session: AsyncSession) -> int:
    tenant_id = scope_of(session).tenant_id
    assert tenant_id is not None  # noqa: S101 - payments belong to a county
    return tenant_id
