"""Statements are taken in whole or not at all; where they disagree with us is told once."""

import asyncio
import os
import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from infra.clock import SHANGHAI
from infra.errors import DomainError, Forbidden, NotFound
from infra.gateways.bank import HttpBankGateway
from infra.gateways.bank.simulator import Fault, FaultKind
from infra.ids import new_id
from services.payments import actors, intake
from services.payments.errors import LineTaken
from services.payments.intake import Imported, ImportStatement, import_statement, reconcile
from services.payments.models import BankAccountKind
from services.payments.policies import UNRESOLVED_HOURS
from services.payments.service import OpenBankAccount, open_bank_account
from tenants import audit
from tenants.session import reading, unit_of_work
from tests.services.payments.paying import OURS, Payer, bank_officer

HEADS = "date,serial,amount,direction,counterparty,reference,balance"
INSTITUTION = "6105260000002"


async def take(payer: Payer, csv: str, *, dry: bool = False, who: str = "finance") -> Imported:
    principal = await payer.county.principal(who)
    async with unit_of_work(principal.scope, "test.import") as session:
        return await import_statement(session, principal, ImportStatement(OURS, csv, dry))


async def of_the_bank(payer: Payer) -> str:
    """Today's statement as the bank writes it."""
    today = await payer.admin.fetchval("SELECT now()")
    return await HttpBankGateway(payer.bank.url).statement(OURS, today.astimezone(SHANGHAI).date())


async def breaks(payer: Payer) -> list[tuple[str, bool]]:
    """(kind, whether it is open), by kind."""
    rows = await payer.admin.fetch(
        "SELECT kind, resolved_at IS NULL AS open FROM reconciliation_break ORDER BY kind, id"
    )
    return [(row["kind"], row["open"]) for row in rows]


async def count(payer: Payer, table: str, where: str = "true") -> int:
    return int(await payer.admin.fetchval(f"SELECT count(*) FROM {table} WHERE {where}") or 0)


def rows_of(*rows: str) -> str:
    return "\n".join((HEADS, *rows)) + "\n"


async def test_the_banks_own_statement_matches_what_was_paid(payer: Payer) -> None:
    for amount in (20_000, 1, 305):
        await payer.pay(amount)
    await payer.deliver(2)
    csv = await of_the_bank(payer)
    tried = await take(payer, csv, dry=True)
    assert await count(payer, "bank_statement_line") == 0
    assert await count(payer, "audit_link", "action = 'test.import'") == 0
    taken = await take(payer, csv)
    assert vars(tried) | {"is_dry_run": False, "statement": None} == vars(taken) | {
        "statement": None
    }
    assert (taken.lines_new, taken.lines_known, taken.paid_fen) == (4, 0, 20_306)
    assert await count(payer, "bank_statement_line", "instruction_id IS NOT NULL") == 3
    assert await breaks(payer) == []
    again = await take(payer, csv)
    assert (again.lines_new, again.lines_known) == (0, 4)
    assert again.statement is not None
    assert taken.statement is not None
    assert again.statement.id == taken.statement.id
    assert await count(payer, "bank_statement_line") == 4
    assert await count(payer, "bank_statement") == 1
    assert await count(payer, "event", "kind = 'bank.statement_imported'") == 1


async def test_a_longer_file_of_the_same_days_adds_what_is_new(payer: Payer) -> None:
    await payer.pay()
    await payer.deliver(2)
    await take(payer, await of_the_bank(payer))
    await payer.pay(7)
    await payer.deliver(2)
    taken = await take(payer, await of_the_bank(payer))
    assert (taken.lines_new, taken.lines_known) == (1, 2)
    assert await breaks(payer) == []


async def test_one_bad_row_and_nothing_is_written(payer: Payer) -> None:
    good = "2026-01-05,S0001,1.00,IN,x,y,1.00"
    for bad in ("2026-01-05,S0002,x,IN,x,y,2.00", "2026-01-05,S0002,1.00,IN,x,y,3.00"):
        for dry in (True, False):
            with pytest.raises(DomainError) as refused:
                await take(payer, rows_of(good, bad), dry=dry)
            assert [f.field[:2] for f in refused.value.faults] == [("csv", "3")]
    for table in ("bank_statement", "bank_statement_line", "reconciliation_break"):
        assert await count(payer, table) == 0


