"""What paying and reconciling read, lock and mark."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.payments.models import (
    BankAccount,
    BankSeat,
    BankStatement,
    BankStatementLine,
    PaymentAttempt,
    PaymentInstruction,
    PaymentOutcome,
    PaymentPurpose,
    PaymentState,
)
from services.payments.visibility import visible_accounts
from tenants.session import scope_of


async def get_account(
    session: AsyncSession, tenant_id: int, bank_account_id: UUID
) -> BankAccount | None:
    """A bank account by its id, or None."""
    return await session.get(BankAccount, (tenant_id, bank_account_id))


async def seated_at(session: AsyncSession, bank_account_id: UUID) -> list[UUID]:
    """Accounts that act for the bank which keeps a bank account."""
    found = await session.scalars(
        select(BankSeat.account_id)
        .join(
            BankAccount,
            (BankAccount.tenant_id == BankSeat.tenant_id)
            & (BankAccount.bank_code == BankSeat.bank_code),
        )
        .where(
            BankAccount.tenant_id == scope_of(session).tenant_id,
            BankAccount.id == bank_account_id,
            BankSeat.ended_at.is_(None),
        )
        .order_by(BankSeat.account_id)
    )
    return list(found)


async def lock_account_by_no(session: AsyncSession, account_no: str) -> BankAccount | None:
    """The visible account with a number, locked: one import of an account at a time."""
    scope = scope_of(session)
    found = await session.execute(
        select(BankAccount)
        .where(
            BankAccount.tenant_id == scope.tenant_id,
            BankAccount.account_no == account_no,
            visible_accounts(scope),
        )
        .with_for_update(of=BankAccount, key_share=True)
    )
    return found.scalar_one_or_none()


async def lock_accounts(
    session: AsyncSession, tenant_id: int, bank_account_id: UUID | None
) -> None:
    """Lock one account or all of the tenant: one comparison of an account at a time."""
    query = select(BankAccount.id).where(BankAccount.tenant_id == tenant_id)
    if bank_account_id is not None:
        query = query.where(BankAccount.id == bank_account_id)
    # Without the key, so that instructions from the account go on.
    await session.execute(query.order_by(BankAccount.id).with_for_update(key_share=True))


async def live_instruction(
    session: AsyncSession, tenant_id: int, ref_kind: str, ref_id: UUID, purpose: PaymentPurpose
) -> PaymentInstruction:
    """The one instruction of a thing that was not refused. Raises NoResultFound."""
    found = await session.execute(
        select(PaymentInstruction).where(
            PaymentInstruction.tenant_id == tenant_id,
            PaymentInstruction.ref_kind == ref_kind,
            PaymentInstruction.ref_id == ref_id,
            PaymentInstruction.purpose == purpose,
            PaymentInstruction.state != PaymentState.REFUSED,
        )
    )
    return found.scalar_one()


async def lock_instruction(
    session: AsyncSession, tenant_id: int, instruction_id: UUID
) -> PaymentInstruction:
    """An instruction, locked, for the worker that pays it. Raises NoResultFound."""
    return await session.get_one(
        PaymentInstruction, (tenant_id, instruction_id), with_for_update=True
    )


async def get_attempt(session: AsyncSession, tenant_id: int, attempt_id: UUID) -> PaymentAttempt:
    """An attempt by its id. Raises NoResultFound."""
    return await session.get_one(PaymentAttempt, (tenant_id, attempt_id))


async def mark_unanswered(
    session: AsyncSession, tenant_id: int, instruction_id: UUID
) -> set[PaymentOutcome]:
    """Mark attempts without an outcome as unknown; the outcomes of all attempts."""
    mine = (PaymentAttempt.tenant_id == tenant_id) & (
        PaymentAttempt.instruction_id == instruction_id
    )
    await session.execute(
        update(PaymentAttempt)
        .where(mine, PaymentAttempt.outcome.is_(None))
        .values(outcome=PaymentOutcome.UNKNOWN)
        .execution_options(synchronize_session=False)
    )
    outcomes = select(PaymentAttempt.outcome).where(mine).distinct()
    return {PaymentOutcome(str(found)) for found in await session.scalars(outcomes)}


async def known_lines(
    session: AsyncSession, account: BankAccount, serials: Iterable[str]
) -> dict[str, BankStatementLine]:
    """The account's lines among these serial numbers."""
    found = await session.scalars(
        select(BankStatementLine).where(
            BankStatementLine.tenant_id == account.tenant_id,
            BankStatementLine.bank_account_id == account.id,
            BankStatementLine.serial.in_(list(serials)),
        )
    )
    return {line.serial: line for line in found}


