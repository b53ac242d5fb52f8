"""Commands of statements: import a file, claim a line, compare with our instructions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError, NotFound
from infra.ids import new_id
from infra.money import Fen
from infra.outbox import publish
from services.payments import policies, queries, rules, statement
from services.payments.errors import LineTaken
from services.payments.events import BankMismatch, StatementImported
from services.payments.models import (
    BankAccount,
    BankStatement,
    BankStatementLine,
    LineDirection,
)
from services.payments.statement import Row
from tenants import audit
from tenants.access import Permission, require
from tenants.policies import value
from tenants.principal import Principal
from tenants.session import now_of, scope_of, today_of

_LINES_A_LINK = 500
"""Rows that one link of the audit chain names (trust.md, Surface)."""


@dataclass(frozen=True)
class ImportStatement:
    """A bank's file for the account with this number; `is_dry_run`: only say what it would do."""

    account_no: str
    csv: str
    is_dry_run: bool = False


@dataclass(frozen=True)
class Imported:
    """What a file holds and how much of it was new; the same for a dry run."""

    lines_read: int
    lines_new: int
    lines_known: int
    received_fen: Fen
    paid_fen: Fen
    from_on: date
    to_on: date
    is_dry_run: bool
    statement: BankStatement | None
    """The import; of a file that was imported before its first one; none of a dry run."""


async def import_statement(
    session: AsyncSession, principal: Principal, command: ImportStatement
) -> Imported:
    """Take a bank's statement in, all of it or nothing, and compare it with our instructions.

    Raises NotFound for an account that is not the asker's, DomainError with every fault's row and
    column (at most 50). A line that is there already changes nothing.
    """
    require(principal, Permission.STATEMENT_IMPORT)
    is_number = rules.is_account_no(command.account_no)
    account = await queries.lock_account_by_no(session, command.account_no) if is_number else None
    if account is None:
        raise NotFound("accountNo")
    today = today_of(session)
    rows, faults = statement.read(command.csv, today)
    known = await queries.known_lines(session, account, [row.serial for row in rows])
    faults += [
        statement.taken(row)
        for row in rows
        if row.serial in known and _content(known[row.serial]) != row.content()
    ]
    if faults:
        raise DomainError(*statement.bounded(faults))
    fresh = [row for row in rows if row.serial not in known]
    made = None
    if not command.is_dry_run:
        made = (
            await _write(session, account, rows, fresh)
            if fresh
            else await queries.get_statement(
                session, account.tenant_id, known[rows[0].serial].statement_id
            )
        )
        await reconcile(session, account.id, today)
    return Imported(
        lines_read=len(rows),
        lines_new=len(fresh),
        lines_known=len(rows) - len(fresh),
        received_fen=Fen(_sum(rows, LineDirection.IN)),
        paid_fen=Fen(_sum(rows, LineDirection.OUT)),
        from_on=rows[0].booked_on,
        to_on=rows[-1].booked_on,
        is_dry_run=command.is_dry_run,
        statement=made,
    )


async def claim_line(
    session: AsyncSession, line_id: UUID, claim_kind: str, claim_id: UUID
) -> BankStatementLine:
    """Say what an open line is (a guardian's payment, a bank's fee); the same again is no error.

    Called by nouns whose own command was allowed. Raises LineTaken.
    """
    tenant_id = scope_of(session).tenant_id or 0
    line = await queries.lock_line(session, tenant_id, line_id)
    if line is None or line.instruction_id is not None or not rules.is_ref_kind(claim_kind):
        raise LineTaken(str(line_id))
    if line.claim_id not in (None, claim_id) or line.claim_kind not in (None, claim_kind):
        raise LineTaken(str(line_id))
    line.claim_kind, line.claim_id = claim_kind, claim_id
    await session.flush()
    return line


async def reconcile(session: AsyncSession, bank_account_id: UUID | None, on: date) -> None:
    """Compare an account (None: all of the tenant) with its statement lines up to a day.

    Lines are matched by our id in their reference, when account, amount and direction agree. What
    then disagrees is a break, told once (bank.mismatch); what agrees again is resolved.
    """
    tenant_id = scope_of(session).tenant_id or 0
    await queries.lock_accounts(session, tenant_id, bank_account_id)
    matched = await queries.match(session, tenant_id, bank_account_id, on)
    names = [f"bank_statement_line:{line_id}" for line_id in matched]
    values = {
        "tenant": tenant_id,
        "account": bank_account_id,
        "on": on,
        "line_days": await value(session, policies.LINE_MISSING_DAYS, on),
        "income_days": await value(session, policies.INCOME_UNCLAIMED_DAYS, on),
        "hours": await value(session, policies.UNRESOLVED_HOURS, on),
    }
    resolved = await queries.resolve_breaks(session, values)
    found = await queries.note_breaks(session, values)
    names += [f"reconciliation_break:{i}" for i in (*resolved, *(row.id for row in found))]
    await _link(session, "statement.reconcile", names)
    for row in found:
        await publish(
            session,
            BankMismatch(tenant_id, row.id, row.kind, row.bank_account_id, row.instruction_id),
        )


async def _write(
    session: AsyncSession, account: BankAccount, rows: Sequence[Row], fresh: Sequence[Row]
) -> BankStatement:
    """The import and its new lines, named in audit links of at most 500."""
    made = BankStatement(
        tenant_id=account.tenant_id,
        bank_account_id=account.id,
        from_on=rows[0].booked_on,
        to_on=rows[-1].booked_on,
        lines_new=len(fresh),
        imported_at=now_of(session),
    )
    session.add(made)
    await session.flush()
    lines = [_line(account, made, row) for row in fresh]
    await session.execute(insert(BankStatementLine), lines)
    names = [f"bank_statement_line:{line['id']}" for line in lines]
    await _link(session, "statement.import", names)
    await publish(session, StatementImported(account.tenant_id, made.id, account.id))
    return made


async def _link(session: AsyncSession, action: str, names: list[str]) -> None:
    """Name rows in the audit chain: the last 500 with the unit of work, others in links before."""
    scope = scope_of(session)
    asker = str(scope.account_id or scope.kind)
    while len(names) > _LINES_A_LINK:
        linked, names = names[:_LINES_A_LINK], names[_LINES_A_LINK:]
        await audit.append(session, scope.tenant_id or 0, asker, action, ",".join(linked))
    session.info["subjects"] += names


def _line(account: BankAccount, made: BankStatement, row: Row) -> dict[str, object]:
    return {
        "tenant_id": account.tenant_id,
        "id": new_id(),
        "bank_account_id": account.id,
        "statement_id": made.id,
        "booked_on": row.booked_on,
        "serial": row.serial,
        "direction": row.direction,
        "amount_fen": row.amount_fen,
        "balance_fen": row.balance_fen,
        "counterparty": row.counterparty,
        "reference": row.reference,
        "reference_id": row.reference_id,
    }


def _content(line: BankStatementLine) -> tuple[object, ...]:
    return (line.booked_on, str(line.direction), line.amount_fen, line.balance_fen)


def _sum(rows: Sequence[Row], direction: LineDirection) -> int:
    return sum(row.amount_fen for row in rows if row.direction is direction)
