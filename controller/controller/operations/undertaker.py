"""An owner that is known to be dead loses its leases at once; any other keeps them until they run out.

A lease has to be long enough for a living process that is slow. When the process was killed and its pod is gone,
there is nothing to be patient about. It is asked only about owners who have let some beats go by, so nobody who
still reaches the database is ever asked about.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import Error as DatabaseError

from controller.operations import rows
from controller.operations.notices import Notices
from controller.operations.sessions import session

log = logging.getLogger(__name__)

IsDead = Callable[[str], bool]
"""Whether no process of this owner runs any more; False when that is not certain. It may take its time."""


def never(_: str) -> bool:
    return False


class Undertaker:
    """One a process."""

    def __init__(self, is_dead: IsDead, *, lease: float, notices: Notices) -> None:
        self._is_dead = is_dead
        self._lease = lease
        self._notices = notices
        self._lock = threading.Lock()
        self._asking: set[str] = set()

    def look(self) -> bool:
        """Whether somebody is silent. Each is asked about on a thread of its own: nobody waits for the answer."""
        silent = set(rows.list_silent(lease=self._lease))
        with self._lock:
            new = silent - self._asking
            self._asking |= new
        for owner in new:
            threading.Thread(target=self._ask, args=(owner,), name="undertaker", daemon=True).start()
        return bool(silent)

    def _ask(self, owner: str) -> None:
        try:
            if self._is_dead(owner):
                self._bury(owner)
        except DatabaseError as error:  # its leases run out by themselves
            log.warning("operations of %s: %s", owner, error)
        finally:
            with self._lock:
                self._asking.discard(owner)

    def _bury(self, owner: str) -> None:
        with session():
            released = rows.release_silent(owner, lease=self._lease)
        if released:
            log.info("%s is gone; somebody else goes on with what it was at", owner)
        self._notices.work.set()
