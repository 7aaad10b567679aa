"""The platform's own account at an off-cluster registry (section 6.2)."""

import base64

from controller.cluster.answers import action
from kit.kube import SECRETS, Kube

REGISTRY_SECRET = "registry-secret"


def get_platform_registry(kube: Kube, *, namespace: str) -> dict[str, str] | None:
    """What Secret ``registry-secret`` says, as text."""
    with action(f'get Secret "{REGISTRY_SECRET}" in Namespace "{namespace}"'):
        secret = kube.find(SECRETS, REGISTRY_SECRET, namespace=namespace)
    if secret is None:
        return None
    data = (secret.get("data") or {}).items()
    return {key: base64.b64decode(value).decode(errors="replace") for key, value in data}
