"""All of it together, as one object a process: submit, wait, run."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import psycopg

from controller.errors import load_error
from controller.model.models import Operation, OperationState
from controller.operations import rows
from controller.operations.executor import Executor, OnEnd, list_ended
from controller.operations.kinds import Kinds
from controller.operations.notices import Notices, Pulse
from controller.operations.rows import Request
from controller.operations.sessions import release_connection
from controller.operations.undertaker import IsDead, Undertaker, never
from kit.errors import Timeout


def tell_nobody(_: Operation) -> None: ...


class Engine:
    """``start()`` once the process has forked."""

    def __init__(
        self,
        kinds: Kinds,
        *,
        owner: str,
        connect: Callable[[], psycopg.Connection],
        threads: int = 16,
        lease: float = 10.0,
        listen: bool = True,
        is_dead: IsDead = never,
        on_end: OnEnd = tell_nobody,
    ) -> None:
        self.kinds = kinds
        self.notices = Notices()
        undertaker = Undertaker(is_dead, lease=lease, notices=self.notices)
        self.executor = Executor(
            kinds,
            owner=owner,
            notices=self.notices,
            undertaker=undertaker,
            threads=threads,
            lease=lease,
            on_end=on_end,
        )
        self._pulse = Pulse(connect, self.notices, beat=self.executor.beat, listen=listen)

    def start(self) -> None:
        self._pulse.start()
        self.executor.start()

    def leave(self) -> None:
        self.executor.leave()

    def stop(self) -> None:
        self.executor.stop()
        self._pulse.stop()

    def submit(self, kind: str, request: Request) -> Operation:
        operation = rows.submit(self.kinds[kind], request)
        self.notices.work.set()
        return operation

    def cancel(self, operation: Operation, *, by: str) -> Operation:
        """Ask it to stop.

        Raises:
            Conflict: it is over, or can't be stopped any more.
        """
        kinds = {kind.name for kind in self.kinds.values() if kind.cancellable}
        return rows.cancel(operation.number, by=by, kinds=kinds)

    def wait(self, uuid: UUID, *, timeout: float) -> bool:
        """Return once it is over; False when it still goes on after so many seconds."""
        release_connection()
        return self.notices.wait(uuid, is_over=list_ended(uuid), timeout=timeout)

    def wait_for_end(self, uuid: UUID, *, timeout: float = 1190.0) -> Operation:
        """The operation once it has ended well.

        Raises:
            PlatformError: what it ended with.
            Timeout: it still goes on; ask again.
        """
        if not self.wait(uuid, timeout=timeout):
            raise Timeout("The operation still goes on")
        operation = Operation.objects.get(uuid=uuid)
        if operation.state != OperationState.SUCCEEDED:
            raise load_error(operation.error or {})
        return operation
