"""Commands of the ledger; the nouns that call them have asked for the right.

All of one transaction with what they are about. A retry with the same key gives the former result
(`replayed`); a refusal changes nothing and leaves the transaction usable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError
from infra.ids import new_id
from infra.money import Fen
from infra.outbox import publish
from services.ledger import queries, rules
from services.ledger.events import LedgerStopLifted
from services.ledger.models import (
    SIDES,
    AccountKind,
    LedgerAccount,
    LedgerState,
    LedgerStop,
    Phase,
)
from services.ledger.queries import balance as balance
from services.ledger.queries import find_account as find_account
from services.ledger.queries import trial_balance as trial_balance
from services.ledger.rules import Balance as Balance
from tenants.access import Permission, require
from tenants.principal import Principal
from tenants.session import now_of, scope_of


@dataclass(frozen=True)
class Post:
    """A transfer of `amount_fen` that debits one account and credits another.

    `kind` is a code ("reward.hold"); one that ends in ".payout" pays somebody, and one of them per
    `ref_kind`, `ref_id` may be live. `key` names the command: 1 to 128 visible characters, chosen
    by the caller so that a retry finds the first try. `effective_on`: by default the day it is
    booked, Asia/Shanghai.
    """

    key: str
    debit_id: UUID
    credit_id: UUID
    amount_fen: Fen
    kind: str
    ref_kind: str
    ref_id: UUID
    effective_on: date | None = None


@dataclass(frozen=True)
class LiftLedgerStop:
    """Let postings go on although the check stopped them, and why."""

    stop_id: UUID
    reason: str


@dataclass(frozen=True)
class Booked:
    """What became of a command: the row's id, and whether an earlier try had written it."""

    id: UUID
    replayed: bool


async def open_account(
    session: AsyncSession,
    code: str,
    kind: AccountKind,
    *,
    min_fen: int | None = 0,
    max_fen: int | None = None,
    ref_id: UUID | None = None,
) -> LedgerAccount:
    """The account of that code, opened if there is none.

    `min_fen`, `max_fen` bound its balance on its normal side (None: no bound). Raises ValueError
    when it was opened with other terms.
    """
    tenant_id = _tenant(session)
    least, most = rules.net_bounds(SIDES[kind], min_fen, max_fen)
    terms = {"kind": kind, "net_min_fen": least, "net_max_fen": most, "ref_id": ref_id}
    account_id = new_id()
    opened = await session.execute(
        upsert(LedgerAccount)
        .values(
            tenant_id=tenant_id,
            id=account_id,
            code=code,
            normal_side=SIDES[kind],
            opened_at=queries.NOW,
            **terms,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "code"])
        .returning(LedgerAccount.id)
    )
    if opened.first() is not None:
        _note(session, "ledger_account", account_id)
        await session.execute(
            upsert(LedgerState)
            .values(tenant_id=tenant_id, check_due_at=queries.NOW)
            .on_conflict_do_nothing()
        )
    account = await find_account(session, code)
    assert account is not None  # noqa: S101 - opened here or before
    if any(getattr(account, name) != wanted for name, wanted in terms.items()):
        raise ValueError("the account is open with other terms")
    return account


async def transfer(session: AsyncSession, post: Post) -> Booked:
    """Move an amount at once. Raises DomainError when it is refused."""
    return await _post(session, post, Phase.SINGLE)


async def hold(session: AsyncSession, post: Post, expires_at: datetime | None = None) -> Booked:
    """Set an amount aside; `post_pending`, `void_pending` or `expire_pending` resolves it, once.

    From `expires_at` on (the domain's clock) it can no longer be posted. Raises DomainError.
    """
    return await _post(session, post, Phase.PENDING, expires_at)


async def post_pending(
    session: AsyncSession, key: str, pending_id: UUID, amount_fen: Fen | None = None
) -> Booked:
    """Move what was set aside, or a part of it: the rest is free again. Raises DomainError."""
    if amount_fen is not None:
        rules.expect_amount(amount_fen)
    return await _resolve(session, key, pending_id, Phase.POST, amount_fen)


