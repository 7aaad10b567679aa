"""The image pull secret of an app's pods (section 6.2)."""

import base64
import json
from collections.abc import Mapping

from controller.cluster.desired import PullSecret
from controller.cluster.errors import ImageForbidden
from controller.cluster.images import ON_CLUSTER
from kit.settings import Secret

DOCKER_HUB = "https://index.docker.io/v1/"
KEPT_BY_REFRESHER = ("ecr", "gcr")


def build_pull_secret(
    image: str,
    *,
    registry: Mapping[str, str],
    location: str,
    prefix: str,
    platform_registry: Mapping[str, str] | None = None,
) -> PullSecret | None:
    """The secret the pods name, with its content if it is ours to write; None when they need none.

    ``registry`` is the app's own registry config, ``platform_registry`` the content of Secret
    ``registry-secret``.

    Raises:
        ImageForbidden: half of the credentials is missing.
    """
    if registry:
        host = registry.get("hostname") or find_registry_host(image)
        return PullSecret(name=prefix, dockerconfig=render_dockerconfig(host, registry))
    if location in KEPT_BY_REFRESHER:
        return PullSecret(name=f"{prefix}-{location}", dockerconfig=None)
    if location == ON_CLUSTER or platform_registry is None:
        return None
    host = platform_registry.get("hostname") or "docker.io"
    config = render_dockerconfig(host, platform_registry)
    return PullSecret(name=f"{prefix}-{location}", dockerconfig=config)


def find_registry_host(image: str) -> str:
    """The part before the first slash when it looks like a host, else ``docker.io``."""
    first, slash, _ = image.partition("/")
    looks_like_host = "." in first or ":" in first or first == "localhost"
    return first if slash and looks_like_host else "docker.io"


def render_dockerconfig(host: str, credentials: Mapping[str, str]) -> Secret:
    """The text of ``.dockerconfigjson`` for one registry."""
    username, password = credentials.get("username"), credentials.get("password")
    if not username or not password:
        raise ImageForbidden("Registry auth requires a username and a password")
    entry = base64.b64encode(f"{username}:{password}".encode()).decode()
    server = DOCKER_HUB if host == "docker.io" else host
    return Secret(json.dumps({"auths": {server: {"auth": entry}}}))
