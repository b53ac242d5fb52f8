"""The only place that opens connections: one engine and one raw pool per role and event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Role, "Connections"]] = (
    WeakKeyDictionary()
)


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


class Connections:
    """At most `size` driver connections of a role; the one used last is used next.

    The driver's own pool starts a task for every release and resets what it takes back. Here all
    context is transaction-local, so nothing is reset, and a request costs no turn of the loop.
    """

    def __init__(self, role: Role, size: int) -> None:
        self._url = role_url(role)
        self._free: list[Any] = []
        self._turns = asyncio.Semaphore(size)
        self._is_closed = False

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        """A connection, opened when none is free; waits for its turn beyond `size`.

        It is kept only after clean use or an error of the server's own; after anything else
        (a broken protocol, an end of the request itself) it is closed. A read that was cancelled
        and told as a time-out comes back too: the driver ends it before it begins another.
        """
        async with self._turns:
            connection = self._next() or await self._open()
            is_clean = False
            try:
                yield connection
                is_clean = True
            except asyncpg.PostgresError:
                is_clean = True
                raise
            finally:
                if is_clean and not self._is_closed and not connection.is_in_transaction():
                    self._free.append(connection)
                else:
                    connection.terminate()

    def _next(self) -> Any:
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
        return None

    async def _open(self) -> Any:
        url = self._url
        return await asyncpg.connect(
            host=url.query.get("host", url.host),
            port=int(str(url.query.get("port", url.port or 5432))),
            user=url.username,
            password=url.password,
            database=url.database,
            timeout=10,
            statement_cache_size=1_000,
            max_cached_statement_lifetime=0,
            # A dashboard is longer than the driver's 15 KiB, beyond which it plans anew each time.
            max_cacheable_statement_size=0,
        )

    async def close(self) -> None:
        """Close what is free; what is in use is closed when it comes back."""
        self._is_closed = True
        while (connection := self._next()) is not None:
            await connection.close()


def pool(role: Role) -> Connections:
    """The driver connections of a role on the running loop, for statements with their context."""
    pools = _pools.setdefault(asyncio.get_running_loop(), {})
    if role not in pools:
        pools[role] = Connections(role, settings().pool_size)
    return pools[role]


async def dispose() -> None:
    """Close what the running loop opened."""
    loop = asyncio.get_running_loop()
    for opened in _engines.pop(loop, {}).values():
        await opened.dispose()
    for raw in _pools.pop(loop, {}).values():
        await raw.close()
