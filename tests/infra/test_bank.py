"""The simulated bank keeps honest books whatever goes wrong, and the client tells what it knows."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest

from infra.gateways.bank import (
    BankClash,
    BankState,
    BankStatus,
    BankUnanswered,
    HttpBankGateway,
    PaymentOrder,
)
from infra.gateways.bank.books import CLEARING, HEADER, Books
from infra.gateways.bank.simulator import Bank, Fault, FaultKind
from infra.money import parse_yuan, yuan
from services.payments import statement
from services.payments.models import LineDirection

OURS = "6105260000001"
PAYEE = "6217000000000000"
DAY = date(2026, 3, 2)
NOON = 1_772_424_000.0
"""2026-03-02 12:00 in legal time."""


class Clock:
    """The bank's clock, which tests move."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bank(tmp_path: Path, clock: Clock) -> Iterator[Bank]:
    opened = Bank(tmp_path, 0, clock)
    opened.books.open_account(OURS, "举报奖金专户", 100_000)
    thread = threading.Thread(target=opened.serve_forever, args=(0.01,))
    thread.start()
    yield opened
    opened.faults.lift()
    opened.shutdown()
    opened.server_close()
    thread.join()


def order(amount_fen: int = 20_000, order_id: UUID | None = None) -> PaymentOrder:
    return PaymentOrder(order_id or uuid4(), OURS, PAYEE, "某人", amount_fen, "REWARD")


def paid(bank: Bank) -> int:
    """How many payments left our account."""
    return sum(1 for e in bank.books.entries if e.account == OURS and e.amount_fen < 0)


async def test_an_instruction_is_paid_once_however_often_it_comes(bank: Bank) -> None:
    client, given = HttpBankGateway(bank.url), order()
    assert await client.query(given.instruction_id) == BankStatus(BankState.ABSENT)
    first = await client.instruct(given)
    assert first.state is BankState.DONE
    assert await client.instruct(given) == first == await client.query(given.instruction_id)
    assert paid(bank) == 1
    assert bank.books.balances[OURS] == 80_000
    assert sum(bank.books.balances.values()) == 0
    for other in (replace(given, amount_fen=1), replace(given, to_account_no="6217000000000001")):
        with pytest.raises(BankClash):
            await client.instruct(other)
    assert paid(bank) == 1


async def test_refusals_are_final_and_move_nothing(bank: Bank) -> None:
    client = HttpBankGateway(bank.url)
    too_much = order(100_001)
    assert (await client.instruct(too_much)).code == "BALANCE_TOO_LOW"
    bank.books.receive(OURS, 100_000, "财政局", "")
    assert (await client.instruct(too_much)).code == "BALANCE_TOO_LOW"
    bank.faults.add(Fault(FaultKind.REFUSE, code="PAYEE_NAME_DIFFERS"))
    refused = order()
    assert (await client.instruct(refused)).code == "PAYEE_NAME_DIFFERS"
    assert (await client.query(refused.instruction_id)).state is BankState.REFUSED
    unknown = replace(order(), from_account_no="1" * 10)
    assert (await client.instruct(unknown)).code == "ACCOUNT_UNKNOWN"
    unread = await client.instruct(replace(order(), to_name=""))
    assert unread == BankStatus(BankState.REFUSED, code="HTTP_400")
    assert paid(bank) == 0


async def test_every_fault_leaves_one_payment_or_none(bank: Bank, clock: Clock) -> None:
    client = HttpBankGateway(bank.url)
    for kind, done in ((FaultKind.DOWN, 0), (FaultKind.LOST, 1)):
        bank.faults.add(Fault(kind))
        given = order(1_000)
        before = paid(bank)
        with pytest.raises(BankUnanswered):
            await client.instruct(given)
        assert paid(bank) == before + done
        assert (await client.instruct(given)).state is BankState.DONE
        assert paid(bank) == before + 1
    bank.faults.add(Fault(FaultKind.DUPLICATE))
    before = paid(bank)
    assert (await client.instruct(order(1_000))).state is BankState.DONE
    assert paid(bank) == before + 1
    bank.faults.add(Fault(FaultKind.DELAY, seconds=3_600))
    late = order(1_000)
    assert (await client.instruct(late)).state is BankState.PENDING
    assert paid(bank) == before + 1
    clock.now += 3_600
    assert (await client.query(late.instruction_id)).state is BankState.DONE
    assert paid(bank) == before + 2
    bank.faults.add(Fault(FaultKind.LOST, on="query"))
    with pytest.raises(BankUnanswered):
        await client.query(late.instruction_id)


