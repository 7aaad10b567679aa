"""The one place that waits: until something is so, or its time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0


class TimeIsUp(Exception):
    """It was not so by then."""


def wait_for(
    check: Callable[[], T | None],
    *,
    seconds: float | None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,  # noqa: TID251 -- here it lives
) -> T:
    """What ``check`` returns once that is not None. It is asked at longer and longer intervals.

    Raises:
        TimeIsUp: after ``seconds``; None is no limit.
    """
    ends = None if seconds is None else clock() + seconds
    pause = FIRST_PAUSE
    while True:
        found = check()
        if found is not None:
            return found
        left = pause if ends is None else ends - clock()
        if left <= 0:
            raise TimeIsUp
        sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)
