"""The one place that sleeps."""

import time
from collections.abc import Callable
from typing import TypeVar

from devcluster.errors import DeadlineExceeded

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
    """Return the first true result of ``check``.

    Raises:
        DeadlineExceeded: ``timeout`` seconds passed; the message names ``what``.
    """
    deadline = clock() + timeout
    while True:
        result = check()
        if result:
            return result
        if clock() >= deadline:
            raise DeadlineExceeded(f"Gave up after {timeout:.0f} s of waiting for {what}.")
        sleep(interval)
