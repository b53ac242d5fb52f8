"""The only place that opens connections: one engine and one raw pool per role and event loop."""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from infra.database.roles import PROCESS_ROLES as PROCESS_ROLES
from infra.database.roles import Role as Role
from infra.settings import settings

_engines: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Role, AsyncEngine]] = (
    WeakKeyDictionary()
)
_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Role, Any]] = WeakKeyDictionary()


def role_url(role: Role) -> URL:
    """The address of the database for a role; its password is read from the keys folder.

    Raises RuntimeError when no database address is configured, FileNotFoundError when this
    process was not given the role's credential.
    """
    address = settings().database_url
    if address is None:
        raise RuntimeError("WANGGE_DATABASE_URL is not set; `wangge run` sets it for its children")
    password = (settings().keys / "roles" / role.value).read_text().strip()
    return make_url(address).set(username=role.value, password=password)


def engine(role: Role) -> AsyncEngine:
    """The SQLAlchemy engine of a role on the running loop."""
    engines = _engines.setdefault(asyncio.get_running_loop(), {})
    if role not in engines:
        engines[role] = create_async_engine(
            role_url(role),
            pool_size=settings().pool_size,
            max_overflow=0,
            pool_pre_ping=False,
            pool_recycle=1_800,
            connect_args={"timeout": 10},
        )
    return engines[role]


async def _keep(_connection: Any) -> None:
    """Nothing to reset: all context is transaction-local, so DISCARD would only cost a trip."""


async def pool(role: Role) -> Any:
    """The asyncpg pool of a role on the running loop, for statements that carry their context."""
    pools = _pools.setdefault(asyncio.get_running_loop(), {})
    if role not in pools:
        url = role_url(role)
        pools[role] = asyncpg.create_pool(
            host=url.query.get("host", url.host),
            port=int(str(url.query.get("port", url.port or 5432))),
            user=url.username,
            password=url.password,
            database=url.database,
            min_size=0,
            max_size=settings().pool_size,
            timeout=10,
            reset=_keep,
            statement_cache_size=1_000,
            max_cached_statement_lifetime=0,
        )
    return await pools[role]


async def dispose() -> None:
    """Close what the running loop opened."""
    loop = asyncio.get_running_loop()
    for opened in _engines.pop(loop, {}).values():
        await opened.dispose()
    for raw in _pools.pop(loop, {}).values():
        await raw.close()
