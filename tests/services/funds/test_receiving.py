"""A guardian's payment is booked on its contract exactly once, or told why it is not."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from infra.errors import DomainError
from services.funds.models import OrderKind
from services.funds.service.custody import (
    ConfirmOrder,
    OrderCustodyAccount,
    confirm_order,
    order_custody_account,
)
from services.funds.service.receiving import RecordPayment, record_payment, take_income
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.harness.clockwork import settle
from tests.services.funds.funding import CUSTODY_NO, TERMS, Fund, open_custody, open_seller

DAY = date(2026, 3, 2)


async def payments(fund: Fund) -> list[tuple[str, str | None, bool]]:
    """(status, reason, whether a line of the statement is taken), the oldest first."""
    rows = await fund.admin.fetch(
        "SELECT status, reason, line_id IS NOT NULL AS stated FROM contract_payment ORDER BY id"
    )
    return [(row["status"], row["reason"], row["stated"]) for row in rows]


async def record(fund: Fund, contract: UUID, serial: str, fen: int, on: date = DAY) -> None:
    supervisor = await fund.county.principal("fund_supervisor")
    async with unit_of_work(supervisor.scope, "test") as session:
        await record_payment(session, supervisor, RecordPayment(contract, serial, fen, on))


async def refused(fund: Fund, *given: Any) -> list[str]:
    with pytest.raises(DomainError) as found:
        await record(fund, *given)
    return [fault.code.value for fault in found.value.faults]


async def order(fund: Fund, kind: OrderKind) -> None:
    """An order about the account, asked for by one and confirmed by another."""
    one, other = (
        await fund.county.principal("fund_supervisor"),
        await fund.county.principal("leader"),
    )
    async with unit_of_work(one.scope, "test") as session:
        command = OrderCustodyAccount(fund.account_id, kind, "涉嫌违规动用资金")
        await order_custody_account(session, one, command)
    async with unit_of_work(other.scope, "test") as session:
        await confirm_order(session, other, ConfirmOrder(fund.account_id, kind))
    await settle()


async def test_two_payments_make_a_contract_active_and_come_once(fund: Fund) -> None:
    contract = await fund.sign()
    await fund.pay(contract, 150_000)
    assert await fund.status("contract", contract) == "SIGNED"
    await fund.state()
    await fund.pay(contract, 250_000)
    assert await fund.status("contract", contract) == "ACTIVE"
    for _ in range(2):
        async with unit_of_work(Scope.system(fund.county.number), "test") as session:
            await take_income(session, fund.account_id, None)
    assert await fund.column("contract", "paid_fen", contract) == 400_000
    assert await payments(fund) == [("BOOKED", None, True)] * 2
    await fund.agree()


async def test_looked_at_by_ten_at_once_it_is_booked_once(fund: Fund) -> None:
    contract = await fund.sign()
    fund.bank.books.receive(CUSTODY_NO, 400_000, "某家长", str(contract))
    await fund.state()
    await fund.admin.execute("UPDATE bank_statement_line SET claim_id = NULL, claim_kind = NULL")

    async def look() -> None:
        async with unit_of_work(Scope.system(fund.county.number), "test") as session:
            await take_income(session, fund.account_id, None)

    await asyncio.gather(*(look() for _ in range(10)))
    assert (await fund.balances())[str(contract)] == 400_000
    assert await payments(fund) == [("BOOKED", None, True)]


async def test_more_than_the_total_stays_the_banks_income_and_is_told_once(fund: Fund) -> None:
    contract = await fund.sign()
    await fund.pay(contract, 400_001)
    assert await fund.status("contract", contract) == "SIGNED"
    assert await payments(fund) == [("UNCLAIMED", "ABOVE_TOTAL", False)]
    open_lines = "SELECT count(*) FROM bank_statement_line WHERE claim_id IS NULL"
    assert await fund.admin.fetchval(open_lines) == 1
    await fund.pay(contract, 400_000)
    assert await fund.status("contract", contract) == "ACTIVE"
    for who in ("guardian", "operator", "fund_supervisor"):
        assert (await fund.inbox(who)).count("contract.fee_unclaimed") == 1, who


async def test_to_a_frozen_account_nothing_is_booked_until_it_goes_on(fund: Fund) -> None:
    contract = await fund.sign()
    await order(fund, OrderKind.FREEZE)
    await fund.pay(contract)
    assert await payments(fund) == [("UNCLAIMED", "ACCOUNT_NOT_ACTIVE", False)]
    assert await refused(fund, contract, "S00001", 100) == ["ACCOUNT_NOT_ACTIVE"]
    await order(fund, OrderKind.UNFREEZE)
    assert await payments(fund) == [("BOOKED", None, True)]
    assert await fund.status("contract", contract) == "ACTIVE"
    await fund.agree()


async def test_money_that_names_no_contract_is_nobodys(fund: Fund) -> None:
    fund.bank.books.receive(CUSTODY_NO, 5_000, "某人", f"学费 {uuid4()}")
    fund.bank.books.receive(CUSTODY_NO, 5_000, "某人", "学费")
    await fund.state()
    assert await payments(fund) == []
    assert (await fund.balances())["cash"] == 0


async def test_money_that_came_to_another_institutions_account_is_told(fund: Fund) -> None:
    contract = await fund.sign()
    await fund.admin.execute("UPDATE custody_account SET status = 'CLOSED', closed_at = now()")
    other = await open_seller(fund.county, 2, "second_officer")
    number = "6105260000999"
    account = await open_custody(fund.county, other, number)
    await fund.admin.execute(
        "UPDATE bank_account SET account_no = account_no || '9' WHERE account_no = $1", CUSTODY_NO
    )
    await fund.admin.execute(
        "UPDATE bank_account SET account_no = $1 WHERE account_no = $2", CUSTODY_NO, number
    )
    assert account != fund.account_id
    await fund.pay(contract)
    assert await payments(fund) == [("UNCLAIMED", "OTHER_ACCOUNT", False)]


async def test_recorded_first_the_statements_line_is_taken_for_it(fund: Fund) -> None:
    contract = await fund.sign()
    serial = fund.bank.books.receive(CUSTODY_NO, 400_000, "某家长", "忘记填写附言")
    await record(fund, contract, serial, 400_000)
    assert await fund.status("contract", contract) == "ACTIVE"
    assert await payments(fund) == [("BOOKED", None, False)]
    await fund.state()
    assert await payments(fund) == [("BOOKED", None, True)]
    assert (await fund.balances())["cash"] == 400_000
    assert await refused(fund, contract, serial, 400_000) == ["SERIAL_TAKEN", "ABOVE_TOTAL"]
    await fund.agree()


async def test_stated_first_a_record_says_what_the_line_is(fund: Fund) -> None:
    contract = await fund.sign()
    serial = fund.bank.books.receive(CUSTODY_NO, 400_000, "某家长", "忘记填写附言")
    await fund.state()
    assert await refused(fund, contract, serial, 399_999) == ["SERIAL_DIFFERS"]
    await record(fund, contract, serial, 400_000)
    assert await payments(fund) == [("BOOKED", None, True)]
    await fund.agree()


async def test_what_a_record_may_not_say(fund: Fund) -> None:
    contract = await fund.sign()
    early = date(2026, 2, 1)
    assert await refused(fund, contract, "?", 0, date(2026, 3, 3)) == [
        "SERIAL_INVALID",
        "AMOUNT_INVALID",
        "DAY_INVALID",
    ]
    assert await refused(fund, contract, "S00001", 400_001) == ["ABOVE_TOTAL"]
    assert await refused(fund, contract, "S00001", 1, early) == ["TOO_EARLY"]
    assert TERMS.start_on == DAY
