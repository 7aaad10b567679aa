"""Waiting with a deadline: the one place that sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from kit.errors import Timeout

T = TypeVar("T")


def wait_for(
    check: Callable[[], T | None],
    *,
    what: str,
    timeout: float,
    interval: float = 0.1,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,  # noqa: TID251 -- here it lives
) -> T:
    """Return the first true value of ``check``, asked at once and then every ``interval`` seconds.

    It is asked once more at the deadline itself, however long one check takes.

    Raises:
        Timeout: nothing true after ``timeout`` seconds; ``what`` completes "waiting for".
    """
    deadline = clock() + timeout
    while True:
        now = clock()
        value = check()
        if value:
            return value
        if now >= deadline:
            raise Timeout(f"timed out after {timeout:g} s waiting for {what}")
        sleep(max(0.0, min(interval, deadline - clock())))