async def void_pending(session: AsyncSession, key: str, pending_id: UUID) -> Booked:
    """Give free what was set aside, before or after it expires. Raises DomainError."""
    return await _resolve(session, key, pending_id, Phase.VOID)


async def expire_pending(session: AsyncSession, key: str, pending_id: UUID) -> Booked:
    """Give free what was set aside and has expired. Raises DomainError before `expires_at`."""
    return await _resolve(session, key, pending_id, Phase.EXPIRE)


async def reverse(session: AsyncSession, key: str, transfer_id: UUID, reason: str) -> Booked:
    """Take back a transfer or a posting, whole and once; `reason` is a code.

    Raises DomainError, among others when an account no longer has what would go back.
    """
    rules.expect_key(key)
    rules.expect_codes(reason)
    former = await queries.find_reversible(session, transfer_id)
    if former is None:
        raise rules.refused_reversal("TRANSFER_UNKNOWN")
    row = {
        "id": new_id(),
        "key": key,
        "hash": rules.digest(Phase.REVERSAL, transfer_id, reason),
        "debit": former.credit_account_id,
        "credit": former.debit_account_id,
        "amount": former.amount_fen,
        "kind": former.kind,
        "ref_kind": former.ref_kind,
        "ref_id": former.ref_id,
        "effective": None,
        "phase": Phase.REVERSAL,
        "expires": None,
        "reverses": transfer_id,
        "reason": reason,
        "is_payout": False,
    }
    outcome, booked = await _called(session, _POST, row)
    if booked is None:
        raise rules.refused_reversal(outcome)
    return booked


async def transfer_batch(session: AsyncSession, posts: Sequence[Post]) -> list[Booked]:
    """Move several amounts at once, all or none; the bounds are those of the end.

    A retry must give the same posts in the same order. Raises DomainError for the first one that
    is refused; its place in the batch stands in the fault's path.
    """
    if not posts:
        return []
    rows = [_row(post, Phase.SINGLE) for post in posts]
    values = {f"{name}s": [row[name] for row in rows] for name in _BATCHED}
    found = (await session.execute(_POST_BATCH, values)).one()
    if found.outcome not in ("DONE", "REPLAYED"):
        raise rules.refused_posting(found.outcome, place=found.place - 1)
    replayed = found.outcome == "REPLAYED"
    if not replayed:
        for booked_id in found.transfer_ids:
            _note(session, "ledger_transfer", booked_id)
    return [Booked(booked_id, replayed) for booked_id in found.transfer_ids]


async def lift_stop(
    session: AsyncSession, principal: Principal, command: LiftLedgerStop
) -> LedgerStop:
    """Lift a stop; postings go on when none is left, and the books are checked again at once.

    Raises NotFound, and DomainError when the reason is none or the stop was lifted before.
    """
    require(principal, Permission.LEDGER_LIFT)
    faults = rules.reason_faults(command.reason)
    if faults:
        raise DomainError(*faults)
    # The state first, as the check locks it.
    state = await queries.lock_state(session)
    stop = await queries.lock_stop(session, command.stop_id)
    if state is None or stop.lifted_at is not None:
        raise DomainError(rules.NOT_STOPPED)
    stop.lifted_at = state.check_due_at = now_of(session)
    stop.lifted_by = principal.account_id
    stop.lift_reason = command.reason.strip()
    await session.flush()
    left = await queries.open_stops(session)
    state.stop_id = left[-1].id if left else None
    await session.flush()
    await publish(session, LedgerStopLifted(stop.tenant_id, stop.id))
    return stop


async def _post(
    session: AsyncSession, post: Post, phase: Phase, expires_at: datetime | None = None
) -> Booked:
    row = _row(post, phase, expires_at) | {"reverses": None, "reason": None}
    outcome, booked = await _called(session, _POST, row)
    if booked is None:
        raise rules.refused_posting(outcome)
    return booked


