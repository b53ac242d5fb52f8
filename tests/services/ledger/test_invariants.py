"""Whatever is broken in the books is found in one run, named, and stops that tenant alone."""

from collections.abc import Callable
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import select

from infra.errors import DomainError, Forbidden
from infra.ids import new_id
from infra.money import Fen
from services.ledger import service
from services.ledger.invariants import MOST_FAULTS, check_books, ring_due_checks
from services.ledger.models import AccountKind, Finding, LedgerStop
from services.ledger.service import LiftLedgerStop, Post, lift_stop
from services.notifications.models import Message
from tenants.scope import Scope
from tenants.session import reading, unit_of_work
from tests.harness.county import County

Ids = dict[str, UUID]
Broken = list[tuple[Finding, UUID | None, UUID | None]]


async def keep_books(county: County) -> Ids:
    """A budget of 1,000, a payee with 300, a reward paid, one set aside, one taken back."""
    ids: Ids = {"reward": new_id(), "other": new_id()}
    async with unit_of_work(county.scope, "test.books") as session:
        for name, kind in (
            ("bank", AccountKind.BANK),
            ("budget", AccountKind.BUDGET),
            ("payee", AccountKind.PAYEE),
        ):
            ids[name] = (await service.open_account(session, name, kind)).id

        def post(key: str, debit: str, credit: str, amount: int, kind: str, ref: str) -> Post:
            return Post(key, ids[debit], ids[credit], Fen(amount), kind, "reward", ids[ref])

        await service.transfer(session, post("fund", "bank", "budget", 1_000, "test.fund", "other"))
        grant = post("grant", "budget", "payee", 300, "test.grant", "reward")
        ids["grant"] = (await service.transfer(session, grant)).id
        wrong = post("wrong", "budget", "payee", 50, "test.grant", "other")
        ids["wrong"] = (await service.transfer(session, wrong)).id
        await service.reverse(session, "back", ids["wrong"], "entered.wrongly")
        paid = post("pay", "payee", "bank", 100, "reward.payout", "reward")
        ids["pay"] = (await service.hold(session, paid)).id
        ids["paid"] = (await service.post_pending(session, "paid", ids["pay"])).id
        ids["held"] = (
            await service.hold(session, post("held", "payee", "bank", 20, "test.hold", "other"))
        ).id
    return ids


async def check(county: County) -> Broken:
    """One run of the standing check, as a worker."""
    async with unit_of_work(Scope.system(county.number), "actor.check_ledger") as session:
        return [(f.finding, f.account_id, f.transfer_id) for f in await check_books(session)]


async def move_one(county: County, ids: Ids) -> None:
    async with unit_of_work(county.scope, "test.move") as session:
        key = f"one:{new_id()}"
        post = Post(key, ids["budget"], ids["payee"], Fen(1), "test.move", "test", new_id())
        await service.transfer(session, post)


_ANOTHER = """
INSERT INTO ledger_transfer (tenant_id, id, debit_account_id, credit_account_id, amount_fen, kind,
  ref_kind, ref_id, phase, pending_id, reverses_id, payout_round, booked_at, effective_on, key,
  input_hash)
SELECT tenant_id, gen_random_uuid(), debit_account_id, credit_account_id, amount_fen, kind,
  ref_kind, ref_id, phase, pending_id, reverses_id, payout_round, booked_at, effective_on,
  'again', input_hash FROM ledger_transfer WHERE id = $1 RETURNING id
"""

