"""Many at once: a balance for ten gives ten, a key is used once, opposite transfers both pass."""

import asyncio
from uuid import UUID

import asyncpg
from sqlalchemy import text

from infra.errors import DomainError
from infra.ids import new_id
from infra.money import Fen
from services.ledger import service
from services.ledger.invariants import broken_invariants
from services.ledger.models import AccountKind
from services.ledger.service import Post
from tenants.session import reading, unit_of_work
from tests.harness.county import County

TRIES = 50
FOR_TEN = 10
LANES = 4


async def funded(county: County, amount: int) -> tuple[UUID, UUID]:
    """A custody account's unconsumed fees, and the institution they are released to."""
    async with unit_of_work(county.scope, "test.fund") as session:
        cash = await service.open_account(session, "cash", AccountKind.CUSTODY_CASH)
        fees = await service.open_account(session, "fees", AccountKind.CUSTODY_UNCONSUMED)
        due = await service.open_account(session, "due", AccountKind.INSTITUTION_DUE)
        await service.transfer(
            session, Post("in", cash.id, fees.id, Fen(amount), "fee.paid", "test", new_id())
        )
        return fees.id, due.id


async def test_fifty_releases_of_a_balance_for_ten(county: County) -> None:
    fees, due = await funded(county, FOR_TEN)

    async def release(number: int) -> str:
        post = Post(f"r{number}", fees, due, Fen(1), "fee.released", "lesson", new_id())
        try:
            async with unit_of_work(county.scope, "test.release") as session:
                await service.transfer(session, post)
        except DomainError as error:
            return error.faults[0].code.value
        return "DONE"

    outcomes = await asyncio.gather(*(release(number) for number in range(TRIES)))
    assert sorted(outcomes) == ["DONE"] * FOR_TEN + ["EXCEEDS_BALANCE"] * (TRIES - FOR_TEN)
    async with reading(county.scope) as session:
        assert (await service.balance(session, fees)).posted_fen == 0
        assert (await service.balance(session, due)).posted_fen == FOR_TEN
        assert await broken_invariants(session) == []


async def test_reading_first_and_writing_then_releases_too_much(
    county: County, admin: asyncpg.Connection
) -> None:
    """The control: a balance looked at before it is changed is spent several times."""
    fees, _ = await funded(county, FOR_TEN)
    await admin.execute("ALTER TABLE ledger_account DROP CONSTRAINT ck_ledger_account_net_max")
    await admin.execute("GRANT UPDATE ON ledger_account TO wangge_api")
    together = asyncio.Barrier(LANES)
    released = 0

    async def lane() -> None:
        nonlocal released
        for _ in range(TRIES // LANES):
            async with unit_of_work(county.scope, "test.naive") as session:
                left = (await service.balance(session, fees)).available_fen
                await together.wait()
                if left > 0:
                    await session.execute(
                        text("UPDATE ledger_account SET posted_debit_fen = posted_debit_fen + 1"
                             " WHERE id = :id"), {"id": fees},
                    )  # fmt: skip
                    released += 1
            await together.wait()

    await asyncio.gather(*(lane() for _ in range(LANES)))
    assert released > FOR_TEN


async def test_one_key_sent_by_many_is_one_transfer(
    county: County, admin: asyncpg.Connection
) -> None:
    fees, due = await funded(county, 1_000)
    post = Post("same", fees, due, Fen(7), "fee.released", "lesson", new_id())

    async def send() -> tuple[UUID, bool]:
        async with unit_of_work(county.scope, "test.send") as session:
            booked = await service.transfer(session, post)
            return booked.id, booked.replayed

    sent = await asyncio.gather(*(send() for _ in range(20)))
    assert len({booked for booked, _ in sent}) == 1
    assert [replayed for _, replayed in sent].count(False) == 1
    async with reading(county.scope) as session:
        assert (await service.balance(session, due)).posted_fen == 7


async def test_one_hold_resolved_by_many_is_resolved_once(county: County) -> None:
    fees, due = await funded(county, 1_000)
    async with unit_of_work(county.scope, "test.hold") as session:
        for number in range(2):
            post = Post(f"h{number}", fees, due, Fen(60), "fee.held", "lesson", new_id())
            held = await service.hold(session, post)

    async def resolve(number: int) -> str:
        try:
            async with unit_of_work(county.scope, "test.resolve") as session:
                if number % 2:
                    await service.post_pending(session, f"p{number}", held.id)
                else:
                    await service.void_pending(session, f"v{number}", held.id)
        except DomainError as error:
            return error.faults[0].code.value
        return "DONE"

    outcomes = await asyncio.gather(*(resolve(number) for number in range(16)))
    assert sorted(outcomes) == ["ALREADY_RESOLVED"] * 15 + ["DONE"]
    async with reading(county.scope) as session:
        assert (await service.balance(session, fees)).pending_out_fen == 60
        assert await broken_invariants(session) == []


async def test_two_payouts_of_one_reward_at_once(county: County) -> None:
    fees, due = await funded(county, 1_000)
    reward = new_id()

    async def pay(number: int) -> str:
        post = Post(f"p{number}", fees, due, Fen(5), "reward.payout", "reward", reward)
        try:
            async with unit_of_work(county.scope, "test.pay") as session:
                await service.hold(session, post)
        except DomainError as error:
            return error.faults[0].code.value
        return "DONE"

    outcomes = await asyncio.gather(*(pay(number) for number in range(10)))
    assert sorted(outcomes) == ["DONE"] + ["PAYOUT_LIVE"] * 9


async def test_transfers_in_opposite_directions_do_not_block_each_other(county: County) -> None:
    """Also as batches: every account is locked in the order of the ids."""
    fees, due = await funded(county, 1_000)

    async def move(number: int) -> None:
        one, two = (fees, due) if number % 2 else (due, fees)
        posts = [
            Post(f"m{number}:{i}", one, two, Fen(1), "fee.moved", "test", new_id())
            for i in range(4)
        ]
        async with unit_of_work(county.scope, "test.move") as session:
            if number % 4 < 2:
                await service.transfer(session, posts[0])
            else:
                await service.transfer_batch(session, posts)

    async with unit_of_work(county.scope, "test.fund") as session:
        await service.transfer(
            session, Post("half", fees, due, Fen(500), "fee.moved", "test", new_id())
        )
    await asyncio.gather(*(move(number) for number in range(40)))
    async with reading(county.scope) as session:
        assert await broken_invariants(session) == []
