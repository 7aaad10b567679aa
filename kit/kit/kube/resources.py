"""The kinds of objects that the platform touches, and their paths in the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

Manifest: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    api_version: str
    plural: str
    kind: str
    namespaced: bool = True


NAMESPACES = Resource("v1", "namespaces", "Namespace", namespaced=False)
NODES = Resource("v1", "nodes", "Node", namespaced=False)
PODS = Resource("v1", "pods", "Pod")
SERVICES = Resource("v1", "services", "Service")
SECRETS = Resource("v1", "secrets", "Secret")
CONFIGMAPS = Resource("v1", "configmaps", "ConfigMap")
EVENTS = Resource("v1", "events", "Event")
RESOURCEQUOTAS = Resource("v1", "resourcequotas", "ResourceQuota")
SERVICEACCOUNTS = Resource("v1", "serviceaccounts", "ServiceAccount")
PVCS = Resource("v1", "persistentvolumeclaims", "PersistentVolumeClaim")
ENDPOINTSLICES = Resource("discovery.k8s.io/v1", "endpointslices", "EndpointSlice")
DEPLOYMENTS = Resource("apps/v1", "deployments", "Deployment")
REPLICASETS = Resource("apps/v1", "replicasets", "ReplicaSet")
STATEFULSETS = Resource("apps/v1", "statefulsets", "StatefulSet")
DAEMONSETS = Resource("apps/v1", "daemonsets", "DaemonSet")
JOBS = Resource("batch/v1", "jobs", "Job")
HPAS = Resource("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler")
INGRESSES = Resource("networking.k8s.io/v1", "ingresses", "Ingress")
NETWORKPOLICIES = Resource("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy")
ROLES = Resource("rbac.authorization.k8s.io/v1", "roles", "Role")
ROLEBINDINGS = Resource("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding")
LEASES = Resource("coordination.k8s.io/v1", "leases", "Lease")
POD_METRICS = Resource("metrics.k8s.io/v1beta1", "pods", "PodMetrics")
"""Of an add-on: a cluster may know no such thing."""


def build_path(
    resource: Resource,
    *,
    namespace: str | None = None,
    name: str | None = None,
    subresource: str | None = None,
) -> str:
    """Return the path of an object, or of a collection without ``name``.

    Without ``namespace`` the collection is that of the whole cluster; an object of a namespaced kind needs
    one.
    """
    group = "api" if "/" not in resource.api_version else "apis"
    parts = [group, *resource.api_version.split("/")]
    if resource.namespaced:
        if namespace:
            parts += ["namespaces", namespace]
        elif name:
            raise ValueError(f"a namespace is needed for {resource.plural} {name!r}")
    parts.append(resource.plural)
    parts += [part for part in (name, subresource) if part is not None]
    if not all(parts):
        raise ValueError(f"an empty name in {parts}")
    return "/" + "/".join(quote(part, safe="") for part in parts)


def get_namespace(manifest: Manifest, given: str | None) -> str | None:
    """Return the namespace that was given, else the manifest's own."""
    return given or manifest.get("metadata", {}).get("namespace")


def get_name(manifest: Manifest) -> str:
    name: str = manifest["metadata"]["name"]
    return name


def complete(resource: Resource, manifest: Manifest) -> Manifest:
    """Return ``manifest`` with the version and kind that items of a list lack."""
    return {"apiVersion": resource.api_version, "kind": resource.kind, **manifest}