async def test_a_serial_number_keeps_its_content(payer: Payer) -> None:
    await take(payer, rows_of("2026-01-05,S0001,1.00,IN,x,y,1.00"))
    for other in (
        "2026-01-05,S0001,2.00,IN,x,y,2.00",
        "2026-01-05,S0001,1.00,OUT,x,y,1.00",
        "2026-01-06,S0001,1.00,IN,x,y,1.00",
    ):
        with pytest.raises(DomainError) as refused:
            await take(payer, rows_of(other))
        (fault,) = refused.value.faults
        assert (fault.code, fault.field) == ("SERIAL_TAKEN", ("csv", "2", "serial"))
    assert await count(payer, "bank_statement_line") == 1


async def test_every_break_is_found_told_once_and_resolved(payer: Payer) -> None:
    right, wrong, twice = await payer.pay(500), await payer.pay(600), await payer.pay(700)
    refused = await payer.pay(800)
    await payer.deliver(2)
    await payer.admin.execute(
        "UPDATE payment_instruction SET state = 'REFUSED', bank_serial = NULL, refusal_code = 'X'"
        " WHERE id = $1",
        refused.id,
    )
    today = (await payer.admin.fetchval("SELECT now()")).astimezone(SHANGHAI).date()
    rows = (
        f"{today},S0001,5.00,OUT,x,{right.id},95.00",
        f"{today},S0002,6.01,OUT,x,{wrong.id},88.99",
        f"{today},S0003,7.00,OUT,x,{twice.id},81.99",
        f"{today},S0004,7.00,OUT,x,{twice.id},74.99",
        f"{today},S0005,8.00,OUT,x,{refused.id},66.99",
        f"{today},S0006,9.00,OUT,x,{uuid4()},57.99",
        f"{today},S0007,1.00,OUT,x,手续费,56.99",
        f"{today},S0008,2.00,IN,x,学费,58.99",
    )
    await take(payer, rows_of(*rows))
    kinds = ["CONTENT_DIFFERS", "DUPLICATE", "LINE_UNKNOWN", "LINE_UNKNOWN", "PAID_THOUGH_REFUSED"]
    assert await breaks(payer) == [(kind, True) for kind in kinds]
    await take(payer, rows_of(*rows))
    assert len(await breaks(payer)) == len(kinds)
    assert await count(payer, "event", "kind = 'bank.mismatch'") == len(kinds)
    fee = await payer.admin.fetchval("SELECT id FROM bank_statement_line WHERE serial = 'S0007'")
    async with unit_of_work(payer.county.scope, "test.claim") as session:
        await intake.claim_line(session, fee, "bank.fee", new_id())
        await reconcile(session, payer.account_id, today)
    assert (await breaks(payer)).count(("LINE_UNKNOWN", False)) == 1
    later = today + timedelta(days=10)
    async with unit_of_work(payer.county.scope, "test.reconcile") as session:
        await reconcile(session, None, later)
    found = await breaks(payer)
    assert ("INCOME_UNCLAIMED", True) in found
    # The wrong amount is no line of its instruction.
    assert found.count(("LINE_MISSING", True)) == 1


async def test_what_the_bank_does_not_answer_for_a_day_is_told(payer: Payer) -> None:
    payer.bank.faults.add(Fault(FaultKind.DELAY, seconds=10**7))
    await payer.pay()
    await payer.deliver()
    today = (await payer.admin.fetchval("SELECT now()")).astimezone(SHANGHAI).date()

    async def compared() -> list[tuple[str, bool]]:
        async with unit_of_work(payer.county.scope, "test.reconcile") as session:
            await reconcile(session, payer.account_id, today)
        return await breaks(payer)

    assert await compared() == []
    await payer.admin.execute(
        f"UPDATE payment_instruction SET instructed_at = instructed_at"
        f" - interval '{UNRESOLVED_HOURS.default} hours'"
    )
    assert await compared() == [("UNRESOLVED", True)]
    payer.clock.ahead += 10**7
    await payer.deliver()
    assert await compared() == [("UNRESOLVED", False)]


