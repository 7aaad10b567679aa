"""What the builder asks. Source: API specification, section 9.7."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from controller.errors import NoMatch
from controller.model.models import App, AppPermission, Key, User
from controller.services.access import get_app, get_user, list_apps, require_use
from kit.errors import InvalidInput, NotFound

KeyList = list[dict[str, str]]


def describe_key(fingerprint: str) -> dict[str, Any]:
    """Whose key it is, and which apps that user may use, by name and by what tells them from earlier ones."""
    key = Key.objects.filter(fingerprint=fingerprint.strip()).select_related("owner").first()
    if key is None:
        raise NoMatch("Key")
    apps = {name: str(uuid) for name, uuid in list_apps(key.owner).values_list("id", "uuid")}
    return {"username": key.owner_id, "apps": list(apps), "app_uuids": apps}


def list_app_keys(app: App) -> dict[str, KeyList]:
    """Keys of everybody with explicit permission."""
    granted = AppPermission.objects.filter(app=app).values_list("user_id", flat=True)
    return _group(Key.objects.filter(owner_id__in=granted).order_by("created"))


def list_user_keys(app: App, username: str) -> dict[str, KeyList]:
    user = get_user(username)
    require_use(user, app)
    keys = _group(Key.objects.filter(owner=user).order_by("created"))
    if not keys:
        raise NotFound("No Keys match the given query.")
    return keys


def _group(keys: Iterable[Key]) -> dict[str, KeyList]:
    grouped: dict[str, KeyList] = {}
    for key in keys:
        grouped.setdefault(key.owner_id, []).append({"key": key.public, "fingerprint": key.fingerprint})
    return grouped


def find_pushed(data: dict[str, Any]) -> tuple[App, User]:
    """The app and the user a push is about.

    Raises:
        InvalidInput: one is not named.
        NoMatch: one does not exist.
        NotFound: the push began for another app, which had this one's name before.
        Forbidden: the user may not use the app.
    """
    for name in ("receive_repo", "receive_user"):
        if not isinstance(data.get(name), str) or not data[name]:
            raise InvalidInput(f"{name} is a required field")
    app, user = get_app(data["receive_repo"]), get_user(data["receive_user"])
    require_use(user, app)
    if data.get("receive_uuid", str(app.uuid)) != str(app.uuid):
        raise NotFound(f"{app.id} was destroyed and created again since this push began. Push again.")
    return app, user
