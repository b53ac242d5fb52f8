"""kill -9 of the bank or the worker around a payment: one payment, and both sides' books agree."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest

from infra.database.engine import dispose
from infra.gateways.bank.books import Books
from infra.ids import new_id
from infra.money import Fen
from services.payments.models import BankAccountKind, PaymentPurpose
from services.payments.service import InstructPayment, OpenBankAccount, instruct, open_bank_account
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.harness.cluster import TEMPLATE
from tests.scenarios.kill.stack import PATIENCE_S, Stack, running_stack

pytestmark = pytest.mark.prove

OURS = "6105260000001"
AMOUNT_FEN = 20_000


class Payer:
    """The deployment's account, and what both sides know of its payments."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.url = f"http://127.0.0.1:{stack.bank_port}"
        stack.revive("bank")
        account = {"account": OURS, "name": "举报奖金专户", "balance_fen": 10**8}
        httpx.post(f"{self.url}/accounts", json=account).raise_for_status()
        self.account_id = self._act(self._open)

    def _act(self, work: Callable[[Any], Any]) -> Any:
        async def run() -> Any:
            scope = Scope.county(self.stack.tenant_id)
            async with unit_of_work(scope, "test.pay") as session:
                made = await work(session)
            await dispose()
            return made.id

        with self.stack.cluster.environment(TEMPLATE):
            return asyncio.run(run())

    async def _open(self, session: Any) -> Any:
        command = OpenBankAccount(OURS, "CCB", "举报奖金专户", BankAccountKind.REWARD)
        return await open_bank_account(session, command)

    def pay(self) -> UUID:
        """Give an instruction, as a command does."""
        command = InstructPayment(
            self.account_id,
            "6217000000000000",
            "某人",
            Fen(AMOUNT_FEN),
            PaymentPurpose.REWARD,
            "test.thing",
            new_id(),
        )
        paid: UUID = self._act(lambda session: instruct(session, command))
        return paid

    def fault(self, kind: str) -> None:
        httpx.post(f"{self.url}/faults", json={"kind": kind}).raise_for_status()

    def journal(self) -> list[dict[str, Any]]:
        path = self.stack.folder / "bank" / "journal.jsonl"
        return [json.loads(line) for line in path.read_text().split("\n")[:-1]]

    def times_paid(self, instruction_id: UUID) -> int:
        wanted = {"op": "pay", "id": str(instruction_id)}
        return sum(1 for line in self.journal() if wanted.items() <= line.items())

    def check(self, instruction_id: UUID) -> list[str | None]:
        """One payment, DONE here, told once; returns the outcomes of the attempts."""
        outcome = self.stack.settle([instruction_id])
        assert outcome.open_deliveries == 0
        assert self.times_paid(instruction_id) == 1

        async def look() -> tuple[Any, ...]:
            async with self.stack.cluster.admin(TEMPLATE) as connection:
                return (
                    await connection.fetchrow(
                        "SELECT state, bank_serial FROM payment_instruction WHERE id = $1",
                        instruction_id,
                    ),
                    await connection.fetch(
                        "SELECT outcome FROM payment_attempt WHERE instruction_id = $1 ORDER BY id",
                        instruction_id,
                    ),
                    await connection.fetchval(
                        "SELECT count(*) FROM event WHERE kind = 'payment.settled'"
                        " AND payload->>'instruction_id' = $1",
                        str(instruction_id),
                    ),
                    await connection.fetch(
                        "SELECT id FROM payment_instruction WHERE state = 'DONE'"
                    ),
                )

        row, attempts, told, done = asyncio.run(look())
        serial = next(
            line["serial"]
            for line in self.journal()
            if line["op"] == "pay" and line["id"] == str(instruction_id)
        )
        assert (row["state"], row["bank_serial"], told) == ("DONE", serial, 1)
        books = Books(self.stack.folder / "bank")
        assert books.balances[OURS] == 10**8 - AMOUNT_FEN * len(done)
        return [attempt["outcome"] for attempt in attempts]


@pytest.fixture(scope="module")
def payer() -> Iterator[Payer]:
    """One deployment for all accidents of this file."""
    with running_stack() as stack:
        yield Payer(stack)


def test_the_bank_dies_between_executing_and_answering(payer: Payer) -> None:
    payer.fault("HOLD")
    paid = payer.pay()
    deadline = time.monotonic() + PATIENCE_S
    while payer.times_paid(paid) == 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    payer.stack.kill("bank")
    payer.stack.revive("bank")
    # On a slow machine a try may end before it has reached the bank; none of them knows more.
    assert set(payer.check(paid)) == {"UNKNOWN"}


@pytest.mark.parametrize(
    ("point", "outcomes"),
    [("before_call", ["UNKNOWN", "DONE"]), ("after_call", ["UNKNOWN"])],
)
def test_the_worker_dies_around_the_call(payer: Payer, point: str, outcomes: list[str]) -> None:
    payer.stack.arm(point)
    paid = payer.pay()
    payer.stack.wait_until_held(point)
    assert payer.times_paid(paid) == (1 if point == "after_call" else 0)
    payer.stack.kill("worker")
    payer.stack.disarm()
    payer.stack.revive("worker")
    assert payer.check(paid) == outcomes