async def get_statement(session: AsyncSession, tenant_id: int, statement_id: UUID) -> BankStatement:
    """An imported file by its id. Raises NoResultFound."""
    return await session.get_one(BankStatement, (tenant_id, statement_id))


async def lock_line(
    session: AsyncSession, tenant_id: int, line_id: UUID
) -> BankStatementLine | None:
    """A line of a statement, locked, or None."""
    return await session.get(BankStatementLine, (tenant_id, line_id), with_for_update=True)


_AGREES = """
  p.amount_fen = l.amount_fen
  AND (l.direction = 'OUT' AND p.bank_account_id = l.bank_account_id
       OR l.direction = 'IN' AND p.payee_mac = a.account_mac)
"""
"""Line and instruction speak of one payment: as it leaves our account, or as it arrives in one."""

# The earliest line of a payment is its own; what comes again stays open and is a break.
_MATCH = text(f"""
WITH fit AS (
  SELECT DISTINCT ON (p.id, l.direction) l.id AS line_id, p.id AS instruction_id
  FROM bank_statement_line l
  JOIN bank_account a ON a.tenant_id = l.tenant_id AND a.id = l.bank_account_id
  JOIN payment_instruction p ON p.tenant_id = l.tenant_id AND p.id = l.reference_id
  WHERE l.tenant_id = :tenant AND (cast(:account AS uuid) IS NULL OR l.bank_account_id = :account)
    AND l.booked_on <= :on AND l.instruction_id IS NULL AND l.claim_id IS NULL
    AND {_AGREES}
    AND NOT EXISTS (
      SELECT 1 FROM bank_statement_line m WHERE m.tenant_id = l.tenant_id
        AND m.instruction_id = p.id AND m.direction = l.direction)
  ORDER BY p.id, l.direction, l.booked_on, l.id
)
UPDATE bank_statement_line l SET instruction_id = fit.instruction_id
FROM fit WHERE l.tenant_id = :tenant AND l.id = fit.line_id
RETURNING l.id
""")  # noqa: S608 - constants only

_FOUND = f"""
found AS (
  SELECT * FROM (
    SELECT CASE
        WHEN p.id IS NULL AND l.direction = 'OUT' THEN 'LINE_UNKNOWN'
        WHEN p.id IS NULL AND l.booked_on <= cast(:on AS date) - cast(:income_days AS int)
          THEN 'INCOME_UNCLAIMED'
        WHEN p.id IS NULL THEN NULL
        WHEN {_AGREES} THEN 'DUPLICATE'
        ELSE 'CONTENT_DIFFERS' END AS kind,
      l.id AS subject_id, l.bank_account_id, l.id AS line_id, p.id AS instruction_id
    FROM bank_statement_line l
    JOIN bank_account a ON a.tenant_id = l.tenant_id AND a.id = l.bank_account_id
    LEFT JOIN payment_instruction p ON p.tenant_id = l.tenant_id AND p.id = l.reference_id
    WHERE l.tenant_id = :tenant
      AND (cast(:account AS uuid) IS NULL OR l.bank_account_id = :account)
      AND l.booked_on <= :on AND l.instruction_id IS NULL AND l.claim_id IS NULL
    UNION ALL
    SELECT CASE
        WHEN p.state = 'DONE' AND m.id IS NULL
          AND (p.settled_at AT TIME ZONE 'Asia/Shanghai')::date
              <= cast(:on AS date) - cast(:line_days AS int) THEN 'LINE_MISSING'
        WHEN p.state = 'REFUSED' AND m.id IS NOT NULL THEN 'PAID_THOUGH_REFUSED'
        WHEN p.state NOT IN ('DONE', 'REFUSED')
          AND p.instructed_at <= current_setting('app.now')::timestamptz
              - make_interval(hours => cast(:hours AS int)) THEN 'UNRESOLVED' END,
      p.id, p.bank_account_id, m.id, p.id
    FROM payment_instruction p
    LEFT JOIN bank_statement_line m ON m.tenant_id = p.tenant_id
      AND m.instruction_id = p.id AND m.direction = 'OUT'
    WHERE p.tenant_id = :tenant
      AND (cast(:account AS uuid) IS NULL OR p.bank_account_id = :account)
  ) looked WHERE kind IS NOT NULL
)
"""  # noqa: S608 - constants only

