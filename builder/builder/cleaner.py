"""Has removed what deleted apps leave.

An app is gone when its namespace is, and the controller does not know it either: after a cluster was set up anew on
an old object storage, namespaces come back one by one, and nothing may be lost meanwhile.

Source: build specification, section 16.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable

from builder.leftovers import Leftovers
from kit.errors import PlatformError
from kit.kube import NAMESPACES, Kube, Reflector

log = logging.getLogger(__name__)

IDLE = 3600.0


def plan_cleaning(apps: Iterable[str], namespaces: frozenset[str]) -> list[str]:
    """Return the apps whose namespace does not exist; names are compared in lower case."""
    return sorted({app for app in apps if app.lower() not in namespaces})


class Cleaner:
    """Looks after each change of the cluster's namespaces; asks again for what it had to leave."""

    def __init__(self, kube: Kube, *, leftovers: Leftovers, interval: float) -> None:
        self._leftovers = leftovers
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
            except Exception:  # outermost loop: a bug met today must not end the cleaning of all later days
                log.exception("Cleaner error")
                self._stopping.wait(self._interval)

    def _round(self) -> None:
        """Look at all that is stored once, later only at namespaces that have gone."""
        namespaces = frozenset(name for _, name in self._reflector.snapshot())
        if self._known is None:
            self._pending |= set(plan_cleaning(self._leftovers.list_names(), namespaces))
        else:
            self._pending |= self._known - namespaces
        self._known = namespaces
        self._pending -= namespaces
        for app in sorted(self._pending):
            try:
                if self._leftovers.remove(app):
                    self._pending.discard(app)
            except PlatformError as error:  # it stays pending; the others need not wait for it
                log.warning("Cleaner error: [%s]: %s", app, error)
