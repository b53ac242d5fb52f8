"""Idempotency keys: a client's command happens once, however often the client sends it."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from infra import crypto
from infra.errors import DomainError, Fault, SharedCode
from tenants.models import IdempotencyKey
from tenants.scope import scope_setting
from tenants.session import scope_of

KEPT = timedelta(days=30)
"""The least time a key is kept, from its first use (API guide, idempotency)."""

_FORM = re.compile(r"[!-~]{16,64}")
_NOW = scope_setting("app.now", "timestamptz")
_FIELD = ("idempotencyKey",)


async def claim(
    session: AsyncSession, account_id: UUID, key: str, content: str
) -> dict[str, Any] | None:
    """None when the key is now taken for this transaction, else the results kept under it.

    First in its transaction: a duplicate in flight waits at the unique key until the first one
    ends, then sees its results, or takes the key because the first one came to nothing. Raises
    DomainError when the key is no key, or was used with another content.
    """
    if not _FORM.fullmatch(key):
        raise DomainError(
            Fault(
                SharedCode.IDEMPOTENCY_KEY_INVALID,
                "幂等键须为16至64个可见ASCII字符，例如一个新的UUID",
                "The key has 16 to 64 visible ASCII characters; a new UUID will do",
                _FIELD,
            )
        )
    tenant_id = scope_of(session).tenant_id
    digest = crypto.mac("blind", b"idempotency", str(tenant_id).encode(), content.encode())
    taken = await session.execute(
        insert(IdempotencyKey)
        .values(
            tenant_id=tenant_id,
            account_id=account_id,
            key=key,
            input_mac=digest,
            results={},
            created_at=_NOW,
        )
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    if taken.first() is not None:
        return None
    # A statement of its own: under READ COMMITTED it sees what the waited-for one committed.
    found = await session.execute(
        select(IdempotencyKey.input_mac, IdempotencyKey.results).where(
            *_is(tenant_id, account_id, key)
        )
    )
    former, results = found.one()
    if former != digest:
        raise DomainError(
            Fault(
                SharedCode.IDEMPOTENCY_KEY_REUSED,
                "该幂等键已用于另一内容的请求，请换一个新的键",
                "This key was used with another input; make a new one",
                _FIELD,
            )
        )
    kept: dict[str, Any] = results
    return kept


async def keep(
    session: AsyncSession, account_id: UUID, key: str, results: dict[str, list[str]]
) -> None:
    """Store what a claimed key's command made; ids only, never a secret or a person's data."""
    tenant_id = scope_of(session).tenant_id
    await session.execute(
        update(IdempotencyKey)
        .where(*_is(tenant_id, account_id, key))
        .values(results=results)
        .execution_options(synchronize_session=False)
    )


async def prune(session: AsyncSession, older_than: timedelta = KEPT) -> int:
    """Forget the tenant's keys first used longer ago; returns how many.

    Raises ValueError for less than 30 days: a replay that late must not pay twice.
    """
    if older_than < KEPT:
        raise ValueError(f"keys are kept {KEPT.days} days at least, not {older_than}")
    gone = await session.execute(
        delete(IdempotencyKey)
        .where(
            IdempotencyKey.tenant_id == scope_of(session).tenant_id,
            IdempotencyKey.created_at < _NOW - older_than,
        )
        .returning(IdempotencyKey.key)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def _is(tenant_id: int | None, account_id: UUID, key: str) -> tuple[Any, ...]:
    return (
        IdempotencyKey.tenant_id == tenant_id,
        IdempotencyKey.account_id == account_id,
        IdempotencyKey.key == key,
    )
