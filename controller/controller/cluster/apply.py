"""Carrying out changes: the short place where plans become requests."""

from typing import Any

from controller.cluster.actual import get_release
from controller.cluster.answers import action
from controller.cluster.names import MANAGER
from controller.cluster.plan import AdoptDeployment, ApplyDeployment, Change, ScaleDeployment
from kit.kube import DEPLOYMENTS, SERVICES, Kube, Manifest, Resource


def apply_change(kube: Kube, app: str, change: Change) -> Manifest:
    """Make one change; return the Deployment as it is now.

    Raises:
        ClusterChanged: somebody else changed it since it was read: read again.
        ClusterError: Kubernetes refused, or did not answer.
    """
    match change:
        case ApplyDeployment(manifest=manifest, live=None):
            with action(f'create Deployment "{manifest["metadata"]["name"]}" in Namespace "{app}"'):
                return kube.apply(DEPLOYMENTS, manifest, manager=MANAGER)
        case ApplyDeployment(manifest=manifest, live=live):
            return _update_deployment(kube, app, manifest, live=live or {})
        case AdoptDeployment(name=name, annotations=annotations):
            with action(f'update Deployment "{name}"'):
                body = {"metadata": {"annotations": annotations}}
                return kube.patch(DEPLOYMENTS, name, body, namespace=app)
        case ScaleDeployment(live=live, replicas=replicas):
            return _scale_deployment(kube, app, live, replicas=replicas)


def apply_object(kube: Kube, resource: Resource, manifest: Manifest, *, words: str) -> Manifest:
    """Create an object or change our fields of it; ``words`` completes "failed to"."""
    with action(words):
        return kube.apply(resource, manifest, manager=MANAGER)


def patch_service(kube: Kube, app: str, patch: Manifest, *, strategic: bool) -> None:
    with action(f'update Service "{app}" in Namespace "{app}"'):
        kube.patch(SERVICES, app, patch, namespace=app, kind="strategic" if strategic else "merge")


def _update_deployment(kube: Kube, app: str, manifest: Manifest, *, live: Manifest) -> Manifest:
    """Bring a Deployment to another release, unless it has changed since it was planned."""
    name = manifest["metadata"]["name"]
    with action(f'update Deployment "{name}"'):
        if not get_release(live):
            live = _take_over_fields(kube, app, name)
        metadata = {**manifest["metadata"], "resourceVersion": live["metadata"]["resourceVersion"]}
        return kube.apply(DEPLOYMENTS, {**manifest, "metadata": metadata}, manager=MANAGER)


def _take_over_fields(kube: Kube, app: str, name: str) -> Manifest:
    """Make the fields that an older installation set ours, so that what a release no longer has is removed.

    Server-side apply drops only what its own manager stated before. What was written by plain updates belongs
    to another manager, and an environment variable of the old release would stay for ever.
    """
    live = kube.get(DEPLOYMENTS, name, namespace=app)
    entries: list[Manifest] = live["metadata"].get("managedFields") or []
    plain = [entry for entry in entries if entry["operation"] == "Update" and not entry.get("subresource")]
    if not plain or any(entry["manager"] == MANAGER and entry["operation"] == "Apply" for entry in entries):
        return live
    fields: dict[str, Any] = {}
    for entry in plain:
        fields = join_fields(fields, entry.get("fieldsV1") or {})
    ours = {**plain[-1], "manager": MANAGER, "operation": "Apply", "fieldsV1": fields}
    kept = [entry for entry in entries if entry not in plain]
    patch = [
        {"op": "replace", "path": "/metadata/managedFields", "value": [*kept, ours]},
        # A conflict, if it has changed since it was read.
        {"op": "replace", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]},
    ]
    return kube.patch(DEPLOYMENTS, name, patch, namespace=app, kind="json")


def join_fields(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The union of two sets of fields in the form of ``fieldsV1``."""
    joined = dict(one)
    for key, value in other.items():
        joined[key] = join_fields(joined[key], value) if key in joined else value
    return joined


def _scale_deployment(kube: Kube, app: str, live: Manifest, *, replicas: int) -> Manifest:
    name = live["metadata"]["name"]
    scale = {
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {
            "name": name,
            "namespace": app,
            "resourceVersion": live["metadata"]["resourceVersion"],
        },
        "spec": {"replicas": replicas},
    }
    with action(f'scale Deployment "{name}" in Namespace "{app}"'):
        kube.replace_subresource(DEPLOYMENTS, name, "scale", scale, namespace=app)
        return kube.get(DEPLOYMENTS, name, namespace=app)
