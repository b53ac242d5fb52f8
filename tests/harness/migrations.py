"""`alembic check` and down–up on a server of its own, as `make check` runs it."""

import asyncio
import sys

from infra.database.engine import dispose
from infra.database.migrate import check
from tests.harness.cluster import running_cluster


def main() -> int:
    """0 when the revisions give the models' schema and can be taken back."""

    async def examine() -> None:
        async with cluster.clone() as name:
            with cluster.environment(name):
                await check()
                await dispose()

    with running_cluster() as cluster:
        asyncio.run(examine())
    return 0


if __name__ == "__main__":
    sys.exit(main())