PLANTS: dict[str, tuple[tuple[str, ...], str | None, str | None, Callable[[Ids, UUID], Broken]]] = {
    "a balance changed by hand": (
        ("UPDATE ledger_account SET posted_credit_fen = posted_credit_fen + 1 WHERE id = $1",),
        "budget",
        None,
        lambda ids, _: [
            (Finding.ACCOUNT_SUMS, ids["budget"], None),
            (Finding.DEBITS_CREDITS, None, None),
        ],
    ),
    "a held sum changed by hand": (
        ("UPDATE ledger_account SET pending_debit_fen = 0 WHERE id = $1",),
        "payee",
        None,
        lambda ids, _: [
            (Finding.ACCOUNT_SUMS, ids["payee"], None),
            (Finding.DEBITS_CREDITS, None, None),
        ],
    ),
    "a transfer deleted": (
        ("DELETE FROM ledger_transfer WHERE id = $1",),
        "grant",
        None,
        lambda ids, _: [
            (Finding.ACCOUNT_SUMS, ids["budget"], None),
            (Finding.ACCOUNT_SUMS, ids["payee"], None),
        ],
    ),
    "an amount changed": (
        ("UPDATE ledger_transfer SET amount_fen = 301 WHERE id = $1",),
        "grant",
        None,
        lambda ids, _: [
            (Finding.ACCOUNT_SUMS, ids["budget"], None),
            (Finding.ACCOUNT_SUMS, ids["payee"], None),
        ],
    ),
    "a bound tightened over the balance": (
        (
            "ALTER TABLE ledger_account DROP CONSTRAINT ck_ledger_account_net_max",
            "UPDATE ledger_account SET net_max_fen = -5000 WHERE id = $1",
        ),
        "budget",
        None,
        lambda ids, _: [(Finding.ACCOUNT_BOUNDS, ids["budget"], None)],
    ),
    "a second live payout": (
        ("DROP INDEX uq_ledger_transfer_payout",),
        None,
        "pay",
        lambda ids, new: [
            (Finding.ACCOUNT_SUMS, ids["bank"], None),
            (Finding.ACCOUNT_SUMS, ids["payee"], None),
            (Finding.LIVE_PAYOUTS, None, max(new, ids["pay"])),
        ],
    ),
    "a second posting of one hold": (
        ("DROP INDEX uq_ledger_transfer_pending",),
        None,
        "paid",
        lambda ids, new: [
            (Finding.ACCOUNT_SUMS, ids["bank"], None),
            (Finding.ACCOUNT_SUMS, ids["payee"], None),
            (Finding.LIVE_PAYOUTS, None, ids["pay"]),
            (Finding.PENDING_RESOLVED, None, max(new, ids["paid"])),
        ],
    ),
}


async def test_whole_books_are_left_alone(
    county: County, other_county: County, admin: asyncpg.Connection
) -> None:
    """The control: nothing is found, nothing stopped, nobody told."""
    for one in (county, other_county):
        ids = await keep_books(one)
        assert await check(one) == []
        await move_one(one, ids)
    assert await admin.fetchval("SELECT count(*) FROM ledger_stop") == 0
    assert await admin.fetchval("SELECT count(*) FROM message") == 0
    unchecked = "SELECT count(*) FROM ledger_state WHERE checked_at IS NULL"
    assert await admin.fetchval(unchecked) == 0


@pytest.mark.parametrize("plant", PLANTS)
async def test_what_is_broken_is_named_and_stops_its_tenant(
    county: County, other_county: County, admin: asyncpg.Connection, plant: str
) -> None:
    ids, others = await keep_books(county), await keep_books(other_county)
    statements, changed, repeated, expected = PLANTS[plant]
    new = new_id()
    # Rows planted by a superuser, past row security and the functions.
    for statement in statements:
        await admin.execute(statement, *([ids[str(changed)]] if "$1" in statement else []))
    if repeated is not None:
        new = await admin.fetchval(_ANOTHER, ids[repeated])
    wanted = sorted(expected(ids, new), key=str)
    assert sorted(await check(county), key=str) == wanted
    assert await check(other_county) == []

    with pytest.raises(DomainError, match="POSTINGS_STOPPED"):
        await move_one(county, ids)
    await move_one(other_county, others)

    # Again: the same is found and nobody is told twice.
    told = await admin.fetchval("SELECT count(*) FROM message WHERE tenant_id = $1", county.number)
    readers = {county.accounts[name] for name in ("finance", "leader", "fund_supervisor")}
    assert told == len(readers) * len({finding for finding, _, _ in wanted})
    assert sorted(await check(county), key=str) == wanted
    assert await admin.fetchval("SELECT count(*) FROM message") == told
    assert await admin.fetchval("SELECT count(*) FROM ledger_stop") == len(wanted)
    events = await admin.fetch("SELECT tenant_id FROM event WHERE kind = 'ledger.stopped'")
    assert [row[0] for row in events] == [county.number] * len(wanted)


