"""The Secret by which app pods pull their images."""

import base64
import json

from kit.kube import Manifest
from registry_token_refresher.tokens import Token

EMAIL = "none@none.com"
TYPE = "kubernetes.io/dockerconfigjson"


def build_pull_secret(name: str, token: Token) -> Manifest:
    """Return the Secret. Source: build specification, section 18.4."""
    config = {"auths": {token.hostname: {"auth": token.auth.reveal(), "email": EMAIL}}}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": {"heritage": "deis"}},
        "type": TYPE,
        "data": {".dockerconfigjson": base64.b64encode(json.dumps(config).encode()).decode()},
    }
