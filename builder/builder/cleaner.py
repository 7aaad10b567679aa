"""Removes what deleted apps leave: repository, bundle, cache, source archives, slugs.

An app is gone when its namespace is, and the controller does not know it either: after a cluster was set up anew on
an old object storage, namespaces come back one by one, and nothing may be lost meanwhile.

Source: build specification, section 16.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

from builder.errors import RepositoryBusy
from builder.locks import Locks
from builder.repositories import Repositories
from builder.slugs import ROOT, app_prefixes, owner_of
from kit.errors import PlatformError
from kit.kube import NAMESPACES, Kube, Reflector
from kit.objectstore import ObjectStore

log = logging.getLogger(__name__)

HOLD = 600.0
IDLE = 3600.0


def plan_cleaning(apps: Iterable[str], namespaces: frozenset[str]) -> list[str]:
    """Return the apps whose namespace does not exist; names are compared in lower case."""
    return sorted({app for app in apps if app.lower() not in namespaces})


class Cleaner:
    """Looks after each change of the cluster's namespaces; asks again for what it had to leave."""

    def __init__(
        self,
        kube: Kube,
        *,
        repositories: Repositories,
        store: ObjectStore,
        locks: Locks,
        has_app: Callable[[str], bool],
        interval: float,
    ) -> None:
        self._repositories = repositories
        self._store = store
        self._locks = locks
        self._has_app = has_app
        self._interval = interval
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._known: frozenset[str] | None = None
        self._pending: set[str] = set()
        self._reflector = Reflector(kube, NAMESPACES, on_change=self._changed.set)
        self._thread = threading.Thread(target=self._run, name="cleaner", daemon=True)

    def start(self) -> None:
        self._reflector.start()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._changed.set()
        self._reflector.stop()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._changed.wait(self._interval if self._pending else IDLE)
            self._changed.clear()
            if self._stopping.is_set() or not self._reflector.synced:
                continue
            try:
                self._round()
            except PlatformError as error:
                log.warning("Cleaner error: %s", error)
                self._stopping.wait(self._interval)
                self._changed.set()
            except Exception:  # outermost loop; tomorrow is another day
                log.exception("Cleaner error")
                self._stopping.wait(self._interval)

    def _round(self) -> None:
        """Look at all that is stored once, later only at namespaces that have gone."""
        namespaces = frozenset(name for _, name in self._reflector.snapshot())
        if self._known is None:
            self._pending |= set(plan_cleaning(self._list_apps(), namespaces))
        else:
            self._pending |= self._known - namespaces
        self._known = namespaces
        self._pending -= namespaces
        for app in sorted(self._pending):
            if self._clean(app):
                self._pending.discard(app)

    def _list_apps(self) -> set[str]:
        stored = {owner_of(item.key) for item in self._store.list(ROOT)}
        return {app for app in stored if app} | set(self._repositories.list_apps())

    def _clean(self, app: str) -> bool:
        """Remove everything of an app; False if it has to wait."""
        if self._has_app(app):
            return False
        try:
            lease = self._locks.acquire(app, seconds=HOLD, on_expiry=lambda: None)
        except RepositoryBusy:
            return False
        try:
            self._repositories.delete(app)
            removed = sum(self._store.delete_prefix(prefix) for prefix in app_prefixes(app))
        finally:
            lease.release()
        if removed:
            log.info("removed %d objects of the deleted app %s", removed, app)
        return True
