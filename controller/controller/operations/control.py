"""The leash of one running operation: whether it may go on, and where it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal

from controller.cluster.desired import Progress
from controller.model.models import Operation
from controller.operations.rows import append_event, update_owned
from controller.operations.sessions import session

Reason = Literal["", "superseded", "cancelled", "lost", "leaving"]
DOUBT = 0.7
"""The part of a lease after which silence of the database means that it may belong to somebody else soon."""


class Leash:
    """``Control`` as the executor keeps it; the pulse renews it, the operation asks it."""

    def __init__(
        self, operation: Operation, *, lease: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.operation = operation
        self._lease = lease
        self._clock = clock
        self._renewed = clock()
        self._superseded = operation.superseded_by is not None
        self._cancelled_by = operation.cancelled_by
        self._lost = False
        self._leaving = False

    @property
    def reason(self) -> Reason:
        """Why it must stop; empty while it may go on."""
        if self._lost or self._clock() - self._renewed > self._lease * DOUBT:
            return "lost"
        if self._superseded:
            return "superseded"
        if self._cancelled_by:
            return "cancelled"
        return "leaving" if self._leaving else ""

    def should_stop(self) -> bool:
        return self.reason != ""

    @property
    def cancelled_by(self) -> str:
        return self._cancelled_by

    def renew(self, *, superseded: bool, cancelled_by: str) -> None:
        self._renewed = self._clock()
        self._superseded = self._superseded or superseded
        self._cancelled_by = self._cancelled_by or cancelled_by

    def lose(self) -> None:
        self._lost = True

    def leave(self) -> None:
        """The process is about to end."""
        self._leaving = True

    @property
    def deadline(self) -> float:
        moment = self.operation.deadline_at
        return moment.timestamp() if moment else time.time()

    def set_deadline(self, deadline: float) -> None:
        self._write(deadline_at=datetime.fromtimestamp(deadline, UTC))

    def report(self, progress: Progress) -> None:
        values: dict[str, Any] = {"phase": progress.phase, "message": progress.message}
        if progress.cause:
            values["cause"] = progress.cause
        if progress.deadline is not None:
            values["deadline_at"] = datetime.fromtimestamp(progress.deadline, UTC)
        if progress.situation is not None:
            values["situation"] = asdict(progress.situation)
        if (progress.phase, progress.message) != (self.operation.phase, self.operation.message):
            self._write(**values, events=append_event(progress.phase, progress.message))
        else:
            self._write(**values)

    def _write(self, **values: Any) -> None:
        with session():
            if not update_owned(self.operation, **values):
                self.lose()
                return
        for name, value in values.items():
            if name != "events":  # the row knows them
                setattr(self.operation, name, value)
