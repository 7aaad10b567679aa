"""What is installed: each workload of the namespace with its version, image and health.

Source: platform specification, 12.3; ``health`` is an addition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kit.kube import DAEMONSETS, DEPLOYMENTS, STATEFULSETS, Kube, Manifest

VERSION = "component.deis.io/version"
TYPES = {"Deployment": DEPLOYMENTS, "Daemon Set": DAEMONSETS, "Stateful Set": STATEFULSETS}
Component = dict[str, Any]


def list_components(kube: Kube, namespace: str) -> list[Component]:
    """Every component, by name.

    Raises:
        KubeError: the workloads cannot be listed.
    """
    found = [
        build_component(workload, kind)
        for kind, resource in TYPES.items()
        for workload in kube.list(resource, namespace=namespace)
    ]
    return sorted(found, key=lambda component: str(component["component"]["name"]))


def build_component(workload: Manifest, kind: str) -> Component:
    metadata = workload["metadata"]
    containers = workload["spec"]["template"]["spec"]["containers"]
    return {
        "component": {"name": metadata["name"], "type": kind},
        "version": {
            "version": metadata.get("annotations", {}).get(VERSION, ""),
            "data": {"image": containers[0].get("image", "")},
        },
        "health": build_health(workload.get("spec", {}), workload.get("status", {})),
    }


def build_health(spec: Mapping[str, Any], status: Mapping[str, Any]) -> dict[str, Any]:
    """Pods that are ready and pods that there should be; healthy when these are as many."""
    desired = int(status.get("desiredNumberScheduled", spec.get("replicas", 0)))
    ready = int(status.get("numberReady", status.get("readyReplicas", 0)))
    return {"healthy": ready >= desired, "ready": ready, "desired": desired}


def build_cluster(cluster_id: str, components: list[Component]) -> dict[str, Any]:
    return {"id": cluster_id, "components": components}
