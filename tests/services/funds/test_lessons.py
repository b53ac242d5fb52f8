"""Lessons: confirmed, disputed, decided; what is held for one cannot be taken by another."""

import asyncio
from datetime import date
from uuid import UUID

import pytest

from infra.errors import DomainError, NotFound
from infra.gateways.bank.simulator import Fault, FaultKind
from services.funds import books, queries
from services.funds.models import OrderKind
from services.funds.service.lessons import (
    DecideLesson,
    RejectLesson,
    ReleaseLesson,
    confirm_by_silence,
    decide_lesson,
    reject_lesson,
    release_lesson,
)
from services.funds.service.refunds import (
    AgreeRefund,
    DecideRefund,
    ObjectRefund,
    agree_refund,
    decide_refund,
    object_refund,
)
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.harness.clockwork import settle
from tests.services.funds.funding import Fund, longer
from tests.services.funds.test_receiving import order

TEN = longer(hours=10, unit_price_fen=1_000)


async def reject(fund: Fund, lesson: UUID) -> None:
    guardian = await fund.county.principal("guardian")
    async with unit_of_work(guardian.scope, "test") as session:
        await reject_lesson(session, guardian, RejectLesson(lesson, "当天没有上课"))


async def decide(fund: Fund, lesson: UUID, *, is_confirmed: bool) -> None:
    supervisor = await fund.county.principal("fund_supervisor")
    async with unit_of_work(supervisor.scope, "test") as session:
        command = DecideLesson(lesson, is_confirmed, "经调取签到记录核实")
        await decide_lesson(session, supervisor, command)


def codes(refused: pytest.ExceptionInfo[DomainError]) -> list[str]:
    return [fault.code.value for fault in refused.value.faults]


async def test_of_fifty_requests_for_ten_hours_ten_are_held_and_released(fund: Fund) -> None:
    contract = await fund.active(terms=TEN)
    asked = await asyncio.gather(
        *(fund.request(contract) for _ in range(50)), return_exceptions=True
    )
    lessons = [one for one in asked if isinstance(one, UUID)]
    refused = [one for one in asked if not isinstance(one, UUID)]
    assert len(lessons) == 10
    assert all(isinstance(one, DomainError) for one in refused), refused
    await asyncio.gather(*(fund.confirm(one) for one in lessons))
    await settle()
    balances = await fund.balances()
    assert (balances["cash"], balances["due"], balances[str(contract)]) == (0, 0, 0)
    assert await fund.status("contract", contract) == "COMPLETED"
    assert len(fund.bank.books.orders) == 10
    await fund.agree()


async def test_of_fifty_confirmations_of_one_lesson_one_is_paid(fund: Fund) -> None:
    contract = await fund.active(terms=TEN)
    lesson = await fund.request(contract, 4)
    told = await asyncio.gather(*(fund.confirm(lesson) for _ in range(50)), return_exceptions=True)
    assert sum(one is None for one in told) == 1
    await settle()
    assert (await fund.balances())["cash"] == 6_000
    await fund.agree()


async def test_without_any_lock_the_ledgers_bound_still_stops_at_ten(fund: Fund) -> None:
    """The control: commands that forgot their locks would be stopped by the account's bound."""
    contract = await fund.active(terms=TEN)

    async def careless(number: int) -> None:
        async with unit_of_work(Scope.system(fund.county.number), "test") as session:
            account = await session.get_one(
                books.CustodyAccount, (fund.county.number, fund.account_id)
            )
            row = await session.get_one(books.Contract, (fund.county.number, contract))
            await books.hold_lesson(session, account, row, UUID(int=number + 1), 1_000)

    told = await asyncio.gather(*(careless(n) for n in range(50)), return_exceptions=True)
    assert sum(one is None for one in told) == 10
    refused = {str(one).split(":")[0] for one in told if one is not None}
    assert refused == {"EXCEEDS_BALANCE"}


async def test_a_dispute_stops_the_clock_and_the_supervisor_decides(fund: Fund) -> None:
    contract = await fund.active(terms=TEN)
    kept, dropped = await fund.request(contract, 2), await fund.request(contract, 3)
    for lesson in (kept, dropped):
        await reject(fund, lesson)
    await fund.at("2026-04-20 09:00")
    await settle()
    assert await fund.status("lesson", kept) == "DISPUTED"
    owners = await fund.admin.fetch(
        "SELECT owner_post_id FROM deadline WHERE rule = 'lesson.decide'"
    )
    assert {row["owner_post_id"] for row in owners} == {fund.county.posts["fund_supervisor"]}
    await decide(fund, kept, is_confirmed=True)
    await decide(fund, dropped, is_confirmed=False)
    await settle()
    assert await fund.status("lesson", kept) == "RELEASED"
    assert await fund.status("lesson", dropped) == "CANCELLED"
    balances = await fund.balances()
    assert (balances["cash"], balances[str(contract)]) == (8_000, 8_000)
    with pytest.raises(DomainError) as refused:
        await decide(fund, dropped, is_confirmed=True)
    assert codes(refused) == ["WRONG_STATE"]
    await fund.agree()


