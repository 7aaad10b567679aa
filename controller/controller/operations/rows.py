"""The operation table's rules: who may take which row, and the words other processes are told.

Every statement that moves a row on is a transaction of its own. Times are the database's, so clocks of
controllers need not agree.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from controller.errors import dump_error
from controller.model.models import Operation, OperationState
from controller.operations.channel import CHANNEL
from controller.operations.errors import Cancelled
from controller.operations.kinds import URGENT, Label
from kit.errors import Conflict, PlatformError, Unavailable

KEPT_DAYS = 30
SILENCE = 3.0
"""Seconds without a beat after which an owner may be asked about; a beat comes every second."""
KEPT_EVENTS = 50
"""The first ones stay, and the newest."""
MESSAGE_LIMIT = 2000
ENDED = (
    OperationState.SUCCEEDED,
    OperationState.FAILED,
    OperationState.SUPERSEDED,
    OperationState.CANCELLED,
)
WORDS: Mapping[str, str] = {
    OperationState.SUCCEEDED: "has succeeded",
    OperationState.FAILED: "has failed",
    OperationState.SUPERSEDED: "made way for a newer one",
    OperationState.CANCELLED: "was cancelled",
}
Events = list[dict[str, str]]

PICK = """
    SELECT o.number FROM deis_operation o
    WHERE o.state = 'queued'
      AND NOT EXISTS (
        SELECT 1 FROM deis_operation r WHERE r.app_id = o.app_id AND r.state = 'running')
      AND NOT EXISTS (
        SELECT 1 FROM deis_operation e
        WHERE e.app_id = o.app_id AND e.state = 'queued' AND (e.priority, e.number) < (o.priority, o.number))
    ORDER BY o.priority, o.number LIMIT 1
    FOR UPDATE OF o SKIP LOCKED
"""
ABANDONED = """
    SELECT number FROM deis_operation
    WHERE state = 'running' AND lease_until < now()
    ORDER BY priority, number LIMIT 1
    FOR UPDATE SKIP LOCKED
"""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What somebody wants done to an app."""

    app_id: str
    app_uuid: UUID | None
    requested_by: str
    input: Mapping[str, Any] = field(default_factory=dict)
    idempotency_key: str | None = None
    wait_seconds: float | None = None
    """How long it may wait for its turn; None: as long as it takes."""
    origin: Mapping[str, str] | None = None
    """Where the request came from, for whoever is told of the end; None: from the platform itself."""


def notify(event: str, uuid: UUID | str = "") -> None:
    """Tell every controller, once the transaction is through."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{event} {uuid}"])


def submit(kind: Label, request: Request) -> Operation:
    """Store the operation, or find the one that this idempotency key already names.

    Raises:
        Conflict: the key was used for something else.
    """
    known = find_known(kind, request)
    if known:
        return known
    try:
        with transaction.atomic():
            operation = Operation.objects.create(
                kind=kind.name,
                app_id=request.app_id,
                app_uuid=request.app_uuid,
                requested_by=request.requested_by,
                input=dict(request.input),
                idempotency_key=request.idempotency_key,
                priority=URGENT if kind.supersedes else kind.priority,
                wait_until=_after(request.wait_seconds),
                origin=request.origin and dict(request.origin),
            )
            supersede(operation, kinds=kind.supersedes)
            notify("queued")
            return operation
    except IntegrityError:
        known = find_known(kind, request)
        if known is None:
            raise
        return known


def find_known(kind: Label, request: Request) -> Operation | None:
    if request.idempotency_key is None:
        return None
    named = {"requested_by": request.requested_by, "idempotency_key": request.idempotency_key}
    forget_futile(**named)
    known = Operation.objects.filter(**named).first()
    if known and (known.kind, known.app_id) != (kind.name, request.app_id):
        raise Conflict("This idempotency key was used for another request")
    return known


def forget_futile(**named: Any) -> None:
    """Take the key from an operation that never began, as something was away: the same request may try again."""
    futile = Operation.objects.filter(**named, state=OperationState.FAILED, started=None)
    futile.filter(error__kind=Unavailable.__name__).update(idempotency_key=None)


def supersede(operation: Operation, *, kinds: Iterable[str]) -> None:
    """Ask the app's running operation, if it is of such a kind, to make way."""
    running = Operation.objects.filter(
        app_id=operation.app_id, state=OperationState.RUNNING, kind__in=list(kinds), superseded_by=None
    )
    for uuid in list(running.values_list("uuid", flat=True)):
        if running.filter(uuid=uuid).update(superseded_by=operation.uuid):
            notify("superseded", uuid)


def cancel(number: int, *, by: str, kinds: Collection[str]) -> Operation:
    """Ask an operation to stop, or end it if its turn has not come. ``kinds``: what may be stopped on its way.

    Raises:
        Conflict: it is over, or can't be stopped any more.
    """
    with transaction.atomic():
        row = Operation.objects.select_for_update().get(number=number)
        if row.state in ENDED:
            raise Conflict(f"The operation is over: it {WORDS[row.state]}")
        if row.state == OperationState.QUEUED:
            row.cancelled_by = by
            end(row, state=OperationState.CANCELLED, error=Cancelled(by))
        elif row.kind not in kinds:
            raise Conflict(
                f"The operation can't be cancelled: a {row.kind} goes on to its end once it has begun"
            )
        elif not row.cancelled_by:
            row.cancelled_by, row.updated = by, datetime.now(UTC)
            row.events = add_event(row.events, "cancelling", f"{by} asked for it to stop")
            row.save(update_fields=["cancelled_by", "events", "updated"])
            notify("cancelled", row.uuid)
    return row


