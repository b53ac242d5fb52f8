"""`alembic check`, down–up, and the SQL linter, as `make check` runs them."""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.database.engine import dispose
from infra.database.migrate import check, rendered
from tests.harness.cluster import running_cluster


def main() -> int:
    """0 when the revisions give the models' schema, can be taken back, and lock nothing long."""

    async def examine() -> None:
        async with cluster.clone() as name:
            with cluster.environment(name):
                await check()
                await dispose()

    with running_cluster() as cluster:
        asyncio.run(examine())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "revisions.sql"
        path.write_text(rendered())
        linter = Path(sys.executable).parent / "squawk"
        command = [str(linter), "--config", "infra/squawk.toml", str(path)]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
