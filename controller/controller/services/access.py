"""Who may use which app, by exact match."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from controller.errors import PERMISSION_DENIED, NoMatch
from controller.model.models import App, AppPermission, User
from kit.errors import Forbidden


def get_app(app_id: str) -> App:
    """
    Raises:
        NoMatch: there is none.
    """
    app = App.objects.filter(id=app_id).first()
    if app is None:
        raise NoMatch("App")
    return app


def get_user(username: object) -> User:
    """
    Raises:
        NoMatch: there is none.
    """
    user = User.objects.filter(username=username).first() if isinstance(username, str) else None
    if user is None:
        raise NoMatch("User")
    return user


def has_grant(user: User, app: App) -> bool:
    """Whether the user was given explicit permission."""
    return AppPermission.objects.filter(app=app, user=user).exists()


def owns(user: User, app: App) -> bool:
    """Owner of the app, or an administrator."""
    return user.is_superuser or app.owner_id == user.username


def may_use(user: User, app: App) -> bool:
    """Owner, administrator, or somebody with permission."""
    return owns(user, app) or has_grant(user, app)


def require_use(user: User, app: App) -> None:
    if not may_use(user, app):
        raise Forbidden(PERMISSION_DENIED)


def require_ownership(user: User, app: App) -> None:
    if not owns(user, app):
        raise Forbidden(PERMISSION_DENIED)


def list_users_of(app: OuterRef, *, owner: OuterRef) -> QuerySet[User]:
    """Who may use the app of an outer query."""
    granted = AppPermission.objects.filter(app=OuterRef(app), user=OuterRef("username"))
    return User.objects.filter(Q(is_superuser=True) | Q(username=owner) | Exists(granted), is_active=True)


def list_apps(user: User) -> QuerySet[App]:
    """Apps the user may use, by id."""
    apps = App.objects.order_by("id")
    if user.is_superuser:
        return apps
    shared = AppPermission.objects.filter(user=user).values("app_id")
    return apps.filter(Q(owner=user) | Q(id__in=shared))
