"""Follows one pod by a watch."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from builder.errors import BuildFailed, PodTimeout
from builder.operations import Cancellation
from kit.kube import PODS, Kube, KubeError, KubeGone, Manifest, Watch

log = logging.getLogger(__name__)

T = TypeVar("T")
WATCH_SECONDS = 300.0
PAUSE = 0.5


class PodWatch:
    """The latest state of a pod, kept by a thread of its own within the context."""

    def __init__(self, kube: Kube, pod: Manifest, *, cancellation: Cancellation) -> None:
        self._kube = kube
        self._name: str = pod["metadata"]["name"]
        self._namespace: str = pod["metadata"]["namespace"]
        self._cancellation = cancellation
        self._condition = threading.Condition()
        self._pod: Manifest | None = pod
        self._closed = threading.Event()
        self._watch: Watch | None = None
        self._thread = threading.Thread(target=self._follow, name=f"watch-{self._name}", daemon=True)

    def __enter__(self) -> PodWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        with self._condition:
            watch = self._watch
        if watch is not None:
            watch.close()

    def wait(self, look: Callable[[Manifest], T | None], *, seconds: float, what: str) -> T:
        """Return the first value that ``look`` finds in the pod's state, now or after a change.

        Raises:
            PodTimeout: none after ``seconds``; ``what`` is the beginning of the sentence.
            BuildFailed: somebody deleted the pod.
            Cancelled: the operation was.
        """
        deadline = time.monotonic() + seconds
        with self._cancellation.waking(self._wake), self._condition:
            while True:
                self._cancellation.check()
                if self._pod is None:
                    raise BuildFailed(f"{what} (the build pod was deleted)")
                found = look(self._pod)
                if found is not None:
                    return found
                left = deadline - time.monotonic()
                if left <= 0:
                    raise PodTimeout(f"{what} (timed out waiting for the condition)")
                self._condition.wait(left)

    def _wake(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def _follow(self) -> None:
        version: str | None = self._pod["metadata"]["resourceVersion"] if self._pod else None
        while not self._closed.is_set():
            try:
                version = self._follow_once(version)
            except KubeGone:
                version = None
            except KubeError as error:
                log.warning("the watch of build pod %s broke: %s", self._name, error)
                version = None
                self._closed.wait(PAUSE)

    def _follow_once(self, version: str | None) -> str | None:
        """Follow until the server ends the watch; return where to go on.

        Without a version the pod is read first: what happened meanwhile, its end included, may have been missed.
        """
        if version is None:
            pod = self._kube.find(PODS, self._name, namespace=self._namespace)
            self._set(pod)
            if pod is None:
                self._closed.set()
                return None
            version = str(pod["metadata"]["resourceVersion"])
        watch = self._kube.watch(
            PODS,
            namespace=self._namespace,
            fields=f"metadata.name={self._name}",
            resource_version=version,
            timeout=WATCH_SECONDS,
        )
        with watch:
            with self._condition:
                self._watch = watch
            for event in watch:
                self._set(None if event.type == "DELETED" else event.object)
                if self._closed.is_set():
                    break
        return watch.resource_version

    def _set(self, pod: Manifest | None) -> None:
        with self._condition:
            self._pod = pod
            self._condition.notify_all()
