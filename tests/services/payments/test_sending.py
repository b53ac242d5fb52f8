"""Whatever goes wrong at the bank, an instruction is paid once, and both sides' books agree."""

import asyncio
import os
import random
from uuid import UUID, uuid4

import pytest

from infra.broker import ACTORS
from infra.errors import Forbidden
from infra.gateways.bank import BankClash, BankState, BankUnanswered, HttpBankGateway, PaymentOrder
from infra.gateways.bank.simulator import Fault, FaultKind
from infra.ids import new_id
from infra.money import Fen
from infra.settings import settings
from services.payments import actors as sending
from services.payments import rules
from services.payments.errors import InstructionClash, UnfitPayment
from services.payments.models import PaymentPurpose
from services.payments.service import InstructPayment, instruct
from tenants.access import Permission, require
from tenants.session import unit_of_work
from tests.services.payments.paying import NAME, OURS, PAYEE, Payer


async def test_an_instruction_is_paid_once(payer: Payer) -> None:
    given = await payer.pay()
    await payer.deliver(3)
    assert await payer.states() == ["DONE"]
    assert await payer.outcomes() == ["DONE"]
    assert await payer.waiting() == 0
    assert payer.paid() == {given.id: 20_000}
    await payer.agree()


async def test_an_answer_that_was_lost_is_asked_for(payer: Payer) -> None:
    payer.bank.faults.add(Fault(FaultKind.LOST))
    await payer.pay()
    await payer.deliver()
    assert await payer.states() == ["UNKNOWN"]
    assert await payer.outcomes() == ["UNKNOWN"]
    await payer.deliver()
    assert await payer.states() == ["DONE"]
    assert await payer.outcomes() == ["UNKNOWN"]
    await payer.agree()


async def test_a_bank_that_is_down_for_long_is_asked_as_long_as_it_takes(payer: Payer) -> None:
    payer.bank.faults.add(Fault(FaultKind.DOWN, times=None))
    payer.bank.faults.add(Fault(FaultKind.DOWN, times=None, on="query"))
    await payer.pay()
    most = settings().max_attempts
    await payer.deliver(most + 3)
    assert await payer.states() == ["UNKNOWN"]
    assert payer.paid() == {}
    assert await payer.admin.fetchval("SELECT failed_at FROM delivery") is None
    assert await payer.admin.fetchval("SELECT inquiries FROM payment_instruction") == most + 3
    # Never heard of it: while it could not be asked nothing was handed over again.
    assert await payer.outcomes() == ["UNKNOWN"]
    payer.bank.faults.lift()
    await payer.deliver()
    assert await payer.outcomes() == ["UNKNOWN", "DONE"]
    await payer.agree()


