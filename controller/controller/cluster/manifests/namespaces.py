"""An app's namespace, the controller's rights in it, and its quota (sections 4.4 and 27)."""

from collections.abc import Mapping
from typing import Any

from controller.cluster.names import build_app_labels, build_quota_name
from kit.kube import Manifest

APP_ROLE_BINDING = "deis-controller"


def build_namespace(app: str) -> Manifest:
    """No ordinary image is refused by ``baseline``; host access and privilege are."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": app,
            "labels": {"heritage": "deis", "pod-security.kubernetes.io/enforce": "baseline"},
        },
    }


def build_role_binding(app: str, *, role: str, account: str, account_namespace: str) -> Manifest:
    """What lets the controller act inside the app's namespace, and nowhere else."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": APP_ROLE_BINDING, "namespace": app, "labels": build_app_labels(app)},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": account_namespace}],
    }


def build_quota(app: str, *, setting: Mapping[str, Any]) -> Manifest:
    """The operator's default quota, merged onto the bare object: maps merge, lists grow by what they lack."""
    base: Manifest = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": build_quota_name(app), "namespace": app, "labels": build_app_labels(app)},
        "spec": {},
    }
    return merge(base, setting)


def merge(base: Manifest, addition: Mapping[str, Any]) -> Manifest:
    """A new manifest with ``addition`` laid over ``base``."""
    merged = dict(base)
    for key, value in addition.items():
        present = merged.get(key)
        if isinstance(present, dict) and isinstance(value, Mapping):
            merged[key] = merge(present, value)
        elif isinstance(present, list) and isinstance(value, list):
            merged[key] = present + [item for item in value if item not in present]
        else:
            merged[key] = value
    return merged
