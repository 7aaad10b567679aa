"""One operation at a time on each repository.

The lock lives in this process, which is right for one replica. ``Locks`` is all that the rest knows, so that a
Kubernetes Lease can take its place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from builder.errors import RepositoryBusy

BRIEFLY = 60.0
"""Seconds for which a holder that is about to give it back is waited for."""


class Lease(Protocol):
    """A held lock."""

    def release(self) -> None:
        """Give it back; safe to call twice, and after it has expired."""


class Locks(Protocol):
    def acquire(
        self, name: str, *, seconds: float, on_expiry: Callable[[], None], brief: bool = False
    ) -> Lease:
        """Take the lock of ``name``; ``on_expiry`` is called when its time is up.

        A holder who said that it takes it only briefly is waited for, any other one is not.

        Raises:
            RepositoryBusy: it is held.
        """


class ProcessLocks:
    """Locks of this process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: dict[str, ProcessLease] = {}

    def acquire(
        self, name: str, *, seconds: float, on_expiry: Callable[[], None], brief: bool = False
    ) -> ProcessLease:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_held_briefly(name), BRIEFLY)
            if name in self._held:
                raise RepositoryBusy("Another git push is ongoing")
            lease = ProcessLease(self, name, seconds=seconds, on_expiry=on_expiry, brief=brief)
            self._held[name] = lease
        lease.start()
        return lease

    def _is_held_briefly(self, name: str) -> bool:
        lease = self._held.get(name)
        return lease is not None and lease.brief

    def drop(self, lease: ProcessLease) -> bool:
        """Forget a lease; return whether it was still held."""
        with self._changed:
            if self._held.get(lease.name) is not lease:
                return False
            del self._held[lease.name]
            self._changed.notify_all()
            return True


class ProcessLease:
    def __init__(
        self,
        locks: ProcessLocks,
        name: str,
        *,
        seconds: float,
        on_expiry: Callable[[], None],
        brief: bool,
    ) -> None:
        self.name = name
        self.brief = brief
        self._locks = locks
        self._on_expiry = on_expiry
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def start(self) -> None:
        self._timer.start()

    def release(self) -> None:
        self._timer.cancel()
        self._locks.drop(self)

    def _expire(self) -> None:
        if self._locks.drop(self):
            self._on_expiry()
