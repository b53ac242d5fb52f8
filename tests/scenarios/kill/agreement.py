"""What must be so after any accident: the bank's books and ours say the same, each thing once."""

import asyncio
import json
from collections import Counter
from typing import Any

import asyncpg

from infra.database.engine import dispose
from infra.gateways.bank.books import Books
from services.ledger.invariants import broken_invariants
from services.ledger.queries import trial_balance
from tenants.session import reading
from tests.harness.cluster import TEMPLATE
from tests.scenarios.kill.money import LESSON_FEN, REFUND_FEN, REWARD_FEN, MoneyStory, Told
from tests.services.funds.funding import CUSTODY_NO
from tests.services.payments.paying import OURS

_STATES = """
SELECT (SELECT status FROM reward WHERE id = $1) AS reward,
  (SELECT count(*) FROM reward_voucher WHERE reward_id = $1) AS vouchers,
  (SELECT status FROM lesson WHERE id = $2) AS lesson,
  (SELECT decided_by FROM lesson WHERE id = $2 AND paid_at IS NOT NULL) AS lesson_by,
  (SELECT status FROM refund_request WHERE id = $3) AS refund,
  (SELECT decided_by FROM refund_request WHERE id = $3) AS refund_by,
  (SELECT array_agg(basis_rule ORDER BY basis_rule) FROM oversight_document o
   JOIN deadline d ON d.id = o.basis_id AND d.tenant_id = o.target_number
   WHERE d.subject_id = $4 AND o.status = 'DRAFT' AND o.tenant_id <> o.target_number) AS drafts
"""
_WELL = {
    "reward": "PAID",
    "vouchers": 1,
    "lesson": "RELEASED",
    "lesson_by": "SILENCE",
    "refund": "EXECUTED",
    "refund_by": "SILENCE",
    "drafts": ["clue.reply", "clue.triage"],
}
_CASH = """
SELECT sum(posted_debit_fen - posted_credit_fen) FILTER (WHERE kind = 'BANK') AS rewards,
  sum(posted_debit_fen - posted_credit_fen) FILTER (WHERE kind = 'CUSTODY_CASH') AS custody,
  sum(pending_debit_fen + pending_credit_fen) AS waiting FROM ledger_account
"""
_TWICE = """
SELECT kind, payload::text, count(*) FROM event
WHERE kind IN ('deadline.stepped', 'deadline.ladder_ended', 'lesson.period_passed',
  'refund.period_passed', 'payment.instructed', 'payment.settled', 'reward.approved',
  'reward.paid', 'lesson.confirmed', 'refund.agreed', 'refund.executed')
GROUP BY 1, 2 HAVING count(*) > 1
"""
_ROLLED_TWICE = """
SELECT b.tenant_id, b.metric FROM metric_block b JOIN tenant t ON t.number = b.tenant_id
JOIN metric_total m ON m.metric = b.metric AND m.tenant_id BETWEEN t.number AND t.hi
GROUP BY b.tenant_id, b.metric, b.numerator, b.denominator
HAVING (sum(m.rolled_numerator), sum(m.rolled_denominator)) <> (b.numerator, b.denominator)
"""
_GAPS = """
SELECT tenant_id FROM event GROUP BY tenant_id
HAVING min(seq) <> 1 OR max(seq) <> count(*) OR count(DISTINCT seq) <> count(*)
"""


def agree(story: MoneyStory, told: Told) -> None:
    """Raises AssertionError unless the run ended well and all books agree."""
    with story.stack.cluster.environment(TEMPLATE):
        asyncio.run(_agree(story, told))


async def _agree(story: MoneyStory, told: Told) -> None:
    async with story.stack.cluster.admin(TEMPLATE) as admin:
        ids = told.reward.id, told.lesson, told.refund, told.alone
        ended = dict(await admin.fetchrow(_STATES, *ids))
        assert ended == _WELL, ended
        await _bank_agrees(story, admin, told)
        found = [await admin.fetch(query) for query in (_TWICE, _GAPS, _ROLLED_TWICE)]
        assert not any(found), found
        sent = await admin.fetch("SELECT id FROM message WHERE channel = 'SMS'")
        shown = _shown(story)
        assert shown == {str(row["id"]): 1 for row in sent}, shown.most_common(3)
    async with reading(story.county.scope) as session:
        trial = await trial_balance(session)
        assert trial.debits_fen == trial.credits_fen
        assert await broken_invariants(session) == []
    await dispose()


async def _bank_agrees(story: MoneyStory, admin: asyncpg.Connection, told: Told) -> None:
    """Every payment of ours is the bank's, once, under its serial; every balance is the same."""
    books = Books(story.stack.folder / "bank")
    rows = await admin.fetch(
        "SELECT id, ref_id, amount_fen, state, bank_serial FROM payment_instruction"
    )
    assert {row["state"] for row in rows} == {"DONE"}, rows
    ours = Counter((str(row["id"]), row["amount_fen"], row["bank_serial"]) for row in rows)
    paid = Counter(
        (entry.reference, -entry.amount_fen, entry.serial)
        for entry in books.entries
        if entry.account in (OURS, CUSTODY_NO) and entry.amount_fen < 0
    )
    assert paid == ours, (paid - ours, ours - paid)
    assert set(paid.values()) == {1}, paid.most_common(3)
    of_run = {row["ref_id"]: row["amount_fen"] for row in rows}
    assert (of_run[told.reward.id], of_run[told.lesson], of_run[told.refund]) == (
        REWARD_FEN,
        LESSON_FEN,
        REFUND_FEN,
    )
    cash = await admin.fetchrow(_CASH)
    at_bank = books.balances[OURS], books.balances[CUSTODY_NO], 0
    assert at_bank == tuple(cash.values()), (at_bank, cash)
    assert sum(books.balances.values()) == 0


def _shown(story: MoneyStory) -> Counter[str]:
    """How often each message was shown to its recipient."""
    path = story.stack.folder / "sms" / "visible.jsonl"
    shown: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
    return Counter(entry["id"] for entry in shown)