ADDED = f"""
    CASE WHEN jsonb_array_length(events) >= {KEPT_EVENTS} THEN (events - {KEPT_EVENTS // 2}) || %s::jsonb
    ELSE events || %s::jsonb END
"""


def append_event(phase: str, message: str) -> RawSQL:
    """For an update: the row's events with one more, whoever else has added some meanwhile."""
    event = json.dumps(add_event([], phase, message))
    return RawSQL(ADDED, [event, event])


def add_event(events: Sequence[Mapping[str, str]], phase: str, message: str) -> Events:
    """The events with one more at their end."""
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    added = [*map(dict, events), {"time": moment, "phase": phase, "message": message[:MESSAGE_LIMIT]}]
    if len(added) > KEPT_EVENTS:
        del added[KEPT_EVENTS // 2]
    return added


def take(owner: str, *, lease: float) -> Operation | None:
    """Make the next row ours: one whose owner is gone first, else the next whose turn it is."""
    return _take_abandoned(owner, lease=lease) or _take_queued(owner, lease=lease)


def _take_abandoned(owner: str, *, lease: float) -> Operation | None:
    with transaction.atomic():
        number = _pick(ABANDONED)
        if number is None:
            return None
        _give_time_back(number)
        return _own(number, owner, lease=lease)


def _take_queued(owner: str, *, lease: float) -> Operation | None:
    try:
        with transaction.atomic():
            number = _pick(PICK)
            return _own(number, owner, lease=lease) if number else None
    except IntegrityError:  # another row of the app got the slot at the same moment
        return None


def list_silent(*, lease: float) -> list[str]:
    """Owners who have missed beats, and whose lease has not run out yet."""
    return list(_select_silent(lease).values_list("owner", flat=True).distinct())


def release_silent(owner: str, *, lease: float) -> int:
    """Abandon what a silent owner has, unless it was heard of in the meantime; how many rows that were."""
    return _select_silent(lease).filter(owner=owner).update(lease_until=Now())


def _select_silent(lease: float) -> QuerySet[Operation]:
    running = Operation.objects.filter(state=OperationState.RUNNING).exclude(owner="")
    return running.filter(lease_until__gt=Now(), lease_until__lt=_after(lease - SILENCE))


def _give_time_back(number: int) -> None:
    """The time in which nobody worked at it does not count."""
    idle = Now() - F("lease_until")
    Operation.objects.filter(number=number).update(deadline_at=F("deadline_at") + idle)


def _pick(statement: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return row[0] if row else None


def _own(number: int, owner: str, *, lease: float) -> Operation:
    Operation.objects.filter(number=number).update(
        state=OperationState.RUNNING,
        owner=owner,
        attempt=F("attempt") + 1,
        lease_until=_after(lease),
        updated=Now(),
    )
    return Operation.objects.get(number=number)


def lock_owned(operation: Operation) -> Operation | None:
    """The row, locked, if owner and attempt still match; None when somebody else goes on with it."""
    return (
        Operation.objects.select_for_update()
        .filter(
            number=operation.number,
            state=OperationState.RUNNING,
            owner=operation.owner,
            attempt=operation.attempt,
        )
        .first()
    )


def update_owned(operation: Operation, **values: Any) -> bool:
    """Write to the row if it still is ours."""
    return bool(
        Operation.objects.filter(
            number=operation.number,
            state=OperationState.RUNNING,
            owner=operation.owner,
            attempt=operation.attempt,
        ).update(updated=Now(), **values)
    )


def end(
    row: Operation, *, state: OperationState, result: Any = None, error: PlatformError | None = None
) -> None:
    """Write the end; the caller holds the row's lock."""
    row.state = state
    row.result = dict(result) if result is not None else None
    row.error = dump_error(error) if error is not None else None
    row.phase = ""
    row.events = add_event(row.events, state, str(error) if error is not None else "")
    row.save()
    Operation.objects.filter(number=row.number).update(finished=Now(), updated=Now(), lease_until=None)
    notify("ended", row.uuid)


def hand_over(operation: Operation, *, seconds: float = 0.0, counts: bool = False) -> None:
    """Leave a running row to whoever takes it next, after so many seconds."""
    with transaction.atomic():
        update_owned(
            operation,
            owner="",
            lease_until=_after(seconds),
            attempt=operation.attempt if counts else operation.attempt - 1,
        )
        notify("queued")


def forget_old() -> None:
    """Ended operations are kept for a month: whoever asks for one later was not in a hurry."""
    old = Now() - timedelta(days=KEPT_DAYS)
    Operation.objects.filter(state__in=ENDED, finished__lt=old).delete()


def list_overdue() -> list[Operation]:
    """Rows whose turn did not come in time, locked."""
    overdue = Operation.objects.filter(state=OperationState.QUEUED, wait_until__lt=Now())
    return list(overdue.select_for_update(skip_locked=True)[:20])


def _after(seconds: float | None) -> Any:
    return None if seconds is None else Now() + timedelta(seconds=seconds)
