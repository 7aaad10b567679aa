"""The random name of this installation, kept in the Secret ``deis-workflow-manager``."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable

from kit.kube import SECRETS, Kube, KubeConflict, Manifest

SECRET = "deis-workflow-manager"
KEY = "cluster-id"


def get_cluster_id(kube: Kube, namespace: str, *, make: Callable[[], uuid.UUID] = uuid.uuid4) -> str:
    """The installation's id; made on the first call, and the same for every process after that.

    Raises:
        KubeError: the Secret can be neither read nor made.
    """
    found = kube.find(SECRETS, SECRET, namespace=namespace)
    if found is None:
        try:
            found = kube.create(SECRETS, build_secret(str(make())), namespace=namespace)
        except KubeConflict:  # another process was quicker
            found = kube.get(SECRETS, SECRET, namespace=namespace)
    return base64.b64decode(found["data"][KEY]).decode()


def build_secret(cluster_id: str) -> Manifest:
    return {
        "metadata": {"name": SECRET, "labels": {"app": SECRET, "heritage": "deis"}},
        "type": "Opaque",
        "data": {KEY: base64.b64encode(cluster_id.encode()).decode()},
    }
