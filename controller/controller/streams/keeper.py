"""Says of this process's clients that they are there, and removes what others no longer say it of.

One thread a process, for all of its clients.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection

from controller.operations.sessions import session

log = logging.getLogger(__name__)

INTERVAL = 5.0
SWEEP_EVERY = 3
"""Beats between two sweeps. A beat that failed puts the next sweep off: where the database was away for us, it was
for others, and they have to be heard first."""

Renew = Callable[[Collection[str]], set[str]]


class Keeper:
    """``start()`` once the process has forked."""

    def __init__(self, renew: Renew, sweep: Callable[[], None], *, interval: float = INTERVAL) -> None:
        self._renew = renew
        self._sweep = sweep
        self._interval = interval
        self._lock = threading.Lock()
        self._held: dict[str, Callable[[], object]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="run-keeper", daemon=True)
        self._good = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def hold(self, holder: str, on_lost: Callable[[], object]) -> None:
        """Renew it from now on. ``on_lost`` is called, in the keeper's thread, once it is somebody else's."""
        with self._lock:
            self._held[holder] = on_lost

    def drop(self, holder: str) -> None:
        with self._lock:
            self._held.pop(holder, None)

    def _run(self) -> None:
        while not self._stopped.wait(self._interval):
            try:
                with session():
                    self._beat()
                    self._good += 1
                    if self._good % SWEEP_EVERY == 0:
                        self._sweep()
            except Exception as error:  # noqa: BLE001 -- the outermost loop of a thread
                self._good = 0
                log.warning("interactive runs are not looked after at the moment: %s", error)

    def _beat(self) -> None:
        with self._lock:
            held = dict(self._held)
        for holder in self._renew(held.keys()) if held else ():
            self.drop(holder)
            held[holder]()