async def test_nobody_listens_where_the_bank_should_be(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_BANK_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    await payer.pay()
    await payer.deliver(2)
    assert await payer.states() == ["UNKNOWN"]
    monkeypatch.setenv("WANGGE_BANK_URL", payer.bank.url)
    settings.cache_clear()
    await payer.deliver()
    await payer.agree()
    assert await payer.states() == ["DONE"]


async def test_pending_is_asked_about_and_never_handed_over_again(payer: Payer) -> None:
    payer.bank.faults.add(Fault(FaultKind.DELAY, seconds=86_400))
    await payer.pay()
    await payer.deliver(settings().max_attempts + 3)
    assert await payer.states() == ["PENDING"]
    assert await payer.outcomes() == ["PENDING"]
    assert payer.paid() == {}
    payer.clock.ahead += 86_400
    await payer.deliver()
    assert await payer.states() == ["DONE"]
    assert await payer.outcomes() == ["PENDING"]
    await payer.agree()


async def test_an_answer_that_comes_twice_settles_once(payer: Payer) -> None:
    payer.bank.faults.add(Fault(FaultKind.DUPLICATE))
    await payer.pay()
    await payer.deliver(2)
    assert await payer.states() == ["DONE"]
    await payer.agree()


async def test_a_refusal_is_final_and_another_instruction_may_follow(payer: Payer) -> None:
    payer.bank.faults.add(Fault(FaultKind.REFUSE, code="PAYEE_NAME_DIFFERS"))
    reward = new_id()
    refused = await payer.pay(ref_id=reward)
    await payer.deliver(3)
    assert await payer.states() == ["REFUSED"]
    kinds = "SELECT kind FROM event WHERE kind LIKE 'payment.%' ORDER BY id"
    told = [row["kind"] for row in await payer.admin.fetch(kinds)]
    assert told == ["payment.instructed", "payment.refused"]
    code = await payer.admin.fetchval("SELECT refusal_code FROM payment_instruction")
    assert code == "PAYEE_NAME_DIFFERS"
    await payer.agree()
    mended = await payer.pay(ref_id=reward, payee="6217000000000018")
    assert mended.id != refused.id
    await payer.deliver(2)
    assert await payer.states() == ["REFUSED", "DONE"]
    await payer.agree()


async def test_an_id_that_the_bank_has_with_another_content_waits_for_a_person(
    payer: Payer,
) -> None:
    given = await payer.pay()
    other = PaymentOrder(given.id, OURS, "6217000000000099", NAME, 1_00, "REWARD")
    await HttpBankGateway(payer.bank.url).instruct(other)
    await payer.deliver(settings().max_attempts + 1)
    # The bank says DONE of that id, but not about this instruction.
    assert await payer.states() == ["UNKNOWN"]
    assert await payer.outcomes() == ["CLASH"]
    assert await payer.admin.fetchval("SELECT last_error FROM delivery") == BankClash.__name__
    assert await payer.admin.fetchval("SELECT failed_at FROM delivery") is not None


async def test_a_worker_that_is_cut_off_asks_before_it_acts(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = HttpBankGateway.instruct

    async def executed_and_cut_off(self: HttpBankGateway, order: PaymentOrder) -> None:
        await honest(self, order)
        raise asyncio.CancelledError

    with monkeypatch.context() as cut:
        cut.setattr(HttpBankGateway, "instruct", executed_and_cut_off)
        await payer.pay()
        with pytest.raises(asyncio.CancelledError):
            await payer.deliver()
    assert await payer.states() == ["SENT"]
    assert await payer.outcomes() == [None]
    await payer.admin.execute(
        "UPDATE delivery SET available_at = clock_timestamp(), leased_until = NULL"
    )
    await payer.deliver()
    assert await payer.outcomes() == ["UNKNOWN"]
    await payer.agree()
    assert await payer.states() == ["DONE"]


async def test_the_same_again_is_the_same_instruction(payer: Payer) -> None:
    reward = new_id()
    first, second = await payer.pay(ref_id=reward), await payer.pay(ref_id=reward)
    assert first.id == second.id
    for amount, payee in ((1, PAYEE), (20_000, "6217000000000018")):
        with pytest.raises(InstructionClash):
            await payer.pay(amount, ref_id=reward, payee=payee)
    await asyncio.gather(*(payer.pay(500, ref_id=UUID(int=7)) for _ in range(4)))
    await payer.deliver(2)
    assert len(await payer.states()) == 2
    await payer.agree()


async def test_what_no_bank_could_be_told_is_refused(payer: Payer) -> None:
    good = {"payee_account_no": PAYEE, "payee_name": NAME, "amount_fen": Fen(1)}
    good |= {"ref_kind": "test.thing", "bank_account_id": payer.account_id}  # type: ignore[dict-item]
    for key, value in (
        ("payee_account_no", "62170000 0000"),
        ("payee_account_no", "６２１７００００００"),
        ("payee_name", "　"),
        ("amount_fen", 0),
        ("ref_kind", "Reward!"),
        ("bank_account_id", uuid4()),
    ):
        command = InstructPayment(  # type: ignore[arg-type, misc]
            **(good | {key: value}),  # type: ignore[arg-type]
            purpose=PaymentPurpose.REWARD,
            ref_id=new_id(),
        )
        with pytest.raises(UnfitPayment) as told:
            async with unit_of_work(payer.county.scope, "test") as session:
                await instruct(session, command)
        assert PAYEE not in str(told.value)
    assert await payer.states() == []


async def test_the_payee_is_nowhere_in_the_clear(payer: Payer) -> None:
    given = await payer.pay()
    await payer.deliver()
    order = PaymentOrder(given.id, OURS, PAYEE, NAME, 1, "REWARD")
    assert PAYEE not in repr(order)
    for table in ("payment_instruction", "payment_attempt", "event", "audit_link", "delivery"):
        for row in await payer.admin.fetch(f"SELECT t::text AS row FROM {table} t"):
            for secret in (PAYEE, NAME):
                assert secret not in row["row"]
                assert secret.encode().hex() not in row["row"]


async def test_a_settled_instruction_is_not_handed_over_when_rung_again(payer: Payer) -> None:
    await payer.pay()
    await payer.deliver()
    await payer.admin.execute(
        "INSERT INTO delivery (tenant_id, event_id, actor, priority)"
        " SELECT tenant_id, id, 'payments.send_instruction', 0 FROM event"
        " WHERE kind = 'payment.instructed'"
    )
    await payer.deliver()
    assert await payer.waiting() == 0
    assert await payer.outcomes() == ["DONE"]
    await payer.agree()


async def test_the_database_keeps_one_live_instruction_per_thing(payer: Payer) -> None:
    await payer.pay(ref_id=UUID(int=1))
    copy = (
        "INSERT INTO payment_instruction SELECT (p).* FROM (SELECT jsonb_populate_record("
        "NULL::payment_instruction, to_jsonb(p) || jsonb_build_object('id', gen_random_uuid()))"
        " AS p FROM payment_instruction p) x"
    )
    with pytest.raises(Exception, match="uq_payment_instruction_live"):
        await payer.admin.execute(copy)
    with pytest.raises(Exception, match="ck_payment_instruction_serial"):
        await payer.admin.execute(
            "UPDATE payment_instruction SET state = 'DONE', settled_at = now()"
        )


START_TOO_HIGH = 20_000_000
"""More than the account holds: the bank refuses it."""

_FAULTS = (FaultKind.DELAY, FaultKind.DUPLICATE, FaultKind.LOST, FaultKind.REFUSE, FaultKind.DOWN)


def _mischief(payer: Payer, chance: random.Random) -> None:
    for _ in range(chance.randrange(4)):
        on = chance.choice(("instruct", "query"))
        kind = chance.choice(_FAULTS if on == "instruct" else (FaultKind.LOST, FaultKind.DOWN))
        payer.bank.faults.add(
            Fault(kind, times=chance.randint(1, 3), on=on, seconds=chance.choice((0.0, 60.0)))
        )


async def test_after_any_sequence_of_faults_the_books_agree(payer: Payer) -> None:
    seed = int(os.environ.get("WANGGE_SEED", random.SystemRandom().randrange(2**32)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(12):
        _mischief(payer, chance)
        for _ in range(chance.randrange(3)):
            await payer.pay(chance.choice((1, 20_000, START_TOO_HIGH)))
        await payer.deliver()
        payer.clock.ahead += chance.choice((0.0, 30.0, 90.0))
        done = await payer.admin.fetch("SELECT id FROM payment_instruction WHERE state = 'DONE'")
        # The bank may be ahead of us, never we of the bank.
        assert {row["id"] for row in done} <= set(payer.paid())
    payer.bank.faults.lift()
    payer.clock.ahead += 3_600
    await payer.deliver(3)
    assert set(await payer.states()) <= {"DONE", "REFUSED"}
    assert await payer.waiting() == 0
    await payer.agree()


async def test_control_a_careless_sender_pays_twice(payer: Payer) -> None:
    """A new id for every try: what asking by one id is there for."""
    bank = HttpBankGateway(payer.bank.url)
    payer.bank.faults.add(Fault(FaultKind.LOST))
    for _ in range(2):
        order = PaymentOrder(uuid4(), OURS, PAYEE, NAME, 20_000, "REWARD")
        try:
            status = await bank.instruct(order)
        except BankUnanswered:
            continue
        assert status.state is BankState.DONE
    assert list(payer.paid().values()) == [20_000, 20_000]
    with pytest.raises(AssertionError):
        await payer.agree()


def test_pauses_grow_to_ten_minutes_and_stay() -> None:
    assert [rules.pause_s(n) for n in (0, 1, 2, 9, 10, 10_000)] == [1, 2, 4, 512, 600, 600]


def test_the_actor_keeps_its_name() -> None:
    assert ACTORS["payments.send_instruction"].handler is sending.send_instruction


async def test_bank_operators_and_officers_cannot_instruct(payer: Payer) -> None:
    officer = await payer.county.principal("officer1")
    with pytest.raises(Forbidden):
        require(officer, Permission.PAYMENT_INSTRUCT)
