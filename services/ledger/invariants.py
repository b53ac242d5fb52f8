"""What must hold of the books whatever happened: looked for in the rows, not in our own sums.

The statement shares nothing with the functions that write: a fault of theirs, a repair by hand and
a lost row all show. It is one statement, so it sees the books of one instant and transfers beside
it disturb nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from infra.clock import NOW_SQL, SHANGHAI
from infra.ids import UUID7_SQL
from infra.outbox import publish
from services.ledger import queries
from services.ledger.events import LedgerStopped
from services.ledger.models import Finding, LedgerStop
from services.ledger.policies import CHECK_MINUTES
from services.notifications.rules import Template, code_of, speak
from services.notifications.service import notify_accounts
from tenants import policies
from tenants.access import Permission
from tenants.organisation import accounts_that_may
from tenants.scope import Scope
from tenants.session import now_of, scope_of, unit_of_work

MOST_FAULTS = 50
"""So many findings of one check are written down; the rest would be more of the same."""

_BATCH = 200

speak(
    {
        Finding.DEBITS_CREDITS: "借贷不平",
        Finding.ACCOUNT_SUMS: "账户余额与流水不符",
        Finding.ACCOUNT_BOUNDS: "账户余额越界",
        Finding.PENDING_RESOLVED: "冻结款了结有误",
        Finding.REVERSED: "冲正有误",
        Finding.LIVE_PAYOUTS: "同一事项重复付款",
    }
)


@dataclass(frozen=True)
class BrokenInvariant:
    """One thing that does not hold, and the account or transfer it shows in."""

    finding: Finding
    account_id: UUID | None
    transfer_id: UUID | None


# A transfer counts as the rows say: PENDING until a row resolves it, POST with its own amount.
_FAULTS = text(f"""
WITH t AS MATERIALIZED (
  SELECT id, debit_account_id, credit_account_id, amount_fen, phase, pending_id, reverses_id,
         CASE WHEN kind LIKE '%.payout' AND phase IN ('SINGLE', 'PENDING') THEN ref_kind END
           AS payout_of, ref_id
  FROM ledger_transfer WHERE tenant_id = :tenant),
resolutions AS (
  SELECT pending_id, count(*) AS n, max(id::text)::uuid AS last,
         max(amount_fen) AS amount, bool_or(phase = 'POST') AS is_posted
  FROM t WHERE pending_id IS NOT NULL GROUP BY pending_id),
reversals AS (
  SELECT reverses_id, count(*) AS n, max(id::text)::uuid AS last, max(amount_fen) AS amount
  FROM t WHERE reverses_id IS NOT NULL GROUP BY reverses_id),
held AS (
  SELECT t.* FROM t LEFT JOIN resolutions r ON r.pending_id = t.id
  WHERE t.phase = 'PENDING' AND r.pending_id IS NULL),
sides AS (
  SELECT debit_account_id AS id, amount_fen AS pd, 0 AS pc, 0 AS hd, 0 AS hc
  FROM t WHERE phase IN ('SINGLE', 'POST', 'REVERSAL')
  UNION ALL SELECT credit_account_id, 0, amount_fen, 0, 0
  FROM t WHERE phase IN ('SINGLE', 'POST', 'REVERSAL')
  UNION ALL SELECT debit_account_id, 0, 0, amount_fen, 0 FROM held
  UNION ALL SELECT credit_account_id, 0, 0, 0, amount_fen FROM held),
folds AS (
  SELECT id, sum(pd) AS pd, sum(pc) AS pc, sum(hd) AS hd, sum(hc) AS hc FROM sides GROUP BY id),
a AS (
  SELECT * FROM ledger_account WHERE tenant_id = :tenant),
payouts AS (
  SELECT p.payout_of, p.ref_id, count(*) AS n, max(p.id::text)::uuid AS last
  FROM t p LEFT JOIN t r ON r.pending_id = p.id
    LEFT JOIN reversals b ON b.reverses_id = coalesce(r.id, p.id)
  WHERE p.payout_of IS NOT NULL AND coalesce(r.phase, 'POST') = 'POST' AND b.reverses_id IS NULL
  GROUP BY p.payout_of, p.ref_id)
SELECT '{Finding.ACCOUNT_SUMS}' AS finding, coalesce(a.id, f.id) AS account_id,
       NULL::uuid AS transfer_id
  FROM a FULL JOIN folds f ON f.id = a.id
  WHERE a.id IS NULL OR (a.posted_debit_fen, a.posted_credit_fen, a.pending_debit_fen,
    a.pending_credit_fen) IS DISTINCT FROM
    (coalesce(f.pd, 0), coalesce(f.pc, 0), coalesce(f.hd, 0), coalesce(f.hc, 0))
