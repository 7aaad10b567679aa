"""What lets the router read an app's certificates.

These Secrets by name, in this namespace, and nothing else.
"""

from collections.abc import Sequence

from controller.cluster.names import build_app_labels, build_certificate_secret_name
from kit.kube import Manifest

ROUTER = "deis-router"
API_GROUP = "rbac.authorization.k8s.io"


def build_router_role(app: str, *, certificates: Sequence[str]) -> Manifest:
    """A rule without names would be one for all Secrets: without certificates there is none."""
    names = [build_certificate_secret_name(certificate) for certificate in certificates]
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": names}
    return {
        "apiVersion": f"{API_GROUP}/v1",
        "kind": "Role",
        "metadata": {"name": ROUTER, "namespace": app, "labels": build_app_labels(app)},
        "rules": [rule] if names else [],
    }


def build_router_binding(app: str, *, platform_namespace: str) -> Manifest:
    return {
        "apiVersion": f"{API_GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": ROUTER, "namespace": app, "labels": build_app_labels(app)},
        "roleRef": {"apiGroup": API_GROUP, "kind": "Role", "name": ROUTER},
        "subjects": [{"kind": "ServiceAccount", "name": ROUTER, "namespace": platform_namespace}],
    }
