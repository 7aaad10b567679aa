"""What is going on: one operation for each git command of a client."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from builder.apps import App
from builder.errors import Cancelled
from builder.gitcommands import Verb
from kit.names import AppName


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whom a key belongs to, and what it may use, as the controller told at one moment."""

    user: str
    fingerprint: str
    apps: frozenset[App]

    def find_app(self, name: AppName) -> App | None:
        """Return the app of exactly this name, if it may be used."""
        return next((app for app in self.apps if app.name == name), None)


FindIdentity = Callable[[str], Identity]
"""Asks whose a fingerprint is; raises ``ReceiveError`` if nobody's, ``ControllerUnreachable`` if nobody can tell."""


class Cancellation:
    """Ends an operation from outside: whoever waits registers what wakes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reason: str | None = None
        self._callbacks: list[Callable[[], None]] = []

    def cancel(self, reason: str) -> None:
        """Remember the first reason and wake everybody. Safe to call twice."""
        with self._lock:
            if self._reason is not None:
                return
            self._reason = reason
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()

    def check(self) -> None:
        """Raise ``Cancelled`` if it was."""
        if self._reason is not None:
            raise Cancelled(self._reason)

    @property
    def cancelled(self) -> bool:
        return self._reason is not None

    @contextmanager
    def waking(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call ``callback`` when it is cancelled within this context, at once if it is already."""
        with self._lock:
            self._callbacks.append(callback)
            late = self._reason is not None
        if late:
            callback()
        try:
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)


@dataclass(frozen=True, kw_only=True)
class Operation:
    identity: Identity
    app: App
    verb: Verb
    connection: str
    """``<remote host> <remote port> <local host> <local port>``."""
    deadline: float
    """On the monotonic clock: when the repository's lock expires."""
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    """By which the hook says whose it is; known to git's processes of this operation only."""
    cancellation: Cancellation = field(default_factory=Cancellation)
    accepted: threading.Event = field(default_factory=threading.Event)
    """Set when every ref of a push was built and released, so that git will now move them."""

    def seconds_left(self, clock: Callable[[], float] = time.monotonic) -> float:
        return max(0.0, self.deadline - clock())


class Operations:
    """All operations at this moment, by token."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._running: dict[str, Operation] = {}

    @contextmanager
    def running(self, operation: Operation) -> Iterator[None]:
        with self._condition:
            self._running[operation.token] = operation
        try:
            yield
        finally:
            with self._condition:
                del self._running[operation.token]
                self._condition.notify_all()

    def find(self, token: str) -> Operation | None:
        with self._condition:
            return self._running.get(token)

    def wait_idle(self, timeout: float) -> bool:
        """Return whether nothing runs any more, waiting for it."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._running, timeout)

    def cancel_all(self, reason: str) -> None:
        with self._condition:
            operations = list(self._running.values())
        for operation in operations:
            operation.cancellation.cancel(reason)
