"""A copy of one kind of object, kept up to date by list and watch.

The watch is resumed where it ended. When the server no longer knows that place, and every ten minutes in
any case, everything is listed again, so that a missed event never lasts.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeAlias

from kit.errors import Timeout
from kit.kube.client import Kube
from kit.kube.errors import KubeError, KubeGone, KubeUnreachable
from kit.kube.resources import Manifest, Resource
from kit.kube.streams import Watch, WatchEvent

log = logging.getLogger(__name__)

Key: TypeAlias = tuple[str, str]
"""Namespace ("" for objects of the cluster) and name."""

RESYNC = 600.0
FIRST_DELAY = 0.2
LONGEST_DELAY = 10.0
STOP_TIMEOUT = 10.0


class Reflector:
    """``on_change`` is called in the reflector's own thread: after the first list, then after each change.

    It must return soon; what it raises is logged. Field managers' bookkeeping is left out of the objects.
    """

    def __init__(
        self,
        kube: Kube,
        resource: Resource,
        *,
        namespace: str | None = None,
        labels: str | None = None,
        fields: str | None = None,
        on_change: Callable[[], None] = lambda: None,
        resync: float = RESYNC,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kube = kube
        self._resource = resource
        self._scope = {"namespace": namespace, "labels": labels, "fields": fields}
        self._on_change = on_change
        self._resync = resync
        self._clock = clock
        self._items: dict[Key, Manifest] = {}
        self._lock = threading.Lock()
        self._synced = threading.Event()
        self._stopping = threading.Event()
        self._watch: Watch | None = None
        self._thread = threading.Thread(target=self._run, name=f"reflect-{resource.plural}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the watch and the thread. Safe to call twice, and from ``on_change``."""
        self._stopping.set()
        with self._lock:
            if self._watch is not None:
                self._watch.close()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(STOP_TIMEOUT)

    @property
    def synced(self) -> bool:
        return self._synced.is_set()

    def wait_synced(self, timeout: float) -> None:
        """Return once the first list is in.

        Raises:
            Timeout: it is not, after ``timeout`` seconds.
        """
        if not self._synced.wait(timeout):
            raise Timeout(f"timed out after {timeout:g} s waiting for the list of {self._resource.plural}")

    def snapshot(self) -> dict[Key, Manifest]:
        """Return all objects at this moment. They are shared: read them, never change them."""
        with self._lock:
            return dict(self._items)

    def get(self, name: str, *, namespace: str = "") -> Manifest | None:
        with self._lock:
            return self._items.get((namespace, name))

    def __enter__(self) -> Reflector:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        delay = 0.0
        while not self._stopping.wait(delay):
            try:
                self._follow(self._list())
                delay = 0.0
            except KubeGone:
                delay = FIRST_DELAY
            except KubeError as error:
                delay = min(max(delay * 2, FIRST_DELAY), LONGEST_DELAY)
                log.warning(
                    "%s can not be listed; trying again in %g s: %s", self._resource.plural, delay, error
                )
            except Exception:  # the thread's outermost frame: a bug must not end the copy
                log.exception("following %s failed", self._resource.plural)
                delay = LONGEST_DELAY

    def _list(self) -> str:
        """Replace the copy by a fresh list; return the version of it."""
        items, version = self._kube.list_page(self._resource, **self._scope)
        fresh = {build_key(item): strip(item) for item in items}
        with self._lock:
            changed = fresh != self._items
            self._items = fresh
        if changed or not self._synced.is_set():
            self._synced.set()
            self._notify()
        return version

    def _follow(self, version: str) -> None:
        """Watch from ``version`` on until it is time to list again."""
        end = self._clock() + self._resync
        delay = 0.0
        while (left := end - self._clock()) > 0 and not self._stopping.wait(delay):
            try:
                version = self._watch_once(version, timeout=min(left, 300))
                delay = 0.0
            except KubeUnreachable as error:
                delay = min(max(delay * 2, FIRST_DELAY), LONGEST_DELAY)
                log.warning(
                    "the watch of %s broke; resuming in %g s: %s", self._resource.plural, delay, error
                )

    def _watch_once(self, version: str, *, timeout: float) -> str:
        watch = self._kube.watch(self._resource, **self._scope, resource_version=version, timeout=timeout)
        with self._lock:
            self._watch = watch
        try:
            if not self._stopping.is_set():
                for event in watch:
                    self._take(event)
        finally:
            watch.close()
            with self._lock:
                self._watch = None
        return watch.resource_version or version

    def _take(self, event: WatchEvent) -> None:
        key = build_key(event.object)
        with self._lock:
            if event.type == "DELETED":
                self._items.pop(key, None)
            else:
                self._items[key] = strip(event.object)
        self._notify()

    def _notify(self) -> None:
        try:
            self._on_change()
        except Exception:  # a listener's bug must not end the copy
            log.exception("a listener to %s failed", self._resource.plural)


def build_key(manifest: Manifest) -> Key:
    metadata = manifest["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def strip(manifest: Manifest) -> Manifest:
    """Drop the field managers' bookkeeping, often half of an object, from an object that is our own."""
    manifest["metadata"].pop("managedFields", None)
    return manifest
