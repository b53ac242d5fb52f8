"""A county with an account at a simulated bank in this process, and a way to let time pass."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from infra.broker import ACTORS
from infra.gateways.bank.simulator import Bank
from infra.ids import new_id
from infra.money import Fen
from services.payments import actors as _registered  # noqa: F401 - ACTORS knows them by it
from services.payments.models import BankAccountKind, PaymentInstruction, PaymentPurpose
from services.payments.service import (
    InstructPayment,
    OpenBankAccount,
    instruct,
    open_bank_account,
    seat_bank,
)
from tenants import actors, relay
from tenants.access import RoleCode
from tenants.organisation import add_account, add_post, hold_post
from tenants.session import unit_of_work
from tests.harness.county import SINCE, County

OURS = "6105260000001"
PAYEE = "6217000000000000"
NAME = "某某人"
START_FEN = 10_000_000


class Clock:
    """The bank's clock: the host's, plus what a test adds."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@contextmanager
def open_bank(folder: Path, clock: Clock) -> Iterator[Bank]:
    """A bank that keeps our account."""
    bank = Bank(folder, 0, clock)
    bank.books.open_account(OURS, "举报奖金专户", START_FEN)
    thread = threading.Thread(target=bank.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield bank
    finally:
        bank.faults.lift()
        bank.shutdown()
        bank.server_close()
        thread.join()


class Bell:
    """Rings are kept and answered in this process."""

    def __init__(self) -> None:
        self.rings: list[tuple[str, int, UUID]] = []

    def ring(self, name: str, tenant_id: int, event_id: UUID) -> None:
        self.rings.append((name, tenant_id, event_id))

    def close(self) -> None:
        """Nothing was opened."""


@dataclass
class Payer:
    """A county's payments and the bank's books about them."""

    county: County
    admin: asyncpg.Connection
    bank: Bank
    clock: Clock
    account_id: UUID

    async def pay(
        self, amount_fen: int = 20_000, ref_id: UUID | None = None, payee: str = PAYEE
    ) -> PaymentInstruction:
        """Give an instruction, as a noun above does."""
        async with unit_of_work(self.county.scope, "test") as session:
            return await instruct(
                session,
                InstructPayment(
                    self.account_id,
                    payee,
                    NAME,
                    Fen(amount_fen),
                    PaymentPurpose.REWARD,
                    "test.thing",
                    ref_id or new_id(),
                ),
            )

    async def deliver(self, times: int = 1) -> None:
        """Ring and answer, however often, without waiting for pauses."""
        assert "payments.send_instruction" in ACTORS
        bell = Bell()
        for _ in range(times):
            await relay.Relay(bell).turn()  # type: ignore[arg-type]
            for ring in bell.rings:
                await actors.run(*ring)
            bell.rings.clear()
            await self.admin.execute(
                "UPDATE delivery SET available_at = clock_timestamp(), leased_until = NULL"
            )

    async def states(self) -> list[str]:
        """States of the instructions, the oldest first."""
        rows = await self.admin.fetch("SELECT state FROM payment_instruction ORDER BY id")
        return [row["state"] for row in rows]

    async def outcomes(self) -> list[str | None]:
        """Outcomes of the attempts, the oldest first."""
        rows = await self.admin.fetch("SELECT outcome FROM payment_attempt ORDER BY id")
        return [row["outcome"] for row in rows]

    async def waiting(self) -> int:
        """Deliveries that are not done."""
        return int(await self.admin.fetchval("SELECT count(*) FROM delivery") or 0)

    def paid(self) -> dict[UUID, int]:
        """What the bank's books say left our account: amounts by our id."""
        found: dict[UUID, int] = {}
        for entry in self.bank.books.entries:
            if entry.account == OURS and entry.amount_fen < 0:
                assert UUID(entry.reference) not in found, "paid twice"
                found[UUID(entry.reference)] = -entry.amount_fen
        return found

    async def agree(self) -> None:
        """The bank's books are our DONE instructions, neither more nor less."""
        rows = await self.admin.fetch(
            "SELECT id, amount_fen, bank_serial FROM payment_instruction WHERE state = 'DONE'"
        )
        assert self.paid() == {row["id"]: row["amount_fen"] for row in rows}
        serials = {str(e.reference): e.serial for e in self.bank.books.entries if e.reference}
        assert {str(row["id"]): row["bank_serial"] for row in rows} == serials
        assert sum(self.bank.books.balances.values()) == 0
        told = await self.admin.fetch(
            "SELECT payload->>'instruction_id' AS id FROM event WHERE kind = 'payment.settled'"
        )
        assert sorted(row["id"] for row in told) == sorted(str(row["id"]) for row in rows)


async def open_payer(county: County, admin: asyncpg.Connection, bank: Bank, clock: Clock) -> Payer:
    """The county with its account entered."""
    async with unit_of_work(county.scope, "test") as session:
        account = await open_bank_account(
            session, OpenBankAccount(OURS, "CCB", "举报奖金专户", BankAccountKind.REWARD)
        )
    return Payer(county, admin, bank, clock, account.id)


async def bank_officer(payer: Payer, bank_code: str) -> str:
    """The login of somebody who acts for a bank."""
    login = f"bank_{bank_code.lower()}"
    county = payer.county
    async with unit_of_work(county.scope, "test") as session:
        post = await add_post(
            session, county.units["bureau"], login, "银行经办", RoleCode.BANK_OPERATOR
        )
        account = await add_account(session, login)
        await hold_post(session, post.id, account.id, SINCE)
        await seat_bank(session, account.id, bank_code)
    county.accounts[login] = account.id
    return login
