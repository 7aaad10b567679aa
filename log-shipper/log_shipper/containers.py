"""Which containers of this node are shipped, and what their records say about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.names import build_object_name

CONTROLLER = "deis-controller"
CONTROLLER_LINE = re.compile(r"^(INFO|WARN|DEBUG|ERROR)\s+(\[(\S+)\])+:")
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Container:
    """A container whose lines are shipped."""

    directory: Path
    key: str
    """Names the container in all of its files' sources: the pod's uid and the container's name."""
    metadata: Manifest
    """The ``kubernetes`` part of its records."""
    only_app_lines: bool = False
    """The controller's: lines about apps are shipped, others are its own affair."""

    def wants(self, text: str) -> bool:
        return not self.only_app_lines or CONTROLLER_LINE.match(text) is not None


def list_containers(pods: Iterable[Manifest], *, logs: Path, namespace: str) -> Iterator[Container]:
    """The process containers of apps (named ``<app>-<type>``, long ones shortened), and the controller."""
    for pod in pods:
        metadata, labels = pod["metadata"], pod["metadata"].get("labels", {})
        if metadata["namespace"] == namespace:
            wanted, controller = CONTROLLER, True
        elif labels.get("heritage") == "deis" and labels.get("app") and labels.get("type"):
            wanted, controller = build_object_name(labels["app"], labels["type"]), False
        else:
            continue
        if wanted in {container["name"] for container in pod["spec"]["containers"]}:
            yield build_container(pod, wanted, logs=logs, only_app_lines=controller)


def build_container(pod: Manifest, name: str, *, logs: Path, only_app_lines: bool) -> Container:
    metadata = pod["metadata"]
    return Container(
        directory=logs / f"{metadata['namespace']}_{metadata['name']}_{metadata['uid']}" / name,
        key=f"{metadata['uid']}/{name}",
        metadata={
            "namespace_name": metadata["namespace"],
            "pod_id": metadata["uid"],
            "pod_name": metadata["name"],
            "container_name": name,
            "labels": metadata.get("labels", {}),
            "host": pod["spec"].get("nodeName", ""),
        },
        only_app_lines=only_app_lines,
    )