async def test_the_clock_decides_and_not_the_worker(fund: Fund) -> None:
    """After the seventh working day nobody can object, though no worker has run yet."""
    contract = await fund.active(terms=TEN)
    lesson = await fund.request(contract)
    await fund.at("2026-03-11 23:59")
    await fund.at("2026-03-12 00:00")
    for act in (fund.confirm, lambda one: reject(fund, one)):
        with pytest.raises(DomainError) as refused:
            await act(lesson)
        assert codes(refused) == ["PERIOD_OVER"]
    await settle()
    assert await fund.status("lesson", lesson) == "RELEASED"
    deadline = await fund.admin.fetchval(
        "SELECT id FROM deadline WHERE rule = 'lesson.confirm' AND subject_id = $1", lesson
    )
    async with unit_of_work(Scope.system(fund.county.number), "test") as session:
        await confirm_by_silence(session, lesson, deadline)
    await settle()
    assert (await fund.balances())["cash"] == 9_000
    await fund.agree()


async def test_a_refund_and_a_lesson_cannot_both_take_the_same_money(fund: Fund) -> None:
    contract = await fund.active(terms=TEN)
    lesson = await fund.request(contract, 3)
    refund = await fund.ask_back(contract)
    assert await fund.column("refund_request", "amount_fen", refund) == 7_000
    with pytest.raises(DomainError) as refused:
        await fund.request(contract, 1)
    assert codes(refused) == ["HOURS_INVALID"]
    with pytest.raises(DomainError) as refused:
        await fund.ask_back(contract, 1)
    assert codes(refused) == ["REFUND_OPEN", "AMOUNT_INVALID"]
    operator = await fund.county.principal("operator")
    async with unit_of_work(operator.scope, "test") as session:
        await agree_refund(session, operator, AgreeRefund(refund))
    await fund.confirm(lesson)
    await settle()
    assert await fund.status("contract", contract) == "TERMINATED"
    assert set((await fund.balances()).values()) == {0}
    await fund.agree()


async def test_an_objection_that_is_upheld_gives_the_money_free(fund: Fund) -> None:
    contract = await fund.active(terms=TEN)
    refund = await fund.ask_back(contract, 5_000)
    operator = await fund.county.principal("operator")
    async with unit_of_work(operator.scope, "test") as session:
        await object_refund(session, operator, ObjectRefund(refund, "课程已按约定提供"))
    await fund.at("2026-04-20 09:00")
    await settle()
    assert await fund.status("refund_request", refund) == "DISPUTED"
    supervisor = await fund.county.principal("fund_supervisor")
    async with unit_of_work(supervisor.scope, "test") as session:
        await decide_refund(session, supervisor, DecideRefund(refund, False, "机构已按约授课"))
    assert await fund.status("refund_request", refund) == "REFUSED"
    again = await fund.ask_back(contract)
    assert await fund.column("refund_request", "amount_fen", again) == 10_000


async def test_a_frozen_account_releases_nothing_until_it_goes_on(fund: Fund) -> None:
    contract = await fund.active(terms=TEN)
    lesson, refund = await fund.request(contract, 2), await fund.ask_back(contract, 3_000)
    await order(fund, OrderKind.FREEZE)
    await fund.confirm(lesson)
    await fund.at("2026-03-20 09:00")
    await settle()
    assert await fund.status("lesson", lesson) == "CONFIRMED"
    assert await fund.status("refund_request", refund) == "AGREED"
    assert fund.bank.books.orders == {}
    await order(fund, OrderKind.UNFREEZE)
    assert await fund.status("lesson", lesson) == "RELEASED"
    assert await fund.status("refund_request", refund) == "EXECUTED"
    assert (await fund.balances())["cash"] == 5_000
    await fund.agree()


async def test_a_release_that_the_bank_refuses_stays_due_and_is_paid_again(fund: Fund) -> None:
    contract = await fund.active(terms=TEN)
    lesson = await fund.request(contract, 2)
    fund.bank.faults.add(Fault(FaultKind.REFUSE, code="ACCOUNT_CLOSED"))
    await fund.confirm(lesson)
    await settle()
    assert await fund.status("lesson", lesson) == "CONFIRMED"
    balances = await fund.balances()
    assert (balances["cash"], balances["due"], balances[str(contract)]) == (10_000, 2_000, 8_000)
    supervisor = await fund.county.principal("fund_supervisor")
    async with unit_of_work(supervisor.scope, "test") as session:
        await release_lesson(session, supervisor, ReleaseLesson(lesson, "6105260000299"))
    await settle()
    assert (await fund.balances())["due"] == 0
    assert [one.target for one in fund.bank.books.orders.values()][-1] == "6105260000299"
    assert await fund.column("contract", "consumed_hours", contract) == 2
    await fund.agree()


async def test_what_may_not_be_asked_for(fund: Fund) -> None:
    unpaid = await fund.sign()
    with pytest.raises(DomainError) as refused:
        await fund.request(unpaid, 1)
    assert "WRONG_STATE" in codes(refused)
    contract = await fund.active(terms=TEN, child="G610526201501010099")
    for hours, on in ((0, None), (11, None)):
        with pytest.raises(DomainError) as refused:
            await fund.request(contract, hours, on)
        assert codes(refused) == ["HOURS_INVALID"]
    for on in (date(2026, 3, 1), date(2026, 3, 3)):
        with pytest.raises(DomainError) as refused:
            await fund.request(contract, 1, on)
        assert codes(refused) == ["DAY_INVALID"]
    lesson = await fund.request(contract, 1)
    stranger = await fund.county.principal("guardian2")
    async with unit_of_work(stranger.scope, "test") as session:
        with pytest.raises(NotFound):
            await reject_lesson(session, stranger, RejectLesson(lesson, "不是我的合同"))
        assert await queries.open_refund(session, contract) is None