async def test_a_payment_between_two_watched_accounts_has_a_line_at_each_end(payer: Payer) -> None:
    async with unit_of_work(payer.county.scope, "test") as session:
        other = await open_bank_account(
            session, OpenBankAccount(INSTITUTION, "CCB", "某机构", BankAccountKind.CUSTODY)
        )
    payer.bank.books.open_account(INSTITUTION, "某机构", 0)
    await payer.pay(payee=INSTITUTION)
    await payer.deliver(2)
    await take(payer, await of_the_bank(payer))
    gateway, principal = HttpBankGateway(payer.bank.url), await payer.county.principal("finance")
    today = (await payer.admin.fetchval("SELECT now()")).astimezone(SHANGHAI).date()
    csv = await gateway.statement(INSTITUTION, today)
    async with unit_of_work(principal.scope, "test") as session:
        await import_statement(session, principal, ImportStatement(INSTITUTION, csv))
        await reconcile(session, other.id, today + timedelta(days=30))
    ends = await payer.admin.fetch(
        "SELECT direction FROM bank_statement_line WHERE instruction_id IS NOT NULL ORDER BY 1"
    )
    assert [row["direction"] for row in ends] == ["IN", "OUT"]
    assert await breaks(payer) == []


async def test_a_line_belongs_to_one_thing(payer: Payer) -> None:
    given = await payer.pay()
    await payer.deliver(2)
    await take(payer, await of_the_bank(payer))
    lines = await payer.admin.fetch("SELECT id, direction FROM bank_statement_line ORDER BY 2")
    income, paid = lines[0]["id"], lines[1]["id"]
    async with unit_of_work(payer.county.scope, "test") as session:
        await intake.claim_line(session, income, "contract.payment", UUID(int=1))
        await intake.claim_line(session, income, "contract.payment", UUID(int=1))
        for line, claim in ((income, UUID(int=2)), (paid, UUID(int=1)), (uuid4(), UUID(int=1))):
            with pytest.raises(LineTaken):
                await intake.claim_line(session, line, "contract.payment", claim)
    with pytest.raises(Exception, match="uq_bank_statement_line_instruction"):
        await payer.admin.execute(
            "UPDATE bank_statement_line SET instruction_id = $1, direction = 'OUT',"
            " claim_kind = NULL, claim_id = NULL",
            given.id,
        )
    with pytest.raises(Exception, match="ck_bank_statement_line_belongs_once"):
        await payer.admin.execute("UPDATE bank_statement_line SET instruction_id = $1", given.id)


async def test_a_long_file_is_named_in_audit_links_of_five_hundred(payer: Payer) -> None:
    count_of = 1_201
    rows = [f"2026-01-05,S{n:05d},1.00,IN,x,y,{n}.00" for n in range(1, count_of + 1)]
    taken = await take(payer, rows_of(*rows))
    assert taken.lines_new == count_of
    links = await payer.admin.fetch(
        "SELECT subjects FROM audit_link WHERE subjects LIKE '%bank_statement_line%' ORDER BY seq"
    )
    named = [link["subjects"].count("bank_statement_line:") for link in links]
    # Income that nobody claimed for days breaks at once, in links of their own.
    assert sum(named) == count_of
    assert max(link["subjects"].count(":") for link in links) <= 1_001
    async with reading(payer.county.scope) as session:
        assert await audit.broken_links(session, payer.county.number) == []


async def test_two_imports_at_once_take_every_line_once(payer: Payer) -> None:
    rows = [f"2026-01-05,S{n:05d},1.00,IN,x,y,{n}.00" for n in range(1, 30)]
    taken = await asyncio.gather(*(take(payer, rows_of(*rows)) for _ in range(4)))
    assert sorted(one.lines_new for one in taken) == [0, 0, 0, 29]
    assert await count(payer, "bank_statement_line") == 29
    assert await count(payer, "bank_statement") == 1


async def test_a_bank_imports_for_the_accounts_that_it_keeps(payer: Payer) -> None:
    ours, other = await bank_officer(payer, "CCB"), await bank_officer(payer, "ICBC")
    csv = rows_of("2026-01-05,S0001,1.00,IN,x,y,1.00")
    with pytest.raises(NotFound):
        await take(payer, csv, who=other)
    for who in ("officer1", "operator", "guardian", "clue_officer"):
        with pytest.raises(Forbidden):
            await take(payer, csv, who=who)
    assert await count(payer, "bank_statement_line") == 0
    assert (await take(payer, csv, who=ours)).lines_new == 1
    await payer.admin.execute("UPDATE bank_seat SET ended_at = now()")
    with pytest.raises(NotFound):
        await take(payer, csv, who=ours)


