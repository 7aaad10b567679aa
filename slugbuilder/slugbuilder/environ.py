"""The environment of the programs that a build runs: trusted certificates, proxies and mirrors, and no address or credential."""

from __future__ import annotations

from pathlib import Path

from .settings import STACK, SYSTEM_CA, TRUSTED_CA, Places, Settings

CA_VARIABLES = (
    "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "PIP_CERT",
    "NODE_EXTRA_CA_CERTS", "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE",
)  # fmt: skip
MIRROR_VARIABLES = {
    "pypi": ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
    "npm": ("npm_config_registry",),
    "go": ("GOPROXY",),
    "maven": ("MAVEN_MIRROR",),
    "cargo": ("CARGO_MIRROR",),
}
"""The last two are read by our own buildpacks: the programs themselves want files."""


def build_environ(
    settings: Settings,
    places: Places,
    *,
    ca_bundle: Path | None,
    request_id: str,
    extra_ca: Path = TRUSTED_CA,
) -> dict[str, str]:
    """Everything that buildpacks and hooks see in their environment."""
    environ = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(places.app),
        "APP_DIR": str(places.app),
        "TMPDIR": str(places.temporary),
        "STACK": STACK,
        "REQUEST_ID": request_id,
        "SOURCE_VERSION": settings.source_version,
        **settings.proxies,
    }
    for name, value in settings.mirrors.items():
        environ |= dict.fromkeys(MIRROR_VARIABLES.get(name, ()), value)
    if ca_bundle:
        environ |= dict.fromkeys(CA_VARIABLES, str(ca_bundle)) | {"EXTRA_CA_FILE": str(extra_ca)}
    return environ


def write_ca_bundle(target: Path, *, extra: Path = TRUSTED_CA, system: Path = SYSTEM_CA) -> Path | None:
    """The public certificates and the platform's extra ones in one file; None if there are no extra ones."""
    if not extra.exists():
        return None
    target.write_text(f"{system.read_text()}\n{extra.read_text()}")
    return target
