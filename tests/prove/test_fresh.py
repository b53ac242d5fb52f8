"""The two commands in a fresh clone: four kinds of places, killed and started again."""

import os
import pwd
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.prove.checkout import Checkout, fresh_clone

ME = pwd.getpwuid(os.getuid()).pw_name
STRANGER = "nobody" if os.getuid() == 0 else ME

PLACES = {
    "unprivileged": ("plain/wangge", STRANGER, False),
    "below-a-closed-folder": ("closed/wangge", ME, True),
    "space-and-chinese": ("有 空格 的目录/网格 一号", ME, False),
    "path-over-107-bytes": ("d" * 60 + "/" + "e" * 60, STRANGER, False),
}


@pytest.fixture(params=PLACES)
def clone(request: pytest.FixtureRequest) -> Iterator[Checkout]:
    """A clone in one of the places."""
    name, account, closed = PLACES[request.param]
    base = Path("/var/tmp") / f"wangge-prove-{os.getpid()}"  # noqa: S108 - removed again
    base.mkdir(mode=0o755, exist_ok=True)
    with fresh_clone(base / name, account, closed=closed) as checkout:
        yield checkout


@pytest.mark.prove
def test_run(clone: Checkout) -> None:
    """Cold start, an answer, kill -9, nothing left in 5 s, warm start, SIGTERM, nothing left."""
    cold = clone.start()
    answer = clone.ask()
    assert answer["totalCount"] > 0
    os.kill(clone.launcher(), signal.SIGKILL)
    assert clone.process is not None
    clone.process.wait(10)
    assert clone.gone(5) == []
    warm = clone.start()
    assert clone.ask() == answer
    clone.stop()
    assert clone.gone(5) == []
    print(f"\ncold {cold:.1f} s, warm {warm:.1f} s (the panel's own: {clone.told_seconds} s)")


@pytest.mark.prove
def test_test_while_run() -> None:
    """`make test` passes while `make run` runs in the same checkout."""
    base = Path("/var/tmp") / f"wangge-prove-{os.getpid()}"  # noqa: S108 - removed again
    base.mkdir(mode=0o755, exist_ok=True)
    with fresh_clone(base / "both/wangge", STRANGER) as checkout:
        checkout.start()
        printed = checkout.make("test", seconds=900)
        assert checkout.ask()["totalCount"] > 0
        print(printed.strip().splitlines()[-1])