async def _resolve(
    session: AsyncSession, key: str, pending_id: UUID, phase: Phase, amount: Fen | None = None
) -> Booked:
    rules.expect_key(key)
    row = {
        "id": new_id(),
        "key": key,
        "hash": rules.digest(phase, pending_id, amount),
        "pending": pending_id,
        "phase": phase,
        "amount": amount,
    }
    outcome, booked = await _called(session, _RESOLVE, row)
    if booked is None:
        raise rules.refused_resolution(outcome)
    return booked


async def _called(
    session: AsyncSession, statement: TextClause, row: dict[str, Any]
) -> tuple[str, Booked | None]:
    """Call a function of the ledger: its outcome, and the row if there is one."""
    outcome, booked_id = (await session.execute(statement, row)).one()
    if outcome not in ("DONE", "REPLAYED"):
        return outcome, None
    if outcome == "DONE":
        _note(session, "ledger_transfer", booked_id)
    return outcome, Booked(booked_id, outcome == "REPLAYED")


def _row(post: Post, phase: Phase, expires_at: datetime | None = None) -> dict[str, Any]:
    """The arguments of a transfer. Raises DomainError or ValueError for what is none."""
    rules.expect_key(post.key)
    rules.expect_codes(post.kind, post.ref_kind)
    rules.expect_amount(post.amount_fen)
    content = (
        phase,
        post.debit_id,
        post.credit_id,
        post.amount_fen,
        post.kind,
        post.ref_kind,
        post.ref_id,
        post.effective_on,
        expires_at,
    )
    return {
        "id": new_id(),
        "key": post.key,
        "hash": rules.digest(*content),
        "debit": post.debit_id,
        "credit": post.credit_id,
        "amount": post.amount_fen,
        "kind": post.kind,
        "ref_kind": post.ref_kind,
        "ref_id": post.ref_id,
        "effective": post.effective_on,
        "phase": phase,
        "expires": expires_at,
        "is_payout": rules.is_payout(post.kind),
    }


def _tenant(session: AsyncSession) -> int:
    tenant_id = scope_of(session).tenant_id
    assert tenant_id is not None  # noqa: S101 - an account belongs to a tenant
    return tenant_id


def _note(session: AsyncSession, table: str, row_id: UUID) -> None:
    """Have the audit link of the unit of work name a row that a function wrote."""
    session.info.setdefault("subjects", []).append(f"{table}:{row_id}")


_POST = text("""
SELECT outcome, transfer_id FROM ledger_post(
  cast(:id AS uuid), cast(:key AS text), cast(:hash AS bytea), cast(:debit AS uuid),
  cast(:credit AS uuid), cast(:amount AS bigint), cast(:kind AS text), cast(:ref_kind AS text),
  cast(:ref_id AS uuid), cast(:effective AS date), cast(:phase AS text),
  cast(:expires AS timestamptz), cast(:reverses AS uuid), cast(:reason AS text),
  cast(:is_payout AS boolean))
""")
_RESOLVE = text("""
SELECT outcome, transfer_id FROM ledger_resolve(
  cast(:id AS uuid), cast(:key AS text), cast(:hash AS bytea), cast(:pending AS uuid),
  cast(:phase AS text), cast(:amount AS bigint))
""")
_BATCHED = (
    "id", "key", "hash", "debit", "credit", "amount", "kind", "ref_kind", "ref_id", "effective",
    "is_payout",
)  # fmt: skip
_POST_BATCH = text("""
SELECT outcome, place, transfer_ids FROM ledger_post_batch(
  cast(:ids AS uuid[]), cast(:keys AS text[]), cast(:hashs AS bytea[]), cast(:debits AS uuid[]),
  cast(:credits AS uuid[]), cast(:amounts AS bigint[]), cast(:kinds AS text[]),
  cast(:ref_kinds AS text[]), cast(:ref_ids AS uuid[]), cast(:effectives AS date[]),
  cast(:is_payouts AS boolean[]))
""")
