"""Sealed values: AES-256-GCM under a tenant's data key, bound to tenant, column and row."""

import secrets
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra import crypto
from tenants.models import DataKey
from tenants.scope import Scope, ScopeKind
from tenants.session import reading, scope_of

_PURPOSE = "seal"
_opened: dict[int, bytes] = {}


def forget_keys() -> None:
    """Drop opened data keys (a test changes deployments within one process)."""
    _opened.clear()


def new_data_key(tenant_id: int) -> DataKey:
    """A fresh data key, wrapped by the master key; the caller adds it when a tenant opens."""
    plain = secrets.token_bytes(32)
    return DataKey(
        tenant_id=tenant_id,
        purpose=_PURPOSE,
        wrapped=crypto.encrypt(crypto.key("master"), plain, f"{tenant_id}|{_PURPOSE}".encode()),
    )


async def seal(
    session: AsyncSession, tenant_id: int, column: str, row_id: UUID, plaintext: str
) -> bytes:
    """Ciphertext of a text for one column of one row."""
    data_key = await _data_key(session, tenant_id)
    return crypto.encrypt(data_key, plaintext.encode(), _bound(tenant_id, column, row_id))


async def unseal(
    session: AsyncSession, tenant_id: int, column: str, row_id: UUID, ciphertext: bytes
) -> str:
    """The text again; raises InvalidTag for another row's, column's or tenant's ciphertext."""
    data_key = await _data_key(session, tenant_id)
    return crypto.decrypt(data_key, ciphertext, _bound(tenant_id, column, row_id)).decode()


def _bound(tenant_id: int, column: str, row_id: UUID) -> bytes:
    return f"{tenant_id}|{column}|{row_id}".encode()


async def _data_key(session: AsyncSession, tenant_id: int) -> bytes:
    if tenant_id not in _opened:
        query = select(DataKey.wrapped).where(
            DataKey.tenant_id == tenant_id, DataKey.purpose == _PURPOSE
        )
        if scope_of(session).kind is ScopeKind.PUBLIC:
            # Role `public` may not read keys; the process that serves it may.
            async with reading(Scope.county(tenant_id)) as own:
                wrapped = (await own.execute(query)).scalar_one()
        else:
            wrapped = (await session.execute(query)).scalar_one()
        _opened[tenant_id] = crypto.decrypt(
            crypto.key("master"), wrapped, f"{tenant_id}|{_PURPOSE}".encode()
        )
    return _opened[tenant_id]