async def test_a_break_is_told_to_the_bureau_and_to_the_bank_that_keeps_the_account(
    payer: Payer,
) -> None:
    ours, other = await bank_officer(payer, "CCB"), await bank_officer(payer, "ICBC")
    await take(payer, rows_of("2026-01-05,S0001,1.00,OUT,x,手续费,1.00"))
    await payer.deliver(2)
    await take(payer, rows_of("2026-01-05,S0001,1.00,OUT,x,手续费,1.00"))
    await payer.deliver(2)
    told = await payer.admin.fetch(
        "SELECT account_id, params FROM message WHERE template = 'bank.mismatch'"
    )
    names = {account: name for name, account in payer.county.accounts.items()}
    who = sorted(names[row["account_id"]] for row in told)
    assert {"finance", "fund_supervisor", "leader", ours} <= set(who) and other not in who
    assert len(who) == len(set(who)), "told once"
    assert "LINE-UNKNOWN" in told[0]["params"]


async def test_another_countys_account_is_unknown(payer: Payer, other_county: Any) -> None:
    principal = await other_county.principal("finance")
    with pytest.raises(NotFound):
        async with unit_of_work(principal.scope, "test") as session:
            await import_statement(session, principal, ImportStatement(OURS, rows_of("x")))


async def test_every_morning_the_accounts_are_compared(payer: Payer) -> None:
    await payer.pay()
    await payer.deliver(2)
    assert await actors.call_reconciliations() == 0
    await payer.admin.execute("UPDATE payment_instruction SET settled_at = now() - interval '3 d'")
    await payer.admin.execute("UPDATE reconciliation_due SET due_at = now() - interval '50 hours'")
    assert await actors.call_reconciliations() == 1
    assert await actors.call_reconciliations() == 0
    await payer.deliver(2)
    assert await breaks(payer) == [("LINE_MISSING", True)]
    due = await payer.admin.fetchval("SELECT due_at FROM reconciliation_due")
    assert due.astimezone(SHANGHAI).strftime("%H:%M") == "10:00"
    assert due > await payer.admin.fetchval("SELECT now()")


async def test_bent_statements_never_match_what_they_do_not_state(payer: Payer) -> None:
    """Random amounts, ids and doubles: matched lines agree, and every other OUT line is a break."""
    seed = int(os.environ.get("WANGGE_SEED", random.SystemRandom().randrange(2**32)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    given = [await payer.pay(100 * n) for n in range(1, 7)]
    await payer.deliver(2)
    today: date = (await payer.admin.fetchval("SELECT now()")).astimezone(SHANGHAI).date()
    balance, rows = 1_000_000, []
    for n in range(40):
        one = chance.choice(given)
        fen = chance.choice((one.amount_fen, one.amount_fen, one.amount_fen + 1))
        way = chance.choice(("OUT", "OUT", "OUT", "IN"))
        balance += fen if way == "IN" else -fen
        mark = chance.choice((str(one.id), one.id.hex, str(uuid4()), ""))
        rows.append(f"{today},S{n:05d},{fen / 100:.2f},{way},x,{mark},{balance / 100:.2f}")
    for start in range(0, 40, 10):
        await take(payer, rows_of(*rows[start : start + 10]))
    matched = await payer.admin.fetch(
        "SELECT l.reference_id, l.amount_fen, l.direction, p.id, p.amount_fen AS told"
        " FROM bank_statement_line l JOIN payment_instruction p ON p.id = l.instruction_id"
    )
    assert all(
        (row["reference_id"], row["amount_fen"], row["direction"])
        == (row["id"], row["told"], "OUT")
        for row in matched
    )
    assert len({row["id"] for row in matched}) == len(matched)
    open_out = "direction = 'OUT' AND instruction_id IS NULL"
    lines = {row["id"] for row in await payer.admin.fetch(
        f"SELECT id FROM bank_statement_line WHERE {open_out}"
    )}  # fmt: skip
    told = {row["line_id"] for row in await payer.admin.fetch(
        "SELECT line_id FROM reconciliation_break WHERE resolved_at IS NULL"
    )}  # fmt: skip
    assert lines <= told
