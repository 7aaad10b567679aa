"""Deletes the build pods of builders that are no more: nobody is left to read how they end."""

from __future__ import annotations

import logging

from builder.buildpods import COMPONENT
from builder.settings import PodSettings
from kit.kube import PODS, SECRETS, Kube, KubeError, Manifest

log = logging.getLogger(__name__)

BUILDERS = "app=deis-builder"
BUILDS = f"component={COMPONENT}"


def sweep(kube: Kube, settings: PodSettings, *, namespace: str) -> None:
    """Delete build pods and Secrets whose builder is gone, or is this one before its restart.

    Another builder that still runs, as during an upgrade, keeps its own.
    """
    try:
        alive = {pod["metadata"]["name"] for pod in kube.list(PODS, namespace=namespace, labels=BUILDERS)}
        alive.discard(settings.builder)
        for resource in (PODS, SECRETS):
            for item in kube.list(resource, namespace=settings.namespace, labels=BUILDS):
                if is_orphan(item, alive):
                    kube.delete(resource, item["metadata"]["name"], namespace=settings.namespace, grace=1)
                    log.info("deleted %s %s of an earlier builder", resource.kind, item["metadata"]["name"])
    except KubeError as error:
        log.warning("left-over build pods could not be looked for: %s", error)


def is_orphan(item: Manifest, alive: set[str]) -> bool:
    return item["metadata"].get("labels", {}).get("builder") not in alive