_NOTE = text(f"""
WITH {_FOUND}
INSERT INTO reconciliation_break (tenant_id, id, kind, subject_id, bank_account_id, line_id,
  instruction_id, found_at)
SELECT :tenant, gen_random_uuid(), kind, subject_id, bank_account_id, line_id, instruction_id,
  current_setting('app.now')::timestamptz FROM found
ON CONFLICT (tenant_id, kind, subject_id) DO UPDATE
  SET resolved_at = NULL, found_at = excluded.found_at, line_id = excluded.line_id
  WHERE reconciliation_break.resolved_at IS NOT NULL
RETURNING id, kind, bank_account_id, instruction_id
""")  # noqa: S608 - constants only

_RESOLVE = text(f"""
WITH {_FOUND}
UPDATE reconciliation_break b SET resolved_at = current_setting('app.now')::timestamptz
WHERE b.tenant_id = :tenant AND (cast(:account AS uuid) IS NULL OR b.bank_account_id = :account)
  AND b.resolved_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM found f WHERE f.kind = b.kind AND f.subject_id = b.subject_id)
RETURNING b.id
""")  # noqa: S608 - constants only


async def match(
    session: AsyncSession, tenant_id: int, account: UUID | None, on: date
) -> list[UUID]:
    """Give every open line up to a day the instruction it states; returns the lines' ids."""
    values = {"tenant": tenant_id, "account": account, "on": on}
    return [line_id for (line_id,) in await session.execute(_MATCH, values)]


async def note_breaks(session: AsyncSession, values: dict[str, Any]) -> Sequence[Any]:
    """Write down the breaks that are new or broke again; returns them."""
    return (await session.execute(_NOTE, values)).all()


async def resolve_breaks(session: AsyncSession, values: dict[str, Any]) -> list[UUID]:
    """Close the open breaks that are none any more; returns their ids."""
    return [break_id for (break_id,) in await session.execute(_RESOLVE, values)]


_FALL_DUE = text("""
UPDATE reconciliation_due SET due_at = due_at
  + make_interval(days => 1 + floor(extract(epoch FROM
      current_setting('app.now')::timestamptz - due_at) / 86400)::int)
WHERE due_at <= current_setting('app.now')::timestamptz
RETURNING tenant_id
""")

_SET_DUE = text("""
INSERT INTO reconciliation_due (tenant_id, due_at) VALUES (:tenant, :due)
ON CONFLICT (tenant_id) DO UPDATE SET due_at = excluded.due_at
""")


async def fall_due(session: AsyncSession) -> list[int]:
    """The tenants whose daily comparison is due, each told once (scheduler)."""
    return [tenant_id for (tenant_id,) in await session.execute(_FALL_DUE)]


async def set_due(session: AsyncSession, tenant_id: int, due: datetime) -> None:
    """Say when a tenant's accounts are next compared."""
    await session.execute(_SET_DUE, {"tenant": tenant_id, "due": due})
