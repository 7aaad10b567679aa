"""The loop around the rounds: a change, a tenth of a second for others to join it, one round."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from kit.errors import PlatformError
from router.errors import NginxEnded

log = logging.getLogger(__name__)

DEBOUNCE = 0.1
FIRST_RETRY = 1.0
LONGEST_RETRY = 30.0

Round = Callable[[], float | None]
"""Does one round; returns the seconds after which another is due without any change, or None."""


class Loop:
    def __init__(self, do_round: Round, *, debounce: float = DEBOUNCE) -> None:
        self._round = do_round
        self._debounce = debounce
        self._changed = threading.Event()
        self._stopping = threading.Event()

    def notify(self) -> None:
        """Say that something has changed. From any thread."""
        self._changed.set()

    def stop(self) -> None:
        """End the loop after the present round. From any thread, and from a signal handler."""
        self._stopping.set()
        self._changed.set()

    def run(self) -> None:
        """Return after ``stop``.

        Raises:
            NginxEnded: there is nothing left to keep up to date.
        """
        due: float | None = None
        failures = 0
        while True:
            self._changed.wait(due)
            if self._stopping.wait(self._debounce):
                return
            self._changed.clear()
            try:
                due = self._round()
                failures = 0
            except NginxEnded:
                raise
            except PlatformError as error:
                failures += 1
                due = min(FIRST_RETRY * 2 ** (failures - 1), LONGEST_RETRY)
                log.error("nothing was changed, trying again in %g s: %s", due, error)
