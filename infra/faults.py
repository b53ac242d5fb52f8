"""Named points at which a test may kill the process; inert outside demo and test deployments."""

import os
import signal
from pathlib import Path

from infra.settings import settings

VARIABLE = "WANGGE_FAULT"
"""`point@file`: kill -9 this process when it first reaches the point (the file marks it done)."""


def point(name: str) -> None:
    """A place where a crash must lose and repeat nothing."""
    wanted = os.environ.get(VARIABLE)
    if not wanted or not settings().demo:
        return
    where, _, marker = wanted.partition("@")
    if where != name:
        return
    try:
        Path(marker).touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
