"""The operator's own certificates in an app's namespace: for the container that fetches the slug, not for the app's."""

from controller.cluster.names import build_app_labels
from kit.kube import Manifest

TRUSTED_CA = "deis-trusted-ca"
"""As in the platform's own namespaces."""
VOLUME: Manifest = {"name": "trusted-ca", "configMap": {"name": TRUSTED_CA, "optional": True}}
MOUNT: Manifest = {"name": "trusted-ca", "mountPath": "/etc/deis/trusted-ca", "readOnly": True}


def build_trusted_ca(app: str, *, certificates: str) -> Manifest:
    """The ConfigMap that the volume is made of."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": TRUSTED_CA, "namespace": app, "labels": build_app_labels(app)},
        "data": {"ca.crt": certificates},
    }
