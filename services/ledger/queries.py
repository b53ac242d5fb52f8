"""What is read of the ledger."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import NotFound
from infra.money import Fen
from services.ledger import rules
from services.ledger.models import (
    AccountKind,
    LedgerAccount,
    LedgerState,
    LedgerStop,
    LedgerTransfer,
    NormalSide,
    Phase,
)
from services.ledger.rules import Balance
from services.ledger.visibility import visible
from tenants.scope import scope_setting
from tenants.session import scope_of

NOW = scope_setting("app.now", "timestamptz")


async def find_account(session: AsyncSession, code: str) -> LedgerAccount | None:
    """The account of that code, with its sums of this moment."""
    return (
        await session.scalars(
            select(LedgerAccount)
            .where(LedgerAccount.tenant_id == scope_of(session).tenant_id)
            .where(LedgerAccount.code == code)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()


async def balance(session: AsyncSession, account_id: UUID) -> Balance:
    """What an account holds at this moment. Raises NotFound."""
    found = await session.execute(
        select(
            LedgerAccount.normal_side,
            LedgerAccount.posted_debit_fen,
            LedgerAccount.posted_credit_fen,
            LedgerAccount.pending_debit_fen,
            LedgerAccount.pending_credit_fen,
            LedgerAccount.net_min_fen,
            LedgerAccount.net_max_fen,
        )
        .where(LedgerAccount.tenant_id == scope_of(session).tenant_id)
        .where(LedgerAccount.id == account_id)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound("id")
    side, debits, credits_, held_debits, held_credits, net_min, net_max = row
    least, _ = rules.net_bounds(NormalSide(side), net_min, net_max)
    return rules.balance_of(
        NormalSide(side), (debits, credits_), (held_debits, held_credits), least
    )


async def find_reversible(session: AsyncSession, transfer_id: UUID) -> LedgerTransfer | None:
    """A transfer or posting that may be taken back."""
    found = await session.scalars(
        select(LedgerTransfer)
        .where(LedgerTransfer.tenant_id == scope_of(session).tenant_id)
        .where(LedgerTransfer.id == transfer_id)
        .where(LedgerTransfer.phase.in_([Phase.SINGLE, Phase.POST]))
    )
    return found.one_or_none()


async def lock_state(session: AsyncSession) -> LedgerState | None:
    """Whether postings are stopped, locked; None for a tenant without accounts."""
    found = await session.scalars(
        select(LedgerState)
        .where(LedgerState.tenant_id == scope_of(session).tenant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.one_or_none()


async def open_stops(session: AsyncSession) -> list[LedgerStop]:
    """Stops of the tenant that nobody has lifted, the oldest first."""
    found = await session.scalars(
        select(LedgerStop)
        .where(LedgerStop.tenant_id == scope_of(session).tenant_id)
        .where(LedgerStop.lifted_at.is_(None))
        .order_by(LedgerStop.stopped_at, LedgerStop.id)
    )
    return list(found)


async def note_checked(session: AsyncSession, tenant_id: int, minutes: int) -> None:
    """Write down that the books were checked, and when they are next."""
    await session.execute(
        update(LedgerState)
        .where(LedgerState.tenant_id == tenant_id)
        .values(checked_at=NOW, check_due_at=NOW + timedelta(minutes=minutes))
        .execution_options(synchronize_session=False)
    )


async def lock_stop(session: AsyncSession, stop_id: UUID) -> LedgerStop:
    """A stop that the asker sees, locked. Raises NotFound on `id`."""
    scope = scope_of(session)
    found = await session.scalars(
        select(LedgerStop)
        .where(LedgerStop.tenant_id == scope.tenant_id, LedgerStop.id == stop_id, visible(scope))
        .with_for_update()
    )
    stop = found.one_or_none()
    if stop is None:
        raise NotFound("id")
    return stop


@dataclass(frozen=True)
class TrialRow:
    """An account's line of the trial balance, in fen; `balance` is on the normal side."""

    account_id: UUID
    code: str
    kind: AccountKind
    debits_fen: Fen
    credits_fen: Fen
    balance_fen: Fen


@dataclass(frozen=True)
class TrialBalance:
    """What every account has been debited and credited, and that both sides come to the same."""

    rows: tuple[TrialRow, ...]
    debits_fen: Fen
    credits_fen: Fen


_TRIAL = text("""
WITH moved AS (
  SELECT debit_account_id, credit_account_id, amount_fen FROM ledger_transfer
  WHERE tenant_id = :tenant AND phase IN ('SINGLE', 'POST', 'REVERSAL')
    AND effective_on <= coalesce(cast(:until AS date), 'infinity')),
sides AS (
  SELECT debit_account_id AS id, amount_fen AS debit, 0 AS credit FROM moved
  UNION ALL SELECT credit_account_id, 0, amount_fen FROM moved)
SELECT a.id, a.code, a.kind, a.normal_side,
  coalesce(sum(s.debit), 0)::bigint, coalesce(sum(s.credit), 0)::bigint
FROM ledger_account a LEFT JOIN sides s ON s.id = a.id
WHERE a.tenant_id = :tenant GROUP BY a.tenant_id, a.id ORDER BY a.code
""")


async def trial_balance(session: AsyncSession, on: date | None = None) -> TrialBalance:
    """The trial balance from the transfers effective up to and on a day; None: all of them."""
    found = await session.execute(_TRIAL, {"tenant": scope_of(session).tenant_id, "until": on})
    rows = []
    for account_id, code, kind, side, debits, credits_ in found:
        net = debits - credits_ if side == NormalSide.DEBIT else credits_ - debits
        rows.append(TrialRow(account_id, code, AccountKind(kind), debits, credits_, Fen(net)))
    return TrialBalance(
        tuple(rows),
        Fen(sum(row.debits_fen for row in rows)),
        Fen(sum(row.credits_fen for row in rows)),
    )
