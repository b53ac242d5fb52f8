"""Rewards from a substantiated clue to the bank's books, each paid once."""

import asyncio
from datetime import date
from uuid import UUID

import pytest

from infra.errors import Conflict, DomainError, Forbidden
from infra.gateways.bank.simulator import Fault, FaultKind
from services.clues.models import ClueChannel, ClueOutcome
from services.rewards import budgets, claiming, service
from services.rewards.models import ExclusionReason, Reward
from services.rewards.policies import APPROVAL_TIERS, SCHEME
from tenants import policies
from tenants.session import unit_of_work
from tests.harness.clockwork import set_clock, settle
from tests.services.payments.paying import OURS
from tests.services.rewards.desk import IDENTITY, PAYEE, PHONE, Desk


async def approved(desk: Desk, fen: int = 100_000) -> tuple[Reward, object]:
    """An approved reward and the reporter's receipt."""
    clue, receipt = await desk.reported()
    await desk.substantiated(clue)
    return await desk.approve(await desk.propose(clue, fen)), receipt


def paid_by_bank(desk: Desk) -> list[int]:
    """Amounts that left our account in the bank's books."""
    return [
        -entry.amount_fen
        for entry in desk.bank.books.entries
        if entry.account == OURS and entry.amount_fen < 0
    ]


async def test_a_reward_is_proposed_approved_told_claimed_and_paid_once(desk: Desk) -> None:
    clue, receipt = await desk.reported()
    await desk.substantiated(clue)
    proposed = await desk.propose(clue)
    assert await desk.balances() == {"appropriation": 500_000, "budget": 500_000}
    reward = await desk.approve(proposed)
    assert await desk.balances() == {"appropriation": 500_000, "budget": 400_000, "payee": 0}
    await settle()
    reward = await desk.now(reward)
    assert (reward.status, reward.notice_proof) == ("NOTIFIED", "SMS_DELIVERED")
    told = desk.books.lines("visible")[-1]
    assert receipt.ticket_no in told["text"] and "20个工作日" in told["text"]
    assert "1000" not in told["text"] and "艺术" not in told["text"]
    due = await desk.admin.fetchval("SELECT due_on FROM deadline WHERE rule = 'reward.claim'")
    assert due == date(2026, 3, 30)
    reward = await desk.pay(await desk.verify(reward, receipt))
    await settle()
    reward = await desk.now(reward)
    assert (reward.status, reward.refusals) == ("PAID", 0)
    assert paid_by_bank(desk) == [100_000]
    assert await desk.balances() == {"appropriation": 400_000, "budget": 400_000, "payee": 0}
    voucher = await desk.admin.fetchrow("SELECT * FROM reward_voucher")
    assert (voucher["year"], voucher["number"], voucher["amount_fen"]) == (2026, 1, 100_000)
    again = claiming.PayReward(reward.id, reward.version)
    assert await desk.codes("second_officer", again, of=claiming.pay_reward) == ["ALREADY_PAID"]
    claim = desk.verification(reward, receipt)
    assert "ALREADY_PAID" in await desk.codes("finance", claim, of=claiming.verify_reward)
    figures = await desk.admin.fetch(
        "SELECT metric, numerator, denominator FROM metric_total WHERE metric LIKE 'rewards.%'"
    )
    assert {row["metric"]: (row["numerator"], row["denominator"]) for row in figures} == {
        "rewards.paid": (1, 1),
        "rewards.amount_fen": (100_000, 0),
    }


