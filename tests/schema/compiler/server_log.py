"""What the server says it executed; our own code is not asked."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from infra.database.engine import dispose
from tests.harness.cluster import Cluster

_EXECUTED = re.compile(r"\[(\d+)\] .*LOG:  (?:execute [^:]*|statement): (.*)")


class Statements(list[tuple[int, str]]):
    """(backend process, first line of the text) of every statement executed."""

    @property
    def backends(self) -> set[int]:
        return {backend for backend, _ in self}


@asynccontextmanager
async def executed(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> AsyncIterator[Statements]:
    """Collects the statements that sessions of this database begin within the block.

    Pools are opened anew, so that every session has the log switched on.
    """
    await admin.execute(f"ALTER DATABASE \"{database}\" SET log_statement = 'all'")
    await dispose()
    log = cluster.server.data_dir / "server.log"
    before = log.stat().st_size
    found = Statements()
    yield found
    await admin.execute(f'ALTER DATABASE "{database}" RESET log_statement')
    with log.open("rb") as file:
        file.seek(before)
        text = file.read().decode(errors="replace")
    found += [(int(pid), line) for pid, line in _EXECUTED.findall(text)]
