"""What a task costs, told without seconds: machines differ, and one machine from hour to hour."""

import time
from collections.abc import Callable

TRIES = 5
_STEPS = 20_000


def cpu_s(task: Callable[[], object], tries: int = TRIES) -> float:
    """Seconds that this process worked for a task, on whichever thread, in its best try.

    Not counted so: a try whose core's caches another process had, garbage that others left.
    """
    return min(_once(task) for _ in range(tries))


def effort(task: Callable[[], object]) -> float:
    """What a task costs in yardsticks: twenty thousand additions in pure Python, a millisecond.

    The yardstick is measured anew beside each task.
    """
    return cpu_s(task) / cpu_s(_yardstick)


def _once(task: Callable[[], object]) -> float:
    began = time.process_time()
    task()
    return time.process_time() - began


def _yardstick() -> int:
    total = 0
    for step in range(_STEPS):
        total += step
    return total
