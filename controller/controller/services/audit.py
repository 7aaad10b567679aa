"""The trail of changes: who changed what from where. It is only ever added to.

A change that is one transaction has its entry in it. An operation has its entry in the transaction that ends it,
and none if it was refused, for then nothing changed. No entry ever holds a value of a config, or a command.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from controller.model.models import App, AuditEntry, Operation, Release
from controller.services.configmaps import MAPS

TARGET_LIMIT = 300
AGENT_LIMIT = 200
DONE = "succeeded"
ACTIONS: Mapping[str, str] = {
    "create": "app.create",
    "destroy": "app.destroy",
    "build": "build.create",
    "config": "config.change",
    "rollback": "release.rollback",
    "scale": "app.scale",
    "restart": "app.restart",
}
"""What the kinds of operations are called here. A kind that is missing is the platform's own business."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a change came from."""

    address: str
    agent: str = ""

    def dump(self) -> dict[str, str]:
        return {"address": self.address, "agent": self.agent[:AGENT_LIMIT]}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line to be written."""

    action: str
    actor: str
    origin: Origin
    target: str = ""
    app_id: str = ""
    """Its name, which it may have had or not had yet when there is no such app."""
    app: App | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def append(entry: Entry) -> None:
    app = entry.app
    AuditEntry.objects.create(
        actor=entry.actor,
        action=entry.action,
        target=entry.target[:TARGET_LIMIT],
        app_id=app.id if app else entry.app_id,
        app_uuid=app.uuid if app else None,
        outcome=DONE,
        details=dict(entry.details),
        **entry.origin.dump(),
    )


def record_end(operation: Operation) -> None:
    """An operation came to its end, in the transaction that says so."""
    action = ACTIONS.get(operation.kind)
    if action is None or operation.origin is None or operation.started is None:
        return
    AuditEntry.objects.create(
        actor=operation.requested_by,
        action=action,
        app_id=operation.app_id,
        app_uuid=operation.app_uuid,
        outcome=operation.state,
        details=describe_operation(operation) | describe_release(operation),
        operation=operation.uuid,
        **operation.origin,
    )


def describe_operation(operation: Operation) -> dict[str, Any]:
    """What was asked for, without the values of a config."""
    given = operation.input
    if operation.kind == "config":
        return list_changed(given)
    if operation.kind == "build":
        return {
            "image": given.get("image", ""),
            "sha": given.get("sha", ""),
            "types": sorted(given.get("procfile") or {}),
        }
    if operation.kind in ("rollback", "scale", "restart"):
        return {name: value for name, value in given.items() if value is not None}
    return {}


def describe_release(operation: Operation) -> dict[str, Any]:
    if operation.release_id is None:
        return {}
    version = Release.objects.filter(uuid=operation.release_id).values_list("version", flat=True).first()
    return {} if version is None else {"release": f"v{version}"}


def list_changed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Names that a config change sets and unsets, by map."""
    maps = {name: given.get(name) or {} for name in MAPS}
    return {
        "set": _list_names(maps, unset=False),
        "unset": _list_names(maps, unset=True),
    }


def _list_names(maps: Mapping[str, Mapping[str, Any]], *, unset: bool) -> dict[str, list[str]]:
    names = {
        name: sorted(key for key, value in given.items() if (value is None) == unset)
        for name, given in maps.items()
    }
    return {name: keys for name, keys in names.items() if keys}


def list_app_entries(app: App, *, actor: str | None = None) -> QuerySet[AuditEntry]:
    """Newest first; not those of an app that had its name before."""
    return list_entries(actor=actor).filter(app_uuid=app.uuid)


def list_entries(*, app: str | None = None, actor: str | None = None) -> QuerySet[AuditEntry]:
    """Newest first, of apps long gone, too."""
    entries = AuditEntry.objects.order_by("-number")
    if app is not None:
        entries = entries.filter(app_id=app)
    return entries if actor is None else entries.filter(actor=actor)
