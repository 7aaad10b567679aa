"""Volumes: directories made beforehand, and made again once nobody claims them."""

from pathlib import Path

from devcluster.files import delete_tree
from devcluster.kube import Kube, Manifest
from devcluster.manifests import build_volume
from devcluster.nodes import Node
from devcluster.settings import Settings
from devcluster.waiting import wait_for


def build_volumes(node: Node, settings: Settings) -> list[Manifest]:
    """The volumes of a node."""
    return [
        build_volume(
            f"{node.name}-{number:02d}",
            path=str(settings.volumes_dir / node.name / f"{number:02d}"),
            node=node,
            size=settings.volume_size,
        )
        for number in range(1, settings.volume_count + 1)
    ]


def plan_volumes(wanted: list[Manifest], actual: list[Manifest]) -> tuple[list[Manifest], ...]:
    """Which volumes have to be emptied and which have to be made.

    A volume whose claim is gone is never bound again by itself.
    """
    phases = {get_name(item): item["status"].get("phase") for item in actual}
    used = [item for item in wanted if phases.get(get_name(item)) in ("Released", "Failed")]
    missing = [item for item in wanted if get_name(item) not in phases]
    return used, missing


def apply_volumes(kube: Kube, node: Node, *, settings: Settings) -> None:
    """Make every volume of the node usable."""
    actual = kube.get("/api/v1/persistentvolumes")["items"]
    used, missing = plan_volumes(build_volumes(node, settings), actual)
    for volume in used:
        delete_volume(kube, volume)
    for volume in [*used, *missing]:
        get_directory(volume).mkdir(parents=True, exist_ok=True)
        kube.apply(volume)


def delete_volume(kube: Kube, volume: Manifest) -> None:
    """Delete a volume and its files; it is kept a while as long as Kubernetes protects it."""
    kube.delete(volume)
    wait_for(lambda: kube.is_gone(volume), what=f"the end of volume {get_name(volume)}", timeout=20)
    delete_tree(get_directory(volume))


def get_name(volume: Manifest) -> str:
    """The name of a volume."""
    return str(volume["metadata"]["name"])


def get_directory(volume: Manifest) -> Path:
    """Where a volume's files lie."""
    return Path(volume["spec"]["local"]["path"])
