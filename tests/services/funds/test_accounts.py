"""Accounts are opened once, filed, frozen by two persons, closed empty; alerts are raised once."""

import asyncio
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from infra.errors import DomainError
from services.funds.models import CustodyKind, OrderKind
from services.funds.service.alerts import (
    AcknowledgeAlert,
    HandleAlert,
    acknowledge_alert,
    handle_alert,
)
from services.funds.service.contracts import SignContract, sign_contract
from services.funds.service.custody import (
    CloseCustodyAccount,
    ConfirmOrder,
    FileCustodyAccount,
    OpenCustodyAccount,
    OrderCustodyAccount,
    close_custody_account,
    confirm_order,
    file_custody_account,
    open_custody_account,
    order_custody_account,
)
from services.institutions.lists import AddListEntry, add_entry
from services.institutions.models import ListKind, ListReason
from tenants.access import RoleCode
from tenants.session import unit_of_work
from tests.harness.clockwork import settle
from tests.services.funds.funding import (
    CUSTODY_NO,
    GUARDIAN_NO,
    SETTLEMENT_NO,
    TERMS,
    Fund,
    add_person,
    longer,
    open_seller,
)


def codes(refused: pytest.ExceptionInfo[DomainError]) -> list[str]:
    return [fault.code.value for fault in refused.value.faults]


async def close(fund: Fund) -> None:
    supervisor = await fund.county.principal("fund_supervisor")
    async with unit_of_work(supervisor.scope, "test") as session:
        await close_custody_account(session, supervisor, CloseCustodyAccount(fund.account_id))


async def test_an_institution_has_one_live_account_of_a_kind(fund: Fund) -> None:
    supervisor = await fund.county.principal("fund_supervisor")
    command = OpenCustodyAccount(
        fund.institution_id,
        CustodyKind.CUSTODY,
        "CCB",
        "6105260000101",
        "户名",
        SETTLEMENT_NO,
        "户名",
    )
    async with unit_of_work(supervisor.scope, "test") as session:
        with pytest.raises(DomainError) as refused:
            await open_custody_account(session, supervisor, command)
        assert codes(refused) == ["ALREADY_OPEN"]
        wrong = replace(command, account_no=CUSTODY_NO, bank_code="c", settlement_name=" ")
        with pytest.raises(DomainError) as refused:
            await open_custody_account(session, supervisor, wrong)
        assert codes(refused) == [
            "TEXT_LENGTH",
            "BANK_CODE_INVALID",
            "ALREADY_OPEN",
            "ACCOUNT_NO_TAKEN",
        ]
        deposit = replace(command, kind=CustodyKind.DEPOSIT)
        made = await open_custody_account(session, supervisor, deposit)
    assert await fund.status("custody_account", made.id) == "OPENED"
    task = await fund.admin.fetchrow(
        "SELECT due_on, owner_post_id FROM deadline WHERE subject_id = $1", made.id
    )
    # Five working days after Monday, 2 March 2026.
    assert (task["due_on"], task["owner_post_id"]) == (
        date(2026, 3, 9),
        fund.county.posts["fund_supervisor"],
    )
    async with unit_of_work(supervisor.scope, "test") as session:
        await file_custody_account(session, supervisor, FileCustodyAccount(made.id, "备2号"))
        with pytest.raises(DomainError) as refused:
            await file_custody_account(session, supervisor, FileCustodyAccount(made.id, "备3号"))
        assert codes(refused) == ["WRONG_STATE"]
    state = "SELECT state FROM deadline WHERE subject_id = $1"
    assert await fund.admin.fetchval(state, made.id) == "MET"


