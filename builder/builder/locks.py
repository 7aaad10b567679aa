"""One operation at a time on each repository.

The lock lives in this process, which is right for one replica. ``Locks`` is all that the rest knows, so that a
Kubernetes Lease can take its place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from builder.errors import RepositoryBusy


class Lease(Protocol):
    """A held lock."""

    def release(self) -> None:
        """Give it back; safe to call twice, and after it has expired."""


class Locks(Protocol):
    def acquire(self, name: str, *, seconds: float, on_expiry: Callable[[], None]) -> Lease:
        """Take the lock of ``name`` at once or not at all; ``on_expiry`` is called when its time is up.

        Raises:
            RepositoryBusy: it is held.
        """


class ProcessLocks:
    """Locks of this process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held: dict[str, ProcessLease] = {}

    def acquire(self, name: str, *, seconds: float, on_expiry: Callable[[], None]) -> ProcessLease:
        with self._guard:
            if name in self._held:
                raise RepositoryBusy("Another git push is ongoing")
            lease = self._held[name] = ProcessLease(self, name, seconds=seconds, on_expiry=on_expiry)
        lease.start()
        return lease

    def drop(self, lease: ProcessLease) -> bool:
        """Forget a lease; return whether it was still held."""
        with self._guard:
            if self._held.get(lease.name) is not lease:
                return False
            del self._held[lease.name]
            return True


class ProcessLease:
    def __init__(
        self, locks: ProcessLocks, name: str, *, seconds: float, on_expiry: Callable[[], None]
    ) -> None:
        self.name = name
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