UNION ALL SELECT '{Finding.ACCOUNT_BOUNDS}', a.id, NULL FROM a
  WHERE a.posted_debit_fen - a.posted_credit_fen - a.pending_credit_fen < a.net_min_fen
    OR a.posted_debit_fen - a.posted_credit_fen + a.pending_debit_fen > a.net_max_fen
UNION ALL SELECT '{Finding.PENDING_RESOLVED}', NULL, r.last
  FROM resolutions r LEFT JOIN t p ON p.id = r.pending_id
  WHERE r.n > 1 OR p.id IS NULL OR p.phase <> 'PENDING' OR r.amount > p.amount_fen
UNION ALL SELECT '{Finding.REVERSED}', NULL, r.last
  FROM reversals r LEFT JOIN t o ON o.id = r.reverses_id
  WHERE r.n > 1 OR o.id IS NULL OR o.phase NOT IN ('SINGLE', 'POST') OR r.amount <> o.amount_fen
UNION ALL SELECT '{Finding.LIVE_PAYOUTS}', NULL, p.last FROM payouts p WHERE p.n > 1
UNION ALL SELECT '{Finding.DEBITS_CREDITS}', NULL, NULL FROM a
  HAVING sum(a.posted_debit_fen) <> sum(a.posted_credit_fen)
    OR sum(a.pending_debit_fen) <> sum(a.pending_credit_fen)
LIMIT :most
""")  # noqa: S608 - constants


async def broken_invariants(session: AsyncSession) -> list[BrokenInvariant]:
    """What does not hold of the tenant's books, at most MOST_FAULTS; [] when all is well."""
    # The whole ledger is folded, which may take longer than a request may.
    await session.execute(text("SET LOCAL statement_timeout = '25s'"))
    await session.execute(text("SET LOCAL work_mem = '64MB'"))
    values = {"tenant": scope_of(session).tenant_id, "most": MOST_FAULTS}
    return [
        BrokenInvariant(Finding(finding), account_id, transfer_id)
        for finding, account_id, transfer_id in await session.execute(_FAULTS, values)
    ]


async def check_books(session: AsyncSession) -> list[BrokenInvariant]:
    """Check a tenant's books; what is broken stops its postings and is told to finance and leader.

    A finding that already stops them is not told again.
    """
    found = await broken_invariants(session)
    state = await queries.lock_state(session)
    if state is None:
        return []
    now = now_of(session)
    known = {(s.finding, s.account_id, s.transfer_id) for s in await queries.open_stops(session)}
    fresh = [f for f in found if (f.finding, f.account_id, f.transfer_id) not in known]
    for fault in fresh:
        stop = LedgerStop(tenant_id=state.tenant_id, stopped_at=now, **vars(fault))
        session.add(stop)
        await session.flush()
        state.stop_id = stop.id
        await publish(session, LedgerStopped(state.tenant_id, stop.id, fault.finding))
    if fresh:
        await _tell(session, state.tenant_id, fresh)
    pause = await policies.value(session, CHECK_MINUTES, now.astimezone(SHANGHAI).date())
    await queries.note_checked(session, state.tenant_id, pause)
    return found


async def _tell(session: AsyncSession, tenant_id: int, found: Sequence[BrokenInvariant]) -> None:
    accounts = await accounts_that_may(session, Permission.LEDGER_READ)
    for finding in dict.fromkeys(fault.finding for fault in found):
        params = {"finding": code_of(finding)}
        await notify_accounts(session, tenant_id, accounts, Template.LEDGER_STOPPED, params)


_RING = text(f"""
WITH due AS (
  SELECT tenant_id FROM ledger_state WHERE check_due_at <= {NOW_SQL}
  ORDER BY check_due_at LIMIT {_BATCH} FOR UPDATE SKIP LOCKED),
moved AS (
  UPDATE ledger_state s SET check_due_at = {NOW_SQL} + interval '1 hour'
  FROM due WHERE s.tenant_id = due.tenant_id),
told AS (
  INSERT INTO event (tenant_id, id, kind, payload, occurred_at)
  SELECT tenant_id, {UUID7_SQL}, 'ledger.check_due', '{{}}', {NOW_SQL} FROM due)
SELECT count(*) FROM due
""")  # noqa: S608 - constants


async def ring_due_checks() -> int:
    """Ask for the checks that are due in any tenant; returns how many. The scheduler's duty.

    The check itself moves its next date again, so this one only says when to ask once more.
    """
    async with unit_of_work(Scope.system(None), "ledger.check_due") as session:
        return int(await session.scalar(_RING) or 0)
