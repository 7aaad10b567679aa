"""Where the checkout and the caches are."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from images.errors import SettingsError

CHECKOUT = Path(__file__).resolve().parents[2]
SYSTEM_CACHE = Path("/var/cache/devcluster/build-cache")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Values that differ from machine to machine."""

    checkout: Path = CHECKOUT
    cache_dir: Path = SYSTEM_CACHE
    """Downloads and compilers' caches, kept between builds; IMAGES_CACHE_DIR."""
    ca_bundle: Path = Path("/etc/ssl/certs/ca-certificates.crt")
    """What build steps trust; SSL_CERT_FILE."""
    pypi: str = ""
    """Package index instead of PyPI; PIP_INDEX_URL."""
    npm: str = ""
    """Registry instead of npm's; npm_config_registry."""
    go: str = ""
    """Module proxies instead of Go's; GOPROXY."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Raise ``SettingsError`` if the certificates that build steps should trust are missing."""
        bundle = Path(env.get("SSL_CERT_FILE") or cls.ca_bundle)
        if not bundle.is_file():
            raise SettingsError(f"{bundle} is no file: install ca-certificates, or set SSL_CERT_FILE.")
        return cls(
            cache_dir=Path(env.get("IMAGES_CACHE_DIR") or choose_cache_dir(env, is_root=os.geteuid() == 0)),
            ca_bundle=bundle,
            pypi=env.get("PIP_INDEX_URL", ""),
            npm=env.get("npm_config_registry", ""),
            go=env.get("GOPROXY", ""),
        )


def choose_cache_dir(env: Mapping[str, str], *, is_root: bool) -> Path:
    """One cache a machine for root, else the user's own."""
    if is_root:
        return SYSTEM_CACHE
    home = env.get("XDG_CACHE_HOME") or str(Path(env.get("HOME", "/")) / ".cache")
    return Path(home) / "deis-workflow" / "build-cache"
