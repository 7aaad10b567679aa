"""The engine in every controller process: takes rows, carries them out on threads of its own, writes the end.

Source: design, section 3.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, transaction

from controller.cluster.errors import ClusterUnreachable
from controller.errors import OperationBroken, Superseded
from controller.model.models import Operation, OperationState
from controller.operations import rows
from controller.operations.control import Leash
from controller.operations.errors import Cancelled
from controller.operations.kinds import Kind, Kinds, Result
from controller.operations.notices import Notices
from controller.operations.sessions import session
from controller.operations.undertaker import Undertaker
from kit.errors import PlatformError, Unavailable

log = logging.getLogger(__name__)

ATTEMPTS = 3
PAUSE = 2.0
"""Seconds before a failed attempt is repeated, times the attempts so far."""
LOOK = 2.0
"""How often to look for work although nobody said that there is some."""
LOOK_CLOSER = 0.5
"""How often while an owner is silent, whose work may become free at any moment."""

OnEnd = Callable[[Operation], None]
"""Called in the transaction that writes an operation's end; it only writes rows."""

TIDY = 6 * 3600.0
"""How often old rows are dropped, in seconds."""

RENEW = """
    UPDATE deis_operation SET lease_until = now() + make_interval(secs => %s)
    WHERE number IN (
      SELECT number FROM deis_operation WHERE state = 'running' AND owner = %s AND uuid = ANY(%s)
      FOR UPDATE SKIP LOCKED)
    RETURNING uuid, attempt, superseded_by IS NOT NULL, cancelled_by
"""
"""Rows locked at this moment are passed over: nothing may keep the pulse waiting."""
OURS = "SELECT uuid, attempt FROM deis_operation WHERE state = 'running' AND owner = %s AND uuid = ANY(%s)"


