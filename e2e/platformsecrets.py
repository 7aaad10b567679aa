"""What nobody inside may ever read: the values of the platform's own Secrets."""

from __future__ import annotations

import base64

from drive import Platform

SECRETS = (
    "objectstorage-keyfile", "database-creds", "builder-key-auth", "django-secret-key",
    "registry-token-key", "registry-node-auth", "builder-ssh-private-keys",
)  # fmt: skip
SHORTEST = 16
"""Characters; a user name is no secret."""


def list_secret_values(platform: Platform) -> dict[str, str]:
    """Each value that is long enough to be one, by Secret and key."""
    found = {}
    for name in SECRETS:
        data = platform.kubectl_json("get", "secret", name, "--namespace", "deis")["data"]
        for key, value in data.items():
            text = base64.b64decode(value).decode()
            if len(text) >= SHORTEST and not text.startswith("-----BEGIN CERTIFICATE"):
                found[f"{name}/{key}"] = text
    return found
