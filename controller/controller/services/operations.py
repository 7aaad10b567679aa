"""Operations as users see them."""

from __future__ import annotations

from uuid import UUID

from controller.errors import NoMatch
from controller.model.models import App, Operation, User


def get_operation(app: App, uuid: UUID) -> Operation:
    operation = Operation.objects.filter(app_id=app.id, uuid=uuid).first()
    if operation is None:
        raise NoMatch("Operation")
    return operation


def find_operation(kind: str, *, key: str | None, by: User) -> Operation | None:
    """What this user's idempotency key already names."""
    if key is None:
        return None
    return Operation.objects.filter(kind=kind, requested_by=by.username, idempotency_key=key).first()
