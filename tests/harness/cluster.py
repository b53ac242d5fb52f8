"""One embedded PostgreSQL per test process, and databases of its that tests copy."""

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import make_url

from infra.crypto import ensure_keys
from infra.database.engine import dispose
from infra.database.migrate import migrate
from infra.database.provision import ensure_database, ensure_roles
from infra.embedded.postgres import EmbeddedPostgres
from infra.settings import settings
from tenants.auth import tokens
from tenants.keys import forget_keys

TEMPLATE = "wangge_template"
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made there
MEMORY_BYTES = 2 << 30
"""Free there at least, or the server is on the disk: copying a database is ten times slower."""
_serial = itertools.count(1)


@dataclass(frozen=True)
class Furnished:
    """A database to copy, and what those who made it know of its rows."""

    name: str
    known: Any = None


class Cluster:
    """A running server with the roles, keys and a migrated template database."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self._durable = durable
        self.keys = folder / "keys"
        self._furnished: dict[str, Furnished] = {}
        self.server = EmbeddedPostgres(folder / "postgres")
        # Another version's binaries, to try the tests on it: /usr/lib/postgresql/16/bin.
        if binaries := os.environ.get("WANGGE_TEST_POSTGRES"):
            self.server.bin_dir = Path(binaries)

    def start(self) -> None:
        self.server.start()
        ensure_keys(self.keys)
        tokens.ensure_signing_key(self.keys)
        with self.environment(TEMPLATE):
            asyncio.run(self._make_template())

    async def _make_template(self) -> None:
        await ensure_roles(self.server.admin_url, self.keys)
        await ensure_database(self.server.admin_url, TEMPLATE)
        if not self._durable:
            async with self.admin(TEMPLATE) as connection:
                # Losing it costs nothing.
                await connection.execute("ALTER SYSTEM SET fsync = off")
                await connection.execute("ALTER SYSTEM SET synchronous_commit = off")
                await connection.execute("ALTER SYSTEM SET full_page_writes = off")
                await connection.execute("SELECT pg_reload_conf()")
        await migrate()
        async with self.admin(TEMPLATE) as connection:
            await connection.execute(
                "INSERT INTO clock_shift (id, shift, is_demo) VALUES (1, '0', true)"
                " ON CONFLICT DO NOTHING"
            )
        await dispose()

    def url(self, name: str) -> str:
        """The credential-less address of a database."""
        return self.server.url(name)

    @contextmanager
    def environment(self, name: str) -> Iterator[None]:
        """Point this process's settings at a database."""
        wanted = {
            "WANGGE_DATABASE_URL": self.url(name),
            "WANGGE_KEYS_DIR": str(self.keys),
            "WANGGE_DATA_DIR": str(self.folder),
            "WANGGE_DEMO": "1",
        }
        before = {key: os.environ.get(key) for key in wanted}
        os.environ.update(wanted)
        settings.cache_clear()
        forget_keys()
        try:
            yield
        finally:
            for key, value in before.items():
                if value is None:
                    os.environ.pop(key)
                else:
                    os.environ[key] = value
            settings.cache_clear()

    @asynccontextmanager
    async def admin(self, name: str) -> AsyncIterator[asyncpg.Connection]:
        """A superuser connection, for planting faults and looking from outside."""
        url = make_url(self.server.admin_url)
        connection = await asyncpg.connect(
            host=url.query["host"],
            port=int(str(url.query.get("port", 5432))),
            user=url.username,
            database=name,
        )
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def clone(self, template: str = TEMPLATE) -> AsyncIterator[str]:
        """A database of its own, copied from a template and dropped afterwards."""
        name = f"wangge_t{os.getpid()}_{next(_serial)}"
        async with self.admin("postgres") as connection:
            await copy(connection, template, name)
        try:
            yield name
        finally:
            async with self.admin("postgres") as connection:
                await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def furnished(
        self, kind: str, make: Callable[[str], Awaitable[Any]], of: str = TEMPLATE
    ) -> Furnished:
        """A copy of `of` that `make` filled, made when this process first asks for the kind.

        `make` takes the database's name. Nobody works in it afterwards: it is there to be copied.
        What `make` gives is shared by all who ask and must not be changed.
        """
        if kind not in self._furnished:
            name = f"wangge_{kind}_{os.getpid()}"
            async with self.admin("postgres") as connection:
                await copy(connection, of, name)
            with self.environment(name):
                try:
                    known = await make(name)
                finally:
                    # A database that somebody is connected to cannot be copied.
                    await dispose()
            self._furnished[kind] = Furnished(name, known)
        return self._furnished[kind]

    def stop(self) -> None:
        self.server.stop()


async def copy(connection: asyncpg.Connection, template: str, name: str) -> None:
    """Make a database like another one."""
    # Its files are copied, not its pages one by one through the log.
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')


def _place() -> str | None:
    """Where the server's folder is made: in memory if there is room."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES
    return str(MEMORY) if has_room else None


@contextmanager
def running_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A cluster in a folder of its own, removed at the end.

    A durable one is on the disk and waits for it at each commit, as a deployment does.
    """
    folder = Path(tempfile.mkdtemp(prefix="wg-", dir=None if durable else _place()))
    folder.chmod(0o755)
    cluster = Cluster(folder, durable=durable)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
