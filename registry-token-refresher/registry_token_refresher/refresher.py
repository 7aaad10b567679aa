"""Brings the newest token to every namespace of an app, and to new ones within seconds.

A namespace that can't take the Secret, such as one that is going away, does not keep it from the others: it is
tried again at the next look. A provider that gives no token ends the process; its restart is the retry.
"""

import logging
from collections.abc import Callable

from kit.kube import NAMESPACES, SECRETS, Kube, KubeError, Manifest
from registry_token_refresher.pullsecrets import build_pull_secret
from registry_token_refresher.settings import Settings
from registry_token_refresher.tokens import Token

log = logging.getLogger(__name__)

MANAGER = "deis-registry-token-refresher"


class Refresher:
    """Remembers the token, and which namespaces have it."""

    def __init__(self, kube: Kube, settings: Settings, *, fetch: Callable[[], Token]) -> None:
        self._kube = kube
        self._settings = settings
        self._fetch = fetch
        self._secret: Manifest = {}
        self._fetched_at = -settings.token_interval
        self._served: set[str] = set()

    def refresh(self, now: float) -> None:
        """One look, at the clock's time ``now``: a new token if it is due, and the Secret where it is missing.

        Raises:
            TokenFailed: the provider gave none.
        """
        if now - self._fetched_at >= self._settings.token_interval or not self._secret:
            self._secret = build_pull_secret(self._settings.secret_name, self._fetch())
            self._fetched_at = now
            self._served.clear()
            log.info("new token for %s", self._settings.secret_name)
        try:
            namespaces = self._list_namespaces()
        except KubeError as error:
            log.warning("namespaces can't be listed: %s", error)
            return
        self._served &= namespaces.keys()
        for uid, name in namespaces.items():
            if uid not in self._served and self._apply(name):
                self._served.add(uid)

    def _list_namespaces(self) -> dict[str, str]:
        """Return names by uid: a namespace made anew under its old name is a new one."""
        found = self._kube.list(NAMESPACES, labels=self._settings.selector)
        alive = [namespace["metadata"] for namespace in found if not is_going(namespace)]
        return {self._settings.namespace: self._settings.namespace} | {
            metadata["uid"]: metadata["name"]
            for metadata in alive
            if metadata["name"] != self._settings.namespace
        }

    def _apply(self, namespace: str) -> bool:
        try:
            self._kube.apply(SECRETS, self._secret, manager=MANAGER, namespace=namespace)
        except KubeError as error:
            log.warning(
                "%s can't be put into the namespace %s: %s", self._settings.secret_name, namespace, error
            )
            return False
        return True


def is_going(namespace: Manifest) -> bool:
    return bool(namespace["metadata"].get("deletionTimestamp"))
