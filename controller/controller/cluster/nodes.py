"""The cluster's nodes: how many an app may run on, and what they can run."""

from collections.abc import Mapping

from controller.cluster.answers import action
from controller.cluster.names import render_selector
from kit.kube import NODES, Kube


def count_nodes(kube: Kube, tags: Mapping[str, str]) -> int:
    """How many nodes carry all these labels."""
    with action("get Nodes"):
        return len(kube.list(NODES, labels=render_selector(tags)))


def list_platforms(kube: Kube) -> frozenset[str]:
    """Operating system and architecture of the nodes, such as ``linux/amd64``."""
    with action("get Nodes"):
        nodes = kube.list(NODES)
    infos = [node["status"]["nodeInfo"] for node in nodes]
    return frozenset(f"{info['operatingSystem']}/{info['architecture']}" for info in infos)
