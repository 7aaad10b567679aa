"""So many builds at a time; the others wait in the order in which they came, and are told their place."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from builder.operations import Cancellation
from builder.output import PusherOutput


class BuildQueue:
    """``limit`` builds at a time; 0 is no limit. ``idle_interval``: seconds between two signs of life."""

    def __init__(self, limit: int, *, idle_interval: float) -> None:
        self._limit, self._idle_interval = limit, idle_interval
        self._changed = threading.Condition()
        self._tickets: list[object] = []
        """Of all that build or wait, in the order in which they came."""

    @contextmanager
    def place(self, *, output: PusherOutput, cancellation: Cancellation) -> Iterator[None]:
        """Wait for a place, and keep it in this context.

        Raises:
            Cancelled: while it waited.
        """
        ticket = object()
        with self._changed:
            self._tickets.append(ticket)
        try:
            with cancellation.waking(self._wake), output.progress(self._idle_interval):
                self._wait(ticket, output, cancellation)
            yield
        finally:
            with self._changed:
                self._tickets.remove(ticket)
                self._changed.notify_all()

    def _wait(self, ticket: object, output: PusherOutput, cancellation: Cancellation) -> None:
        before = self._count_before(ticket)
        while before > 0:
            output.info(render_wait(before))
            before = self._wait_for_change(ticket, before, cancellation)

    def _wait_for_change(self, ticket: object, told: int, cancellation: Cancellation) -> int:
        with self._changed:
            self._changed.wait_for(lambda: cancellation.cancelled or self._count_before(ticket) != told)
            cancellation.check()
            return self._count_before(ticket)

    def _count_before(self, ticket: object) -> int:
        """How many builds have to end before this one begins."""
        if not self._limit:
            return 0
        with self._changed:
            return max(0, self._tickets.index(ticket) - self._limit + 1)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


def render_wait(before: int) -> str:
    others = "1 other build has" if before == 1 else f"{before} other builds have"
    return f"Waiting for a place to build: {others} to end first"
