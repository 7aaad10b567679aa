"""The environment of each of the three containers, and the fixed places of a build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit.settings import Reader, Secret

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where a build happens. The defaults are those of the pod; tests name their own."""

    workspace: Path = Path("/workspace")
    """Shared by the three containers: source, then the image."""
    config: Path = Path("/workspace-env")
    """``DOCKER_BUILD_ARGS``, if the app opted in; only build has it."""
    secrets: Path = Path("/var/run/secrets/deis/urls")
    """Addresses and registry credentials; only fetch and push have them."""
    home: Path = Path("/home/build")
    temporary: Path = Path("/tmp")
    ca_bundle: Path = Path("/tmp/ca-certificates.crt")
    """What the image's entrypoint makes of the public and the trusted certificates; absent if none were added."""

    @property
    def source(self) -> Path:
        return self.workspace / "source"

    @property
    def image(self) -> Path:
        return self.workspace / "image"


@dataclass(frozen=True, kw_only=True)
class BuildSettings:
    """What the builder says about this build."""

    mirrors: Mapping[str, str] = field(default_factory=dict)
    """Addresses by what they replace: a registry's host, ``pypi``, ``npm``, ``go``."""
    proxies: Mapping[str, str] = field(default_factory=dict)
    debug: bool = False

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> BuildSettings:
        """Raise ``SettingsError`` that names every malformed variable at once."""
        reader = Reader(env)
        mirrors: Any = reader.json("DEIS_MIRRORS", {})
        if not isinstance(mirrors, dict):
            reader.reject("DEIS_MIRRORS", "is not a JSON object")
            mirrors = {}
        proxies = {name: reader.text(name, "") for name in PROXIES}
        debug = reader.boolean("DEIS_DEBUG", False)
        reader.finish()
        return cls(
            mirrors={str(name): str(address) for name, address in mirrors.items()},
            proxies={name: value for name, value in proxies.items() if value},
            debug=debug,
        )


@dataclass(frozen=True, kw_only=True)
class PushSettings:
    """Where the image goes."""

    registry_url: str
    """Of the registry's root, such as ``http://deis-registry.deis.svc.cluster.local``."""
    repository: str
    tag: str
    token: Secret | None = None
    """For this one repository; sent as it is."""
    username: str = ""
    password: Secret | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str], places: Places) -> PushSettings:
        """Raise ``SettingsError`` that names every missing variable at once."""
        reader = Reader(env)
        url = reader.text("DEIS_REGISTRY_URL")
        repository, colon, tag = reader.text("IMG_NAME").rpartition(":")
        if not colon:
            reader.reject("IMG_NAME", "is not of the form repository:tag")
        reader.finish()
        return cls(
            registry_url=url.rstrip("/"),
            repository=repository,
            tag=tag,
            token=reader.file_secret(places.secrets / "registry-token", None),
            username=reader.file_text(places.secrets / "registry-username", ""),
            password=reader.file_secret(places.secrets / "registry-password", None),
        )
