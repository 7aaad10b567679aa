"""What apps that are no more have left: repositories, bundles, caches, source archives, slugs.

Whether there is an app is asked while its name's lock is held. From then on no push to a new app of that name can
begin, so nothing of a new app is removed for an old one's sake; such a push waits for the removal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from builder.apps import App
from builder.errors import RepositoryBusy
from builder.locks import Locks
from builder.repositories import Repositories
from builder.slugs import ROOT, app_prefixes, app_root, history_root, owner_of
from kit.objectstore import ObjectStore

log = logging.getLogger(__name__)

HOLD = 600.0


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    repositories: Repositories
    store: ObjectStore
    locks: Locks
    has_app: Callable[[str], bool]
    """Says if the controller knows an app of this name; raises if it can't tell."""

    def list_names(self) -> set[str]:
        """Return the names of all apps that anything is kept of, here or in object storage."""
        stored = {owner_of(item.key) for item in self.store.list(ROOT)}
        return {name for name in stored if name} | self.repositories.list_names()

    def remove(self, name: str) -> bool:
        """Remove everything of the apps that had this name; False if it has to wait."""
        try:
            lease = self.locks.acquire(name, seconds=HOLD, on_expiry=lambda: None, brief=True)
        except RepositoryBusy:
            log.debug("[%s]: is pushed to; it is looked at again later", name)
            return False
        try:
            if self.has_app(name):
                return False
            self.repositories.delete(name)
            removed = sum(self.store.delete_prefix(prefix) for prefix in app_prefixes(name))
        finally:
            lease.release()
        if removed:
            log.info("removed %d objects of the deleted app %s", removed, name)
        return True

    def remove_earlier(self, app: App) -> None:
        """Remove the history and cache of other apps that had this one's name.

        The caller holds its lock, and knows from the controller that the name is this app's. Slugs stay: whose they are
        can't be told by their names.
        """
        self.repositories.delete(app.name, but=app)
        keys = [item.key for item in self.store.list(history_root(app.name))]
        for key in keys:
            if not key.startswith(app_root(app)):
                self.store.delete(key)
