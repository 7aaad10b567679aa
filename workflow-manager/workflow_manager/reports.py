"""The doctor's report, and what is told to services outside where the operator named them.

Source: platform specification, 12.2 and 12.3.
"""

from __future__ import annotations

import json
import logging
import uuid
from typing import Any

import urllib3

from kit.errors import Unavailable
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
TIMEOUT = 30.0
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


def send_report(url: str, report: dict[str, Any]) -> str:
    """Post a report to the doctor service; returns the id it has there. Without a service it goes nowhere.

    Raises:
        Unavailable: the service did not take it.
    """
    number = str(uuid.uuid4())
    if url:
        post(f"{url}/v3/doctor/{number}", report)
    return number


def send_versions(url: str, cluster: dict[str, Any]) -> None:
    """Tell the versions service what is installed.

    Raises:
        Unavailable: the service did not take it.
    """
    post(f"{url}/v3/clusters", cluster)


def post(url: str, body: dict[str, Any]) -> None:
    try:
        with urllib3.PoolManager(timeout=TIMEOUT, retries=False) as pool:
            answer = pool.request(
                "POST", url, body=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
            )
    except urllib3.exceptions.HTTPError as error:
        raise Unavailable(f"{url} cannot be reached: {error}") from error
    if answer.status >= 300:
        raise Unavailable(f"{url} answered with status {answer.status}")
