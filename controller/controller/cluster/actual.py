"""What is in the cluster of one app.

A still picture to plan from, and the view that takes it again and again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType

from controller.cluster.names import FENCE, RELEASE, build_app_labels, parse_version, render_selector
from kit.errors import Timeout
from kit.kube import DEPLOYMENTS, EVENTS, PODS, REPLICASETS, Kube, Manifest, Reflector


@dataclass(frozen=True, kw_only=True)
class Actual:
    """Everything a plan or a diagnosis looks at. The manifests are shared: read only."""

    deployments: Mapping[str, Manifest]
    """By name."""
    replica_sets: tuple[Manifest, ...] = ()
    pods: tuple[Manifest, ...] = ()
    events: tuple[Manifest, ...] = ()

    @property
    def fence(self) -> int:
        """The highest release version that any operation on these Deployments knew."""
        return max((get_fence(deployment) for deployment in self.deployments.values()), default=0)

    def get_events(self, manifest: Manifest) -> list[Manifest]:
        """The events about one object."""
        uid = manifest["metadata"]["uid"]
        return [event for event in self.events if (event.get("involvedObject") or {}).get("uid") == uid]


class AppView:
    """Follows an app's Deployments, ReplicaSets, pods and events while something about them is waited for.

    What was just written is remembered until the watch has caught up with it, so that no plan is made from a
    picture older than one's own last change.
    """

    def __init__(self, kube: Kube, app: str) -> None:
        labels = render_selector(build_app_labels(app))
        self._changed = threading.Event()
        self._written: dict[str, Manifest] = {}
        self._followed = {
            resource: Reflector(
                kube,
                resource,
                namespace=app,
                labels=None if resource is EVENTS else labels,
                on_change=self._changed.set,
            )
            for resource in (DEPLOYMENTS, REPLICASETS, PODS, EVENTS)
        }

    def __enter__(self) -> AppView:
        for reflector in self._followed.values():
            reflector.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for reflector in self._followed.values():
            reflector.stop()

    def sync(self, timeout: float) -> bool:
        """Whether the first lists are in, after so many seconds at most; before that a ``read`` knows nothing."""
        end = time.monotonic() + timeout
        try:
            for reflector in self._followed.values():
                reflector.wait_synced(max(0.0, end - time.monotonic()))
        except Timeout:
            return False
        return True

    def read(self) -> Actual:
        self._changed.clear()
        deployments = {name: item for (_, name), item in self._followed[DEPLOYMENTS].snapshot().items()}
        for name, written in list(self._written.items()):
            if name not in deployments or is_older(deployments[name], written):
                deployments[name] = written
            else:
                del self._written[name]
        return Actual(
            deployments=deployments,
            replica_sets=tuple(self._followed[REPLICASETS].snapshot().values()),
            pods=tuple(self._followed[PODS].snapshot().values()),
            events=tuple(self._followed[EVENTS].snapshot().values()),
        )

    def remember(self, written: Manifest) -> None:
        """Plan from this answer of the API server until the watch shows it or something newer."""
        self._written[written["metadata"]["name"]] = written

    def wait(self, timeout: float) -> None:
        """Return when anything has changed since the last ``read``, or after ``timeout`` seconds."""
        self._changed.wait(timeout)


def is_older(seen: Manifest, written: Manifest) -> bool:
    """``seen`` is the same object as ``written`` before that write."""
    one, other = seen["metadata"], written["metadata"]
    return one["uid"] == other["uid"] and get_order(one) < get_order(other)


def get_order(metadata: Manifest) -> tuple[int, int]:
    """Generation first; resource versions of one object grow too, and tell metadata changes apart."""
    version = str(metadata.get("resourceVersion", "0"))
    return int(metadata.get("generation", 0)), int(version) if version.isdecimal() else 0


def get_release(manifest: Manifest) -> str:
    """UUID of the release an object was made for; empty for one of an older installation."""
    return str((manifest["metadata"].get("annotations") or {}).get(RELEASE, ""))


def get_template_release(manifest: Manifest) -> str:
    return get_release(manifest["spec"]["template"])


def get_fence(manifest: Manifest) -> int:
    text = str((manifest["metadata"].get("annotations") or {}).get(FENCE, ""))
    return int(text) if text.isdecimal() else get_template_version(manifest)


def get_template_version(manifest: Manifest) -> int:
    """The release version in the labels of the pod template of a Deployment or ReplicaSet."""
    return parse_version(get_labels(manifest["spec"]["template"]).get("version", ""))


def get_version(manifest: Manifest) -> int:
    return parse_version(get_labels(manifest).get("version", ""))


def get_labels(manifest: Manifest) -> Mapping[str, str]:
    labels: Mapping[str, str] = (manifest.get("metadata") or {}).get("labels") or {}
    return labels


def by_name(manifests: Iterable[Manifest]) -> dict[str, Manifest]:
    return {manifest["metadata"]["name"]: manifest for manifest in manifests}
