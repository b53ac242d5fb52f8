"""Named points where a test may hold a process, so that something can be killed just then."""

import asyncio
import os
from functools import cache
from pathlib import Path

from infra.settings import settings

FAULT_DIR = "WANGGE_FAULT_DIR"
"""Environment variable: the folder in which points are armed; unset in every deployment."""

_LOOK_S = 0.01


async def point(name: str) -> None:
    """Hold here while the point is armed; in a deployment this is one look at a constant.

    A file `<name>.armed` holds the first process that arrives: it renames the file to
    `<name>.held-<pid>` and goes on when that file is gone. Only demo and test deployments listen.
    """
    folder = _folder()
    if folder is None:
        return
    held = folder / f"{name}.held-{os.getpid()}"
    try:
        (folder / f"{name}.armed").rename(held)
    except FileNotFoundError:
        return
    # The other side is a test in another process; a file is what both can see.
    while held.exists():  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_S)


@cache
def _folder() -> Path | None:
    named = os.environ.get(FAULT_DIR)
    return Path(named) if named and settings().demo else None
