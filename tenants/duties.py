"""Duties: what the scheduler does again and again beside ringing for deliveries."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

log = logging.getLogger("wangge.duties")

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 30.0

Work = Callable[[], Awaitable[int]]


@dataclass(frozen=True)
class Duty:
    """Work that is looked for every `every_s` seconds; it returns how much it found.

    As long as it finds something it is called again at once, so it works in batches.
    """

    name: str
    every_s: float
    work: Work


DUTIES: dict[str, Duty] = {}


def duty(name: str, *, every_s: float) -> Callable[[Work], Work]:
    """Declare a duty of the scheduler; several schedulers may run it side by side."""

    def declare(work: Work) -> Work:
        known = DUTIES.get(name)
        if known is not None and known.work.__qualname__ != work.__qualname__:
            raise ValueError(f"duty {name} is declared twice")
        DUTIES[name] = Duty(name, every_s, work)
        return work

    return declare


async def run(stop: asyncio.Event) -> None:
    """Do all duties until `stop`; one that fails waits, ever longer, and never stops the others."""
    async with asyncio.TaskGroup() as group:
        for declared in DUTIES.values():
            group.create_task(_repeat(declared, stop), name=declared.name)


async def _repeat(declared: Duty, stop: asyncio.Event) -> None:
    failures = 0
    while not stop.is_set():
        try:
            found = await declared.work()
            failures = 0
            pause = 0.0 if found else declared.every_s
        except Exception as failure:
            # A database that is away shows itself in many ways; a fault of one duty is its own.
            failures += 1
            pause = min(_FIRST_PAUSE_S * 2**failures, _LONGEST_PAUSE_S)
            extra = {"duty": declared.name, "error": type(failure).__name__, "failures": failures}
            log.warning("duty waits", extra=extra, exc_info=failures == 1)
        await _pause(stop, pause)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