async def test_faults_are_switched_over_http(bank: Bank) -> None:
    client = HttpBankGateway(bank.url)
    async with httpx.AsyncClient(base_url=bank.url) as control:
        fault = {"kind": "REFUSE", "code": "NIGHT", "times": None}
        assert (await control.post("/faults", json=fault)).status_code == 200
        assert (await client.instruct(order())).code == "NIGHT"
        assert (await client.instruct(order())).code == "NIGHT"
        await control.delete("/faults")
        assert (await client.instruct(order())).state is BankState.DONE
        assert (await control.post("/faults", json={"kind": "NONE"})).status_code == 400
        account = {"account": "6105260000002", "name": "某机构", "balance_fen": 5}
        assert (await control.post("/accounts", json=account)).json() == {"balance_fen": 5}
        gift = {"account": "6105260000002", "amount_fen": 7, "counterparty": "家长"}
        assert (await control.post("/receipts", json=gift)).json()["serial"]
        assert (await control.get("/accounts")).json()["balances"]["6105260000002"] == 12
        listed = (await control.get("/statements")).json()["statements"]
        assert {"account": OURS, "day": DAY.isoformat()} in listed
        assert (await control.get("/statements/../x")).status_code == 404


async def test_no_answer_of_another_kind_is_taken_for_one() -> None:
    with pytest.raises(BankUnanswered):
        await HttpBankGateway("http://127.0.0.1:9").query(uuid4())


def test_books_survive_the_process_and_a_torn_last_line(tmp_path: Path) -> None:
    books = Books(tmp_path, Clock())
    books.open_account(OURS, "举报奖金专户", 50_000)
    body = {"id": str(uuid4()), "from_account": OURS, "to_account": PAYEE, "to_name": "某人"}
    body |= {"purpose": "REWARD", "amount_fen": 20_000}  # type: ignore[dict-item]
    done = books.instruct(body)
    with (tmp_path / "journal.jsonl").open("a") as torn:
        torn.write('{"op": "pay", "id": "cut off')
    again = Books(tmp_path, Clock())
    assert again.balances == books.balances
    assert again.entries == books.entries
    assert again.instruct(body) == done == again.query(body["id"])
    assert len(again.entries) == len(books.entries)


def test_an_order_that_was_taken_when_the_bank_died_is_executed_later(tmp_path: Path) -> None:
    clock = Clock()
    books = Books(tmp_path, clock)
    books.open_account(OURS, "举报奖金专户", 50_000)
    body = {"id": str(uuid4()), "from_account": OURS, "to_account": PAYEE, "to_name": "某人"}
    body |= {"purpose": "REWARD", "amount_fen": 20_000}  # type: ignore[dict-item]
    assert books.instruct(body, delay_s=60).state is BankState.PENDING
    again = Books(tmp_path, clock)
    assert again.query(body["id"]).state is BankState.PENDING
    clock.now += 60
    assert again.query(body["id"]).state is BankState.DONE
    assert again.balances == {CLEARING: -30_000, OURS: 30_000}


async def test_its_statement_is_one_that_we_read(bank: Bank) -> None:
    client = HttpBankGateway(bank.url)
    given = order(20_005)
    serial = (await client.instruct(given)).serial
    bank.books.open_account("6105260000002", "某机构", 0)
    inner = replace(order(1), to_account_no="6105260000002", to_name="某机构")
    await client.instruct(inner)
    written = await client.statement(OURS, DAY)
    assert written.splitlines()[0] == ",".join(HEADER)
    rows, faults = statement.read(written, DAY)
    assert faults == []
    assert [row.direction for row in rows] == [
        LineDirection.IN,
        LineDirection.OUT,
        LineDirection.OUT,
    ]
    assert (rows[1].serial, rows[1].reference_id) == (serial, given.instruction_id)
    assert rows[-1].balance_fen == bank.books.balances[OURS]
    other, _ = statement.read(await client.statement("6105260000002", DAY), DAY)
    assert [(row.direction, row.reference_id) for row in other] == [
        (LineDirection.IN, inner.instruction_id)
    ]
    with pytest.raises(BankUnanswered):
        await client.statement("9" * 12, DAY)


@pytest.mark.parametrize(
    ("text", "fen"),
    [("0.01", 1), ("1280", 128_000), ("12.5", 1_250), ("-3.07", -307)],
)
def test_yuan_is_read_and_written_exactly(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen
    assert parse_yuan(yuan(fen)) == fen


@pytest.mark.parametrize("text", ["", "1,280.00", "1.234", "1e3", "１２", "+1", ".5", "1.", "¥1"])
def test_other_forms_of_money_are_refused(text: str) -> None:
    assert parse_yuan(text) is None