class Executor:
    """One a process. ``kinds`` says what each kind of operation does."""

    def __init__(
        self,
        kinds: Kinds,
        *,
        owner: str,
        notices: Notices,
        undertaker: Undertaker,
        threads: int,
        lease: float,
        on_end: OnEnd,
    ) -> None:
        self._kinds = kinds
        self._owner = owner
        self._notices = notices
        self._undertaker = undertaker
        self._lease = lease
        self._on_end = on_end
        self._free = threading.Semaphore(threads)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="operation")
        self._running: dict[UUID, Leash] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._tidied = -TIDY
        self._thread = threading.Thread(target=self._look_for_work, name="executor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        """Take nothing more, and hand over what is running to whoever comes next."""
        self._stopped.set()
        self._notices.work.set()
        for leash in self._leashes():
            leash.leave()

    def stop(self, *, timeout: float = 10.0) -> None:
        """Leave, and wait until every thread let go."""
        self.leave()
        self._thread.join(timeout)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def beat(self, connection: psycopg.Connection) -> None:
        """Renew what is ours; learn what is not ours any more, or must make way."""
        leashes = {leash.operation.uuid: leash for leash in self._leashes()}
        if not leashes:
            connection.execute("SELECT 1")
            return
        found = connection.execute(RENEW, [self._lease, self._owner, list(leashes)]).fetchall()
        for uuid, attempt, superseded, cancelled_by in found:
            leash = leashes.pop(uuid)
            if attempt == leash.operation.attempt:
                leash.renew(superseded=superseded, cancelled_by=cancelled_by)
            else:
                leash.lose()
        self._look_after(connection, leashes)

    def _look_after(self, connection: psycopg.Connection, leashes: dict[UUID, Leash]) -> None:
        """Of those that were not renewed, drop what is somebody else's; the others are only locked."""
        if not leashes:
            return
        ours: dict[UUID, int] = dict(connection.execute(OURS, [self._owner, list(leashes)]).fetchall())
        for uuid, leash in leashes.items():
            if ours.get(uuid) != leash.operation.attempt:
                leash.lose()

    def _leashes(self) -> list[Leash]:
        with self._lock:
            return list(self._running.values())

    # taking

    def _look_for_work(self) -> None:
        pause = LOOK
        while not self._stopped.is_set():
            self._notices.work.wait(pause)
            self._notices.work.clear()
            try:
                with session():
                    self._take_all()
                    pause = LOOK_CLOSER if self._undertaker.look() else LOOK
            except DatabaseError as error:
                log.warning("looking for operations: %s", error)
                self._stopped.wait(LOOK)
            except Exception:
                log.exception("looking for operations")
                self._stopped.wait(LOOK)

    def _take_all(self) -> None:
        self._refuse_overdue()
        if time.monotonic() - self._tidied > TIDY:
            self._tidied = time.monotonic()
            rows.forget_old()
        while not self._stopped.is_set() and self._free.acquire(timeout=LOOK):
            operation = None
            try:
                operation = rows.take(self._owner, lease=self._lease)
            finally:
                if operation is None:
                    self._free.release()
            if operation is None:
                return
            self._begin(operation)

    def _begin(self, operation: Operation) -> None:
        leash = Leash(operation, lease=self._lease)
        with self._lock:
            self._running[operation.uuid] = leash
        self._pool.submit(self._run, leash)

    def _refuse_overdue(self) -> None:
        with transaction.atomic():
            for row in rows.list_overdue():
                kind = self._kinds.get(row.kind)
                error = kind.give_up(row) if kind else Unavailable("Nobody knows how to do this")
                self._end(row, state=OperationState.FAILED, error=error)

    # running

    def _run(self, leash: Leash) -> None:
        operation = leash.operation
        try:
            self._carry_out(leash)
        except DatabaseError as error:  # the lease runs out, and somebody goes on
            log.warning("operation %s of %s: %s", operation.uuid, operation.app_id, error)
        except Exception:
            log.exception("operation %s of %s", operation.uuid, operation.app_id)
        finally:
            with self._lock:
                self._running.pop(operation.uuid, None)
            self._free.release()
            self._notices.work.set()

    def _carry_out(self, leash: Leash) -> None:
        operation = leash.operation
        kind = self._kinds.get(operation.kind)
        if kind is None:
            self._finish(leash, error=Unavailable(f"Nobody knows how to do {operation.kind!r}"))
        elif leash.reason in ("superseded", "cancelled"):
            self._stop(kind, leash)
        elif operation.attempt > ATTEMPTS:
            self._finish(leash, kind=kind, error=Unavailable("It was tried three times without an end"))
        else:
            self._attempt(kind, leash)

    def _attempt(self, kind: Kind, leash: Leash) -> None:
        try:
            if leash.operation.started is None and self._claim(kind, leash):
                return
            result = kind.execute(leash.operation, leash)
        except ClusterUnreachable as error:
            self._retry(kind, leash, error=error)
        except DatabaseError as error:
            self._retry(kind, leash, error=Unavailable(str(error)))
        except PlatformError as error:
            if leash.should_stop():
                self._stop(kind, leash)
            else:
                self._finish(leash, kind=kind, error=error)
        except Exception:
            log.exception("operation %s of %s", leash.operation.uuid, leash.operation.app_id)
            self._retry(kind, leash, error=OperationBroken("Server Error"))
        else:
            self._finish(leash, kind=kind, result=result)

    def _claim(self, kind: Kind, leash: Leash) -> bool:
        """Write the desired state; True when that was all, or the row is not ours any more."""
        operation = leash.operation
        with session():
            facts = kind.prepare(operation)
        with session(), transaction.atomic():
            row = rows.lock_owned(operation)
            if row is None:
                leash.lose()
                return True
            result = kind.claim(row, facts)
            row.started = datetime.now(UTC)
            row.save()
            if result is not None:
                self._end(row, state=OperationState.SUCCEEDED, result=result)
                return True
        leash.operation = row
        return False

    def _retry(self, kind: Kind, leash: Leash, *, error: PlatformError) -> None:
        if leash.should_stop():
            self._stop(kind, leash)
        elif leash.operation.attempt >= ATTEMPTS:
            self._finish(leash, kind=kind, error=error)
        else:
            with session():
                rows.hand_over(leash.operation, seconds=PAUSE * leash.operation.attempt, counts=True)

    def _stop(self, kind: Kind, leash: Leash) -> None:
        operation = leash.operation
        if leash.reason == "lost":
            log.warning("operation %s of %s is somebody else's now", operation.uuid, operation.app_id)
        elif leash.reason == "leaving":
            with session():
                rows.hand_over(operation)
        elif leash.reason == "cancelled":
            cancelled = Cancelled(leash.cancelled_by)
            self._finish(leash, kind=kind, error=cancelled, state=OperationState.CANCELLED)
        else:
            error = Superseded("A newer operation took its place")
            self._finish(leash, kind=kind, error=error, state=OperationState.SUPERSEDED)

    def _end(self, row: Operation, **values: Any) -> None:
        """Write the end, and tell of it in the same transaction."""
        rows.end(row, **values)
        self._on_end(row)

    def _finish(
        self,
        leash: Leash,
        *,
        kind: Kind | None = None,
        result: Result | None = None,
        error: PlatformError | None = None,
        state: OperationState = OperationState.FAILED,
    ) -> None:
        """Write the end; a kind that can't say how it ends does not keep the row running for ever."""
        try:
            self._write_end(leash, kind=kind, result=result, error=error, state=state)
        except (OperationalError, InterfaceError):  # the database is away: somebody goes on later
            raise
        except Exception:
            log.exception("the end of operation %s of %s", leash.operation.uuid, leash.operation.app_id)
            self._write_end(
                leash, kind=None, result=None, error=error or OperationBroken("Server Error"), state=state
            )

    def _write_end(
        self,
        leash: Leash,
        *,
        kind: Kind | None,
        result: Result | None,
        error: PlatformError | None,
        state: OperationState,
    ) -> None:
        """Write the end, unless somebody else owns the row."""
        with session(), transaction.atomic():
            row = rows.lock_owned(leash.operation)
            if row is None:
                return
            if error is not None:
                wrote = kind is not None and row.started is not None
                self._end(row, state=state, error=kind.fail(row, error) if kind and wrote else error)
            else:
                result = kind.succeed(row, result or {}) if kind else result
                self._end(row, state=OperationState.SUCCEEDED, result=result)


def list_ended(uuid: UUID) -> Callable[[], bool]:
    """Ask the table whether an operation has ended, holding no connection in between.

    A database that does not answer has not said so: the operation itself outlives that, and so does who waits for it.
    """

    def is_over() -> bool:
        try:
            with session():
                return Operation.objects.filter(uuid=uuid, state__in=rows.ENDED).exists()
        except (OperationalError, InterfaceError) as error:
            log.warning("waiting for operation %s: %s", uuid, str(error).strip())
            return False

    return is_over
