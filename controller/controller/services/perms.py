"""Explicit permissions on apps. Source: API specification, section 6.4."""

from __future__ import annotations

from controller.errors import PERMISSION_DENIED
from controller.model.models import App, AppPermission, User
from controller.services.access import get_user, has_grant, owns
from kit.errors import Forbidden, InvalidInput
from kit.logs import app_logger

log = app_logger(__name__)


def list_granted(app: App) -> list[str]:
    return [grant.user.username for grant in app.permissions.order_by("id").select_related("user")]


def grant(app: App, username: object) -> None:
    if not username:
        raise InvalidInput("username is a required field")
    user = get_user(username)
    AppPermission.objects.get_or_create(app=app, user=user)
    log.info(app.id, "User %s was granted access to %s", user.username, app.id)


def revoke(app: App, username: str, *, by: User) -> None:
    """Take a permission back; anybody may drop one's own.

    Raises:
        Forbidden: the user has none, or the caller may not.
    """
    user = get_user(username)
    if not user.is_superuser and not has_grant(user, app):
        raise Forbidden(PERMISSION_DENIED)
    if user != by and not owns(by, app):
        raise Forbidden(PERMISSION_DENIED)
    AppPermission.objects.filter(app=app, user=user).delete()
    log.info(app.id, "User %s was revoked access to %s", user.username, app.id)
