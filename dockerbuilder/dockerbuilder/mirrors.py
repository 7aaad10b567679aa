"""Mirrors and trusted certificates, as buildah and the programs in a build's RUN steps want them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

INDEXES = {
    "pypi": ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
    "npm": ("NPM_CONFIG_REGISTRY",),
    "go": ("GOPROXY",),
    "maven": (),
    "cargo": (),
}
"""Variables by index; Maven and cargo have none."""
CA_VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "CARGO_HTTP_CAINFO",
    "AWS_CA_BUNDLE",
)
CA_DIRECTORY = "/run/deis"
"""Where RUN steps find the certificates: no image has anything there, so nothing of the image is hidden."""
CA_FILE = f"{CA_DIRECTORY}/ca-certificates.crt"


def render_registries(mirrors: Mapping[str, str]) -> str:
    """Return a registries.conf in which each mirrored registry host is asked for at its mirror first.

    A mirror with the scheme ``http`` is spoken to without TLS. Names without a host are the Docker Hub's.
    """
    parts = ['unqualified-search-registries = ["docker.io"]', 'short-name-mode = "permissive"']
    for host, address in sorted(mirrors.items()):
        if host not in INDEXES:
            parts.append(render_mirror(host, address))
    return "\n".join(parts) + "\n"


def render_mirror(host: str, address: str) -> str:
    parsed = urlsplit(address if "://" in address else f"https://{address}")
    location = quote(parsed.netloc + parsed.path.rstrip("/"))
    insecure = "true" if parsed.scheme == "http" else "false"
    return (
        f"\n[[registry]]\nprefix = {quote(host)}\nlocation = {quote(host)}\n"
        f"\n[[registry.mirror]]\nlocation = {location}\ninsecure = {insecure}"
    )


def quote(text: str) -> str:
    """A TOML string, which JSON's form of one is too."""
    return json.dumps(text)


def build_run_environment(mirrors: Mapping[str, str], *, trusted_ca: bool) -> dict[str, str]:
    """Return what RUN steps see beside their own; none of it stays in the image."""
    environment = dict.fromkeys(CA_VARIABLES, CA_FILE) if trusted_ca else {}
    for index, names in INDEXES.items():
        if mirrors.get(index):
            environment.update(dict.fromkeys(names, mirrors[index]))
    return environment
