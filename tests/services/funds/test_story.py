"""One contract from its signature to the last fen, at institution, guardian and bank."""

from datetime import date
from uuid import UUID

from infra.gateways.bank.simulator import Fault, FaultKind
from services.deadlines.models import DeadlineState
from services.funds.service.refunds import PayRefund, pay_refund
from tenants import audit
from tenants.session import reading, unit_of_work
from tests.harness.clockwork import settle
from tests.services.funds.funding import CUSTODY_NO, GUARDIAN_NO, SETTLEMENT_NO, Fund


async def due_on(fund: Fund, rule: str, subject: UUID) -> date:
    found: date = await fund.admin.fetchval(
        "SELECT due_on FROM deadline WHERE rule = $1 AND subject_id = $2", rule, subject
    )
    return found


async def test_a_contract_from_signature_to_the_last_fen(fund: Fund) -> None:
    contract = await fund.sign()
    assert await fund.status("contract", contract) == "SIGNED"
    await fund.pay(contract)
    assert await fund.status("contract", contract) == "ACTIVE"
    assert (await fund.balances())[str(contract)] == 400_000
    await fund.agree()

    # One lesson that the guardian confirms.
    first = await fund.request(contract, 2)
    await settle()
    await fund.confirm(first)
    await settle()
    assert await fund.status("lesson", first) == "RELEASED"
    assert await fund.column("lesson", "decided_by", first) == "GUARDIAN"
    assert await fund.column("lesson", "paid_at", first) is not None
    balances = await fund.balances()
    assert (balances["cash"], balances["due"], balances[str(contract)]) == (380_000, 0, 380_000)
    await fund.agree()

    # One that nobody answers: seven working days, 3 to 11 March 2026.
    second = await fund.request(contract, 1)
    assert await due_on(fund, "lesson.confirm", second) == date(2026, 3, 11)
    await fund.at("2026-03-11 23:59")
    await settle()
    assert await fund.status("lesson", second) == "PENDING_CONFIRM"
    await fund.at("2026-03-12 00:00")
    await settle()
    assert await fund.status("lesson", second) == "RELEASED"
    assert await fund.column("lesson", "decided_by", second) == "SILENCE"
    assert await fund.inbox("guardian") == [
        "lesson.to_confirm",
        "lesson.confirmed",
        "lesson.to_confirm",
        "lesson.remind",
        "lesson.confirmed",
    ]

    # The rest is asked back, and the institution says nothing for five working days.
    refund = await fund.ask_back(contract)
    assert await fund.column("refund_request", "amount_fen", refund) == 370_000
    assert await due_on(fund, "refund.answer", refund) == date(2026, 3, 19)
    await fund.at("2026-03-20 00:00")
    await settle()
    assert await fund.status("refund_request", refund) == "EXECUTED"
    assert await fund.column("refund_request", "decided_by", refund) == "SILENCE"
    assert await fund.status("contract", contract) == "TERMINATED"
    assert set((await fund.balances()).values()) == {0}
    await fund.agree()

    # The bank's statement of each day knows every payment; bank and books agree.
    await fund.state()
    paid = [
        (entry.amount_fen, entry.reference)
        for entry in fund.bank.books.entries
        if entry.account == CUSTODY_NO and entry.amount_fen < 0
    ]
    assert [fen for fen, _ in paid] == [-20_000, -10_000, -370_000]
    targets = [order.target for order in fund.bank.books.orders.values()]
    assert targets == [SETTLEMENT_NO, SETTLEMENT_NO, GUARDIAN_NO]
    figures = await fund.figures()
    assert figures == {
        "funds.supervised": 1,
        "funds.balance_fen": 0,
        "funds.unconsumed_fen": 0,
        "refunds.executed": 1,
    }
    opened = "SELECT count(*) FROM deadline WHERE state = ANY($1)"
    states = [DeadlineState.RUNNING, DeadlineState.PAUSED, DeadlineState.MISSED]
    assert await fund.admin.fetchval(opened, states) == 0
    async with reading(fund.county.scope) as session:
        assert await audit.broken_links(session, fund.county.number) == []


async def test_a_refund_that_the_bank_refuses_is_a_task_and_paid_again(fund: Fund) -> None:
    contract = await fund.active()
    refund = await fund.ask_back(contract, 50_000)
    fund.bank.faults.add(Fault(FaultKind.REFUSE, code="ACCOUNT_CLOSED"))
    await fund.at("2026-03-20 09:00")
    await settle()
    assert await fund.status("refund_request", refund) == "AGREED"
    balances = await fund.balances()
    assert (balances["cash"], balances["refunds"]) == (400_000, 50_000)
    await fund.agree()
    task = await fund.admin.fetchrow(
        "SELECT owner_post_id, state FROM deadline WHERE rule = 'refund.mend'"
    )
    assert (task["owner_post_id"], task["state"]) == (
        fund.county.posts["fund_supervisor"],
        "RUNNING",
    )
    supervisor = await fund.county.principal("fund_supervisor")
    async with unit_of_work(supervisor.scope, "test") as session:
        await pay_refund(session, supervisor, PayRefund(refund, "6217000000000099", "某家长"))
    await settle()
    assert await fund.status("refund_request", refund) == "EXECUTED"
    assert await fund.admin.fetchval("SELECT state FROM deadline WHERE rule = 'refund.mend'") == (
        "MET"
    )
    assert await fund.status("contract", contract) == "ACTIVE"
    assert [order.target for order in fund.bank.books.orders.values()][-1] == "6217000000000099"
    await fund.agree()