async def test_a_stop_refuses_everything_and_replays_still_answer(
    county: County, admin: asyncpg.Connection
) -> None:
    ids = await keep_books(county)
    await admin.execute("UPDATE ledger_account SET posted_credit_fen = posted_credit_fen + 1"
                        " WHERE id = $1", ids["budget"])  # fmt: skip
    await check(county)
    post = Post("new", ids["budget"], ids["payee"], Fen(1), "test.move", "test", new_id())
    async with unit_of_work(county.scope, "test.stopped") as session:
        for refused in (
            service.transfer(session, post),
            service.hold(session, post),
            service.transfer_batch(session, [post]),
            service.post_pending(session, "new", ids["held"]),
            service.void_pending(session, "new", ids["held"]),
            service.reverse(session, "new", ids["grant"], "entered.wrongly"),
        ):
            with pytest.raises(DomainError, match="POSTINGS_STOPPED"):
                await refused
        again = await service.post_pending(session, "paid", ids["pay"])
        assert again.replayed and again.id == ids["paid"]


async def test_messages_name_no_person_and_no_account(
    county: County, admin: asyncpg.Connection
) -> None:
    ids = await keep_books(county)
    await admin.execute("DELETE FROM ledger_transfer WHERE id = $1", ids["grant"])
    await check(county)
    async with reading(county.scope) as session:
        told = [message.params for message in await session.scalars(select(Message))]
    assert told == [{"finding": "ACCOUNT-SUMS"}] * 3


async def test_a_person_lifts_every_stop_with_a_reason(
    county: County, admin: asyncpg.Connection
) -> None:
    ids = await keep_books(county)
    add = "UPDATE ledger_account SET posted_credit_fen = posted_credit_fen + $2 WHERE id = $1"
    await admin.execute(add, ids["budget"], 1)
    assert len(await check(county)) == 2
    await admin.execute(add, ids["budget"], -1)
    leader, finance = await county.principal("leader"), await county.principal("finance")
    async with reading(county.scope) as session:
        stops = [stop.id for stop in (await session.scalars(select(LedgerStop))).all()]
    with pytest.raises(Forbidden):
        async with unit_of_work(finance.scope, "test.lift") as session:
            await lift_stop(session, finance, LiftLedgerStop(stops[0], "已核对并更正"))
    for stop in stops:
        with pytest.raises(DomainError, match="POSTINGS_STOPPED"):
            await move_one(county, ids)
        async with unit_of_work(leader.scope, "test.lift") as session:
            await lift_stop(session, leader, LiftLedgerStop(stop, "已核对并更正"))
    await move_one(county, ids)
    with pytest.raises(DomainError, match="NOT_STOPPED"):
        async with unit_of_work(leader.scope, "test.lift") as session:
            await lift_stop(session, leader, LiftLedgerStop(stops[0], "已核对并更正"))
    with pytest.raises(DomainError, match="TEXT_LENGTH"):
        async with unit_of_work(leader.scope, "test.lift") as session:
            await lift_stop(session, leader, LiftLedgerStop(stops[0], "好"))
    assert await check(county) == []


async def test_books_that_are_due_are_asked_for_once(
    county: County, other_county: County, admin: asyncpg.Connection
) -> None:
    for one in (county, other_county):
        await keep_books(one)
    assert await ring_due_checks() == 2
    assert await ring_due_checks() == 0
    rung = await admin.fetch("SELECT tenant_id FROM event WHERE kind = 'ledger.check_due'")
    assert {row[0] for row in rung} == {county.number, other_county.number}
    await check(county)
    pause = "SELECT check_due_at - checked_at FROM ledger_state WHERE tenant_id = $1"
    assert (await admin.fetchval(pause, county.number)).total_seconds() == 3_600


async def test_a_flood_of_faults_is_cut(county: County, admin: asyncpg.Connection) -> None:
    ids = await keep_books(county)
    await admin.execute(
        "INSERT INTO ledger_account (tenant_id, id, code, kind, normal_side, posted_debit_fen,"
        " opened_at) SELECT $1, gen_random_uuid(), 'x' || n, 'BANK', 'DEBIT', 1, now()"
        " FROM generate_series(1, 80) n",
        county.number,
    )
    assert len(await check(county)) == MOST_FAULTS
    with pytest.raises(DomainError, match="POSTINGS_STOPPED"):
        await move_one(county, ids)
