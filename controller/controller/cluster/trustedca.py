"""Bringing the operator's own certificates to an app's namespace. They may change, or go, at any start of a controller."""

from controller.cluster.answers import action
from controller.cluster.apply import apply_object
from controller.cluster.manifests.trustedca import TRUSTED_CA, build_trusted_ca
from kit.kube import CONFIGMAPS, Kube


def apply_trusted_ca(kube: Kube, app: str, *, certificates: str) -> None:
    """Make the namespace have these certificates, or none if there are none any more."""
    words = f'ConfigMap "{TRUSTED_CA}" in Namespace "{app}"'
    with action(f"get {words}"):
        live = kube.find(CONFIGMAPS, TRUSTED_CA, namespace=app)
    wanted = build_trusted_ca(app, certificates=certificates)
    if certificates and (live is None or live.get("data") != wanted["data"]):
        apply_object(kube, CONFIGMAPS, wanted, words=f"update {words}")
    elif live is not None and not certificates:
        with action(f"delete {words}"):
            kube.delete(CONFIGMAPS, TRUSTED_CA, namespace=app)