async def test_every_reason_against_a_reward_has_its_code(desk: Desk) -> None:
    clue, _ = await desk.reported()
    assert await desk.propose_codes(clue) == ["NOT_SUBSTANTIATED"]
    false, _ = await desk.reported()
    await desk.substantiated(false, outcome=ClueOutcome.UNSUBSTANTIATED)
    assert await desk.propose_codes(false) == ["NOT_SUBSTANTIATED"]
    anonymous, _ = await desk.reported(phone=None)
    await desk.substantiated(anonymous)
    assert await desk.propose_codes(anonymous) == ["ANONYMOUS"]
    patrol, _ = await desk.reported(channel=ClueChannel.GRID_PATROL)
    await desk.substantiated(patrol)
    assert await desk.propose_codes(patrol) == ["STAFF"]
    await desk.substantiated(clue)
    assert await desk.propose_codes(clue, 19_999) == ["AMOUNT_OUT_OF_RANGE"]
    assert await desk.propose_codes(clue, 200_001) == ["AMOUNT_OUT_OF_RANGE"]
    for reason, code in ((ExclusionReason.STAFF, "STAFF"), (ExclusionReason.VIOLATOR, "EXCLUDED")):
        await desk.act(
            "leader", budgets.ExcludeReporter(PHONE, reason), of=budgets.exclude_reporter
        )
        assert await desk.propose_codes(clue) == [code]
    await desk.admin.execute("DELETE FROM reward_exclusion")
    assert await desk.propose_codes(clue) == []
    assert await desk.propose_codes(clue) == ["DUPLICATE"]


async def test_the_first_reporter_is_rewarded(desk: Desk) -> None:
    from services.institutions.models import InstitutionCategory
    from services.institutions.service import RegisterInstitution, register_institution
    from tests.services.institutions.codes import uscc

    command = RegisterInstitution(
        uscc(1),
        "某艺术培训中心",
        InstitutionCategory.NON_SUBJECT_ARTS,
        desk.county.units["school1"],
    )
    institution: UUID = (await desk.act("county_officer", command, of=register_institution)).id
    first, _ = await desk.reported()
    await set_clock(desk.admin, "2026-03-03 10:00")
    second, _ = await desk.reported(phone="13900139000")
    await desk.substantiated(first, institution)
    await desk.substantiated(second, institution)
    await set_clock(desk.admin, "2026-03-05 10:00")
    later, _ = await desk.reported(phone="13700137000")
    await desk.substantiated(later, institution)
    assert await desk.propose_codes(second) == ["NOT_FIRST"]
    assert await desk.propose_codes(first) == []
    assert await desk.propose_codes(later) == []  # the same again, after it was concluded


async def test_a_scheme_counts_on_the_day_of_the_report(desk: Desk) -> None:
    clue, _ = await desk.reported()
    await desk.substantiated(clue)
    await desk.admin.execute("UPDATE policy_value SET valid_to = '2026-03-01'")
    assert await desk.propose_codes(clue) == ["NO_SCHEME"]
    await desk.admin.execute("UPDATE policy_value SET valid_to = '2026-03-02'")
    assert await desk.propose_codes(clue) == []


async def test_maker_checker_and_payers_are_different_people(desk: Desk) -> None:
    clue, receipt = await desk.reported()
    await desk.substantiated(clue)
    reward = await desk.propose(clue, 40_000, who="county_officer")
    own = service.DecideReward(reward.id, reward.version)
    assert await desk.codes("county_officer", own, of=service.approve_reward) == ["SAME_PERSON"]
    reward = await desk.approve(reward, "second_officer")  # 400 yuan is within an officer's tier
    await settle()
    reward = await desk.now(reward)
    for who in ("county_officer", "second_officer"):
        claim = desk.verification(reward, receipt)
        assert await desk.codes(who, claim, of=claiming.verify_reward) == ["SAME_PERSON"]
    reward = await desk.verify(reward, receipt)
    for who in ("finance", "county_officer", "second_officer"):
        pay = claiming.PayReward(reward.id, reward.version)
        assert await desk.codes(who, pay, of=claiming.pay_reward) == ["SAME_PERSON"]
    for who in ("clue_officer", "leader", "officer1", "fund_supervisor", "guardian"):
        with pytest.raises(Forbidden):
            await desk.pay(reward, who)
    assert paid_by_bank(desk) == []