async def test_who_asks_for_a_freeze_does_not_confirm_it(fund: Fund) -> None:
    supervisor, leader = (
        await fund.county.principal("fund_supervisor"),
        await fund.county.principal("leader"),
    )
    confirm = ConfirmOrder(fund.account_id, OrderKind.FREEZE)
    async with unit_of_work(supervisor.scope, "test") as session:
        with pytest.raises(DomainError) as refused:
            await confirm_order(session, supervisor, confirm)
        assert codes(refused) == ["NO_ORDER"]
        ask = OrderCustodyAccount(fund.account_id, OrderKind.FREEZE, "涉嫌挪用")
        await order_custody_account(session, supervisor, ask)
        with pytest.raises(DomainError) as refused:
            await confirm_order(session, supervisor, confirm)
        assert codes(refused) == ["SAME_HAND"]
        with pytest.raises(DomainError) as refused:
            await order_custody_account(session, supervisor, ask)
        assert codes(refused) == ["ORDER_OPEN"]
    assert await fund.status("custody_account", fund.account_id) == "ACTIVE"
    async with unit_of_work(leader.scope, "test") as session:
        await confirm_order(session, leader, confirm)
    assert await fund.status("custody_account", fund.account_id) == "FROZEN"
    with pytest.raises(DomainError) as refused:
        await close(fund)
    assert codes(refused) == ["WRONG_STATE"]


async def test_an_account_is_closed_when_nothing_is_in_it(fund: Fund) -> None:
    contract = await fund.active(terms=longer(hours=10, unit_price_fen=1_000))
    with pytest.raises(DomainError) as refused:
        await close(fund)
    assert codes(refused) == ["NOT_EMPTY"]
    await fund.confirm(await fund.request(contract, 10))
    await settle()
    await close(fund)
    assert await fund.status("custody_account", fund.account_id) == "CLOSED"
    assert (await fund.figures())["funds.supervised"] == 0
    again = OpenCustodyAccount(
        fund.institution_id,
        CustodyKind.CUSTODY,
        "ICBC",
        "6105260000777",
        "户名",
        SETTLEMENT_NO,
        "户名",
    )
    supervisor = await fund.county.principal("fund_supervisor")
    async with unit_of_work(supervisor.scope, "test") as session:
        await open_custody_account(session, supervisor, again)


async def test_what_changes_between_draft_and_signature_stops_the_sale(fund: Fund) -> None:
    """Hours left of another contract, a black list, a closed account: all are told at once."""
    await fund.sign(terms=longer(hours=30))
    with pytest.raises(DomainError) as refused:
        await fund.sign(terms=longer(hours=31))
    assert codes(refused) == ["HOURS_TOO_MANY"]
    # Another child's hours are another child's.
    await fund.sign(terms=longer(hours=40), child="G610526201501010099")
    with pytest.raises(DomainError) as refused:
        await fund.sign(
            terms=replace(TERMS, start_on=date(2026, 4, 3), ends_on=date(2026, 5, 3)),
            child="G610526201501010088",
        )
    assert codes(refused) == ["TOO_EARLY"]
    leader = await fund.county.principal("leader")
    async with unit_of_work(leader.scope, "test") as session:
        entry = AddListEntry(
            fund.institution_id, ListKind.BLACK, ListReason.OTHER_VIOLATION, "办公会纪要"
        )
        await add_entry(session, leader, entry)
    await fund.admin.execute("UPDATE custody_account SET status = 'FROZEN'")
    draft = await fund.admin.fetchval("SELECT id FROM contract WHERE status = 'DRAFT'")
    guardian = await fund.county.principal("guardian")
    async with unit_of_work(guardian.scope, "test") as session:
        with pytest.raises(DomainError) as refused:
            await sign_contract(session, guardian, SignContract(draft, "1", "家长"))
    assert codes(refused) == [
        "ACCOUNT_NO_INVALID",
        "NOT_WHITE_LISTED",
        "BLACK_LISTED",
        "TOO_EARLY",
        "ACCOUNT_NOT_ACTIVE",
    ]


async def test_two_signatures_at_once_cannot_share_the_hours_left(fund: Fund) -> None:
    await fund.admin.execute("UPDATE custody_account SET status = 'FROZEN'")
    for _ in range(2):
        with pytest.raises(DomainError):
            await fund.sign(terms=longer(hours=40))
    await fund.admin.execute("UPDATE custody_account SET status = 'ACTIVE'")
    drafts = [row["id"] for row in await fund.admin.fetch("SELECT id FROM contract")]
    guardian = await fund.county.principal("guardian")

    async def signed(contract: UUID) -> str:
        async with unit_of_work(guardian.scope, "test") as session:
            await sign_contract(session, guardian, SignContract(contract, GUARDIAN_NO, "家长"))
        return "signed"

    told = await asyncio.gather(*map(signed, drafts), return_exceptions=True)
    assert sorted(str(one).split(":")[0] for one in told) == ["HOURS_TOO_MANY", "signed"]


