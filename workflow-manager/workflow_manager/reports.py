"""The doctor's report: what there is of the platform in the cluster, to look at when something is wrong.

It goes to the doctor service if the operator named one. If not it stays in the pod, as it holds the environment of all
pods: whoever may run the command ``doctor`` there gets it, whoever can only reach the HTTP port does not.

Source: platform specification, 12.3.
"""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any

from kit.kube import (
    DAEMONSETS,
    DEPLOYMENTS,
    EVENTS,
    NODES,
    PODS,
    REPLICASETS,
    SERVICES,
    STATEFULSETS,
    Kube,
    KubeError,
    Resource,
)

log = logging.getLogger(__name__)

KEPT = 3
"""Reports that stay; an older one goes for each new one, so that asking again and again fills no disk."""
NAMESPACED = {
    "daemonSets": DAEMONSETS,
    "deployments": DEPLOYMENTS,
    "events": EVENTS,
    "pods": PODS,
    "replicaSets": REPLICASETS,
    "services": SERVICES,
    "statefulSets": STATEFULSETS,
}


def build_report(kube: Kube, namespace: str, *, cluster: dict[str, Any]) -> dict[str, Any]:
    """The cluster object, the nodes, and every object of the namespace but its Secrets."""
    objects = {name: list_wrapped(kube, resource, namespace) for name, resource in NAMESPACED.items()}
    return {
        "workflow": cluster,
        "nodes": list_wrapped(kube, NODES, None),
        "namespaces": [{"name": namespace, "replicationControllers": [], **objects}],
    }


def list_wrapped(kube: Kube, resource: Resource, namespace: str | None) -> list[dict[str, Any]]:
    """Each object as ``{"data": object}``; none, and a line in the log, if they cannot be listed."""
    try:
        return [{"data": found} for found in kube.list(resource, namespace=namespace)]
    except KubeError as error:
        log.warning("%s are left out of the report: %s", resource.plural, error)
        return []


class Reports:
    """Keeps the newest reports as files that nobody else may read."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()

    def store(self, number: str, report: dict[str, Any]) -> Path:
        """Write a report; it is there as a whole or not at all."""
        with self._lock:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            scratch, path = self._directory / f"{number}.new", self._directory / f"{number}.json"
            scratch.write_text(json.dumps(report))
            scratch.rename(path)
            for old in sorted(self._directory.glob("*.json"), key=lambda one: one.stat().st_mtime_ns)[:-KEPT]:
                old.unlink()
        return path
