"""Operations as users see them, and how they stop one."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from controller.errors import NoMatch
from controller.model.models import App, Operation, User
from controller.operations.engine import Engine
from controller.operations.rows import forget_futile
from controller.services import deploys
from controller.services.access import require_use


def list_operations(app: App) -> QuerySet[Operation]:
    """The app's operations, newest first; not those of an app that had its name before."""
    ours = Q(app_uuid=str(app.uuid)) | Q(app_uuid=None)
    return Operation.objects.filter(ours, app_id=app.id).order_by("-number")


def get_operation(app_id: str, uuid: str, *, user: User) -> Operation:
    """An operation of an app that the user may use. Of an app that is not made yet, or destroyed, by whoever asked.

    Raises:
        NoMatch: there is no such app, or it has no such operation.
        Forbidden: the user may not use the app.
    """
    app = App.objects.filter(id=app_id).first()
    wanted = parse_uuid(uuid)
    found = Operation.objects.filter(app_id=app_id, uuid=wanted).first() if wanted else None
    if found and (app is None or found.app_uuid not in (None, app.uuid)):
        if user.is_superuser or is_asked_by(user, found):
            return found
        found = None
    if app is None:
        raise NoMatch("App")
    require_use(user, app)
    if found is None:
        raise NoMatch("Operation")
    return found


def is_asked_by(user: User, operation: Operation) -> bool:
    """The user asked for it, and not somebody who had that name before."""
    return operation.requested_by == user.username and operation.created >= user.date_joined


def parse_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def find_operation(kind: str, *, key: str | None, by: User) -> Operation | None:
    """What this user's idempotency key already names."""
    if key is None:
        return None
    forget_futile(requested_by=by.username, idempotency_key=key)
    return Operation.objects.filter(kind=kind, requested_by=by.username, idempotency_key=key).first()


def cancel(operation: Operation, *, by: User, engine: Engine) -> Operation:
    """Ask an operation to stop. If others made way for one that never began, what they left is made good.

    Raises:
        Conflict: it is over, or can't be stopped any more.
    """
    asked = engine.cancel(operation, by=by.username)
    if asked.started is None and Operation.objects.filter(superseded_by=asked.uuid).exists():
        deploys.request_republication(asked.app_id, asked.app_uuid)
    return asked