async def drain(fund: Fund, fen: int) -> None:
    """Money leaves the account at the bank without an instruction of ours."""
    body = {
        "id": str(UUID(int=fen)), "from_account": CUSTODY_NO, "to_account": "6222020000000000",
        "to_name": "某人", "purpose": "转账", "amount_fen": fen,
    }  # fmt: skip
    fund.bank.books.instruct(body)
    await fund.state()


async def alerts(fund: Fund) -> list[tuple[str, int, int]]:
    rows = await fund.admin.fetch(
        "SELECT status, balance_fen, liability_fen FROM fund_alert ORDER BY id"
    )
    return [tuple(row) for row in rows]


async def test_less_at_the_bank_than_is_owed_raises_red_once(fund: Fund) -> None:
    await add_person(fund.county, "follower", RoleCode.AREA_FUND_FOLLOW, "area1")
    await add_person(fund.county, "elsewhere", RoleCode.AREA_FUND_FOLLOW, "area2")
    await fund.active()
    assert await alerts(fund) == []
    await drain(fund, 100)
    assert await alerts(fund) == [("RAISED", 399_900, 400_000)]
    await drain(fund, 200)
    assert len(await alerts(fund)) == 1
    assert (await fund.figures())["funds.alerts_red"] == 1
    assert "fund.alert" in await fund.inbox("fund_supervisor")
    assert "fund.alert" in await fund.inbox("follower")
    for who in ("elsewhere", "operator", "guardian"):
        assert "fund.alert" not in await fund.inbox(who)
    # One working day without a word: the supervisor; three: the leader.
    await fund.at("2026-03-04 00:00")
    await settle()
    assert "deadline.due" in await fund.inbox("fund_supervisor")
    assert "deadline.leader" not in await fund.inbox("leader")
    await fund.at("2026-03-05 09:00")
    await settle()
    assert "deadline.leader" in await fund.inbox("leader")


async def test_an_alert_is_taken_up_and_closed_and_comes_again_after_a_day(fund: Fund) -> None:
    await fund.active()
    await drain(fund, 100)
    found = await fund.admin.fetchval("SELECT id FROM fund_alert")
    supervisor = await fund.county.principal("fund_supervisor")
    async with unit_of_work(supervisor.scope, "test") as session:
        await acknowledge_alert(session, supervisor, AcknowledgeAlert(found))
        with pytest.raises(DomainError) as refused:
            await acknowledge_alert(session, supervisor, AcknowledgeAlert(found))
        assert codes(refused) == ["WRONG_STATE"]
    state = "SELECT state FROM deadline WHERE rule = 'fund.alert'"
    assert await fund.admin.fetchval(state) == "MET"
    async with unit_of_work(supervisor.scope, "test") as session:
        await handle_alert(session, supervisor, HandleAlert(found, "机构已补足资金", False))
    assert (await fund.figures())["funds.alerts_red"] == 0
    await drain(fund, 200)
    assert [one[0] for one in await alerts(fund)] == ["HANDLED"]
    await fund.at("2026-03-03 09:30")
    await drain(fund, 300)
    assert [one[0] for one in await alerts(fund)] == ["HANDLED", "RAISED"]


async def test_what_the_bank_cannot_have_stated_yet_raises_nothing(fund: Fund) -> None:
    """Payments out of later days, and released money that the bank still holds."""
    contract = await fund.active()
    await fund.at("2026-03-04 09:00")
    await fund.confirm(await fund.request(contract, 5))
    await settle()
    await fund.at("2026-03-05 09:00")
    fund.bank.books.receive(CUSTODY_NO, 1, "利息", "")
    await fund.state()
    assert await alerts(fund) == []
    assert await open_seller(fund.county, 3, "second_officer")