async def test_an_approver_signs_within_the_tier(desk: Desk) -> None:
    clue, _ = await desk.reported()
    await desk.substantiated(clue)
    reward = await desk.propose(clue, 50_001)
    above = service.DecideReward(reward.id, reward.version)
    assert await desk.codes("county_officer", above, of=service.approve_reward) == ["TIER_EXCEEDED"]
    async with unit_of_work(desk.county.scope, "test.policy") as session:
        tiers = [[200_000, "COUNTY_OFFICER"]]
        await policies.set_value(session, APPROVAL_TIERS, tiers, date(2026, 1, 1), "本县规定")
    await desk.approve(reward, "county_officer")


async def test_the_budget_covers_what_is_approved(desk: Desk) -> None:
    rewards = []
    for number in range(3):
        clue, _ = await desk.reported(phone=f"1380013800{number}")
        await desk.substantiated(clue)
        rewards.append(await desk.propose(clue, 200_000))
    await desk.approve(rewards[0])
    await desk.approve(rewards[1])
    third = service.DecideReward(rewards[2].id, rewards[2].version)
    assert await desk.codes("leader", third, of=service.approve_reward) == ["BUDGET_EXCEEDED"]
    assert (await desk.balances())["budget"] == 100_000
    await set_clock(desk.admin, "2027-03-02 10:00")
    assert await desk.codes("leader", third, of=service.approve_reward) == ["BUDGET_MISSING"]


@pytest.mark.parametrize(
    ("change", "of"),
    [
        ("UPDATE reward SET amount_fen = 200000", "amount"),
        ("UPDATE reward SET policy_version = 'other'", "policy"),
        ("UPDATE reporter SET id = gen_random_uuid()", "payee"),
    ],
)
async def test_what_was_not_approved_is_not_paid(desk: Desk, change: str, of: str) -> None:
    reward, receipt = await approved(desk)
    await settle()
    reward = await desk.verify(await desk.now(reward), receipt)  # type: ignore[arg-type]
    await desk.admin.execute(change)
    pay = claiming.PayReward(reward.id, reward.version)
    refused = await desk.codes("second_officer", pay, of=claiming.pay_reward)
    assert refused == ["APPROVAL_STALE"], of
    assert paid_by_bank(desk) == []


async def test_claims_side_by_side_pay_once(desk: Desk) -> None:
    reward, receipt = await approved(desk)
    await settle()
    noticed = await desk.now(reward)

    async def claim() -> str:
        try:
            verified = await desk.verify(noticed, receipt)  # type: ignore[arg-type]
            await desk.pay(verified)
        except Conflict:
            return "conflict"
        except DomainError as refused:
            return refused.faults[0].code.value
        return "paid"

    found = await asyncio.gather(*(claim() for _ in range(20)))
    assert found.count("paid") == 1
    assert set(found) <= {"paid", "conflict"}
    await settle()
    assert paid_by_bank(desk) == [100_000]
    payouts = await desk.admin.fetchval(
        "SELECT count(*) FROM ledger_transfer WHERE kind = 'reward.payout' AND phase = 'POST'"
    )
    assert payouts == 1


async def test_the_window_ends_and_the_hold_returns(desk: Desk) -> None:
    reward, receipt = await approved(desk)
    await settle()
    await set_clock(desk.admin, "2026-03-30 23:59")
    await settle()
    reward = await desk.now(reward)
    assert reward.status == "NOTIFIED"
    await set_clock(desk.admin, "2026-03-31 00:00")
    # Before any worker has noticed: the clock alone closes the window.
    claim = desk.verification(reward, receipt)  # type: ignore[arg-type]
    assert await desk.codes("finance", claim, of=claiming.verify_reward) == ["CLAIM_WINDOW_CLOSED"]
    assert (await desk.balances())["budget"] == 400_000
    await settle()
    reward = await desk.now(reward)
    assert reward.status == "EXPIRED"
    assert (await desk.balances())["budget"] == 500_000
    await settle()
    assert (await desk.balances())["budget"] == 500_000


