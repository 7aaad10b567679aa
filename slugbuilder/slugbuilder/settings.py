"""The environment, read once, and the fixed places of a build."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .errors import BuildError

STACK = "deis-13"
TRUSTED_CA = Path("/etc/deis/trusted-ca/ca.crt")
SYSTEM_CA = Path("/etc/ssl/certs/ca-certificates.crt")
PASSED_ON = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where a build happens. The defaults are those of the image; tests name their own."""

    workspace: Path = Path("/workspace")
    """Shared by the three containers: source, restored cache, results."""
    app: Path = Path("/app")
    temporary: Path = Path("/tmp")
    config: Path = Path("/workspace-env")
    """One file per config variable."""
    urls: Path = Path("/var/run/secrets/deis/urls")
    """One file per address; only fetch and push have it."""
    buildpacks: Path = Path("/builder/buildpacks")

    @property
    def source(self) -> Path:
        return self.workspace / "source"

    @property
    def cache(self) -> Path:
        return self.workspace / "cache"

    @property
    def results(self) -> Path:
        return self.workspace / "results"

    @property
    def build_root(self) -> Path:
        return self.temporary / "build"

    @property
    def environment(self) -> Path:
        """The buildpack API's ENV_DIR."""
        return self.temporary / "environment"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the builder says about this build."""

    source_version: str = ""
    buildpack_url: str = ""
    debug: bool = False
    proxies: Mapping[str, str] = field(default_factory=dict)
    mirrors: Mapping[str, str] = field(default_factory=dict)
    """Index addresses by ecosystem: pypi, npm, go."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Raise ``BuildError`` if DEIS_MIRRORS is no JSON object."""
        try:
            mirrors = dict(json.loads(env.get("DEIS_MIRRORS") or "{}"))
        except (ValueError, TypeError) as error:
            raise BuildError("DEIS_MIRRORS is not a JSON object.") from error
        return cls(
            source_version=env.get("SOURCE_VERSION", ""),
            buildpack_url=env.get("BUILDPACK_URL", ""),
            debug=bool(env.get("DEIS_DEBUG")),
            proxies={name: env[name] for name in PASSED_ON if env.get(name)},
            mirrors={str(key): str(value) for key, value in mirrors.items()},
        )
