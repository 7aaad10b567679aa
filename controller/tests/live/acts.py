"""One request of every kind, each to an app of its own, and the two ends that each may come to."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from .conftest import Client
from .states import CONFIG, Rows, State, read_told, write_code

KINDS = ("create", "deploy", "scale", "config", "rollback", "destroy")
PATIENCE = 90.0
"""Seconds for an operation to end, whatever happens to it."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """One request, and both ends that it may come to."""

    kind: str
    app: str
    verb: str
    path: str
    data: Any
    old: State | None
    new: State | None
    key: str
    pace: str = ""
    """What takes as long as this does: its kind, but that fewer pods come quicker than more."""
    returns: bool = False
    """Whether its client asks again until there is an answer."""


class Acts:
    """The apps of one client, one a kind. ``made``: where the names of all are noted."""

    def __init__(self, client: Client, *, rows: Rows, made: list[str]) -> None:
        self._client = client
        self._rows = rows
        self._made = made
        self._apps: dict[str, str] = {}
        self._editions = iter(range(1, 1_000_000))

    def prepare(self) -> list[Act]:
        """A request of every kind that may be sent now."""
        with ThreadPoolExecutor(len(KINDS)) as pool:
            return list(pool.map(self._plan, KINDS))

    def drop(self, kind: str) -> None:
        """Use another app from now on."""
        self._apps.pop(kind, None)

    def go_on(self, acts: Iterable[Act]) -> None:
        """What was created is what is destroyed in the next round; what was destroyed is forgotten."""
        exists = {act.kind: self._rows.list_releases(act.app) for act in acts}
        created = next(act.app for act in acts if act.kind == "create")
        if not exists["destroy"]:
            self._apps.pop("destroy", None)
        if exists["create"] and "destroy" not in self._apps:
            self._apps["destroy"] = created

    def _plan(self, kind: str) -> Act:
        if kind == "create":
            name = self._invent_name()
            new = State(version=1)
            return self._act(kind, name, "POST", "/v2/apps", {"id": name}, old=None, new=new)
        app = self._apps.get(kind) or self._create(kind)
        old = self._provide(kind, app)
        path, edition = f"/v2/apps/{app}", str(next(self._editions))
        later = replace(old, version=old.version + 1)
        if kind == "deploy":
            new = replace(later, code=edition)
            return self._act(kind, app, "POST", f"{path}/builds", write_code(edition), old=old, new=new)
        if kind == "config":
            values = {"values": {CONFIG: edition}}
            new = replace(later, config=edition)
            return self._act(kind, app, "POST", f"{path}/config", values, old=old, new=new)
        if kind == "scale":
            counts = {"web": 3 - old.count}
            new = replace(old, count=counts["web"])
            act = self._act(kind, app, "POST", f"{path}/scale", counts, old=old, new=new)
            return act if new.count > old.count else replace(act, pace="scale down")
        if kind == "rollback":
            target = self._rows.list_releases(app)[-2]
            new = replace(later, config=target.config, code=target.code)
            wanted = {"version": target.version}
            return self._act(kind, app, "POST", f"{path}/releases/rollback", wanted, old=old, new=new)
        return self._act(kind, app, "DELETE", path, None, old=old, new=None)

    def _act(
        self, kind: str, app: str, verb: str, path: str, data: Any, *, old: State | None, new: State | None
    ) -> Act:
        key = uuid.uuid4().hex
        return Act(kind=kind, app=app, verb=verb, path=path, data=data, old=old, new=new, key=key, pace=kind)

    def _invent_name(self) -> str:
        name = f"ct-{uuid.uuid4().hex[:8]}"
        self._made.append(name)
        return name

    def _create(self, kind: str) -> str:
        name = self._invent_name()
        self._must("POST", "/v2/apps", {"id": name})
        self._apps[kind] = name
        return name

    def _provide(self, kind: str, app: str) -> State:
        """Give the app what a request of this kind needs; its state then."""
        if not self._rows.list_releases(app)[-1].code:
            self._must("POST", f"/v2/apps/{app}/config", {"values": {"PORT": "5000", CONFIG: "0"}})
            self._must("POST", f"/v2/apps/{app}/builds", write_code(0))
            if kind == "rollback":
                self._must("POST", f"/v2/apps/{app}/config", {"values": {CONFIG: "other"}})
        told = read_told(self._client, self._rows, app)
        assert told is not None
        return told

    def _must(self, verb: str, path: str, data: Any) -> None:
        answer = self._client.call(verb, path, data, timeout=PATIENCE)
        assert answer.status in (200, 201, 204), (path, answer.status, answer.body)