async def test_without_a_delivery_report_the_desk_calls(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.gateways.sms.Recording.query", lambda _self, _id: "SENT")
    reward, receipt = await approved(desk)
    await settle()
    reward = await desk.now(reward)
    assert reward.status == "APPROVED"  # no proof, no clock
    await set_clock(desk.admin, "2026-03-05 00:00")
    await settle()
    called = await desk.admin.fetchval(
        "SELECT count(*) FROM message WHERE account_id = $1 AND template = 'deadline.due'",
        desk.county.accounts["clue_officer"],
    )
    assert called == 1
    note = service.RecordNotice(reward.id, reward.version, "座机录音 20260305-01")
    reward = await desk.act("clue_officer", note, of=service.record_notice)
    assert (reward.status, reward.notice_proof) == ("NOTIFIED", "PHONE_CALL")
    due = await desk.admin.fetchval("SELECT due_on FROM deadline WHERE rule = 'reward.claim'")
    assert due == date(2026, 4, 2)  # 20 working days after the 5th, the day itself not counted
    await desk.pay(await desk.verify(reward, receipt))  # type: ignore[arg-type]


async def test_receipt_identity_and_account_are_all_looked_at(desk: Desk) -> None:
    reward, receipt = await approved(desk)
    await settle()
    reward = await desk.now(reward)
    _, other = await desk.reported(phone="13900139000")
    wrong = desk.verification(
        reward, other, identity_no=IDENTITY[:-1] + "1", payee_account_no="12 34", payee_name="一"
    )
    assert await desk.codes("finance", wrong, of=claiming.verify_reward) == [
        "TEXT_LENGTH",
        "IDENTITY_INVALID",
        "ACCOUNT_INVALID",
        "RECEIPT_WRONG",
    ]
    verified = await desk.verify(reward, receipt)  # type: ignore[arg-type]
    row = await desk.admin.fetchrow("SELECT * FROM reward")
    for told in (PAYEE, IDENTITY, "某某人"):
        assert told.encode() not in bytes(row["payee_account"]) + bytes(row["payee_name"])
    assert verified.status == "VERIFIED"


async def test_a_payment_the_bank_refuses_goes_to_another_account(desk: Desk) -> None:
    reward, receipt = await approved(desk)
    await settle()
    desk.bank.faults.add(Fault(FaultKind.REFUSE))
    reward = await desk.pay(await desk.verify(await desk.now(reward), receipt))  # type: ignore[arg-type]
    await settle()
    reward = await desk.now(reward)
    assert (reward.status, reward.refusals) == ("PAYMENT_REFUSED", 1)
    assert (await desk.balances())["payee"] == 100_000  # still owed
    command = desk.verification(reward, receipt, payee_account_no="6217000000000002")  # type: ignore[arg-type]
    reward = await desk.act("finance", command, of=claiming.verify_reward)
    await desk.pay(reward)
    await settle()
    assert (await desk.now(reward)).status == "PAID"
    assert paid_by_bank(desk) == [100_000]
    assert (await desk.balances())["payee"] == 0


async def test_voucher_numbers_have_no_gap(desk: Desk) -> None:
    ready = []
    for number in range(4):
        clue, receipt = await desk.reported(phone=f"1390013900{number}")
        await desk.substantiated(clue)
        reward = await desk.approve(await desk.propose(clue, 20_000))
        await settle()
        ready.append(await desk.verify(await desk.now(reward), receipt))
    await asyncio.gather(*(desk.pay(reward) for reward in ready))
    await settle()
    numbers = await desk.admin.fetch("SELECT number FROM reward_voucher ORDER BY number")
    assert [row["number"] for row in numbers] == [1, 2, 3, 4]
    assert SCHEME.source.startswith("S3-12")
