"""Keeps repositories in object storage, in the background, after a push has been answered."""

from __future__ import annotations

import logging
import queue
import threading

from builder.apps import App
from builder.repositories import Repositories
from kit.errors import PlatformError

log = logging.getLogger(__name__)


class BundleKeeper:
    """One thread; a repository that is pushed to again while it waits is stored once."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories
        self._wanted: queue.Queue[App | None] = queue.Queue()
        self._waiting: set[App] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="bundles", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def keep(self, app: App) -> None:
        """Have the repository stored soon."""
        with self._lock:
            if app in self._waiting:
                return
            self._waiting.add(app)
        self._wanted.put(app)

    def stop(self, timeout: float) -> None:
        """Store what is still wanted, then end."""
        self._wanted.put(None)
        self._thread.join(timeout)

    def _work(self) -> None:
        while (app := self._wanted.get()) is not None:
            with self._lock:
                self._waiting.discard(app)
            try:
                self._store(app)
                self._tidy_up(app)
            except Exception:  # outermost loop: one repository's bug must not leave all others out
                log.exception("[%s]: the repository was not kept in object storage by a bug", app)

    def _store(self, app: App) -> None:
        try:
            self._repositories.point_head(self._repositories.path(app))
            self._repositories.store_bundle(app)
        except (PlatformError, OSError) as error:
            log.error("[%s]: the repository was not kept in object storage: %s", app, error)

    def _tidy_up(self, app: App) -> None:
        try:
            self._repositories.collect_garbage(app)
        except (PlatformError, OSError) as error:
            log.warning("[%s]: the repository was not tidied up: %s", app, error)
