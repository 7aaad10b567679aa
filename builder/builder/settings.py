"""The environment, read once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit.settings import Reader

STORAGES = ("in-cluster", "minio", "s3", "gcs", "azure")
LOCATIONS = ("on-cluster", "off-cluster", "ecr", "gcr")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True, kw_only=True)
class PodSettings:
    """What every build pod gets, whatever it builds."""

    namespace: str = "deis-builds"
    slugbuilder_image: str = ""
    slugbuilder_pull_policy: str = "Always"
    dockerbuilder_image: str = ""
    dockerbuilder_pull_policy: str = "Always"
    node_selector: str = ""
    """``key:value[,key:value...]``; looked at for each build, so that a mistake is the pusher's to read."""
    tolerations: tuple[Mapping[str, Any], ...] = ()
    image_pull_secrets: tuple[str, ...] = ()
    limits: Mapping[str, str] = field(default_factory=dict)
    requests: Mapping[str, str] = field(default_factory=dict)
    host_users: bool = True
    """False gives each build pod a user namespace of its own, where nodes can."""
    trusted_ca_configmap: str = ""
    proxies: Mapping[str, str] = field(default_factory=dict)
    mirrors: str = ""
    """JSON, handed on as it is."""
    debug: bool = False
    builder: str = ""
    """The builder that is responsible for the pod: its own pod's name."""
    lifetime: float = 1800.0
    """Seconds after which the cluster itself ends a build pod."""


@dataclass(frozen=True, kw_only=True)
class RegistrySettings:
    location: str = "on-cluster"
    url: str = ""
    """Where build pods push to if the registry is on the cluster."""
    token_dir: Path = Path("/var/run/secrets/deis/registry-token")
    secret_prefix: str = "private-registry"


@dataclass(frozen=True, kw_only=True)
class Settings:
    controller_url: str
    builder_key_file: Path = Path("/var/run/secrets/api/auth/builder-key")
    host_key_dir: Path = Path("/var/run/secrets/deis/builder/ssh")
    storage: str = "in-cluster"
    storage_endpoint: str | None = None
    storage_credentials: Path = Path("/var/run/secrets/deis/objectstore/creds")
    git_home: Path = Path("/home/git")
    program_path: str = os.defpath
    """Where git and what it starts are; PATH."""
    runtime_dir: Path = Path("/tmp/builder")
    ssh_address: str = "0.0.0.0"
    ssh_port: int = 2223
    health_port: int = 8092
    cleaner_interval: float = 5.0
    """Seconds between looks at what could not be cleaned yet."""
    lock_timeout: float = 600.0
    """Seconds an operation may hold its repository; GIT_LOCK_TIMEOUT, given in minutes."""
    pod_wait: float = 900.0
    """Seconds until a build pod must have started, and again until it must have ended."""
    idle_interval: float = 10.0
    max_builds: int = 0
    """At a time, by this builder; 0 is no limit."""
    """Seconds between two ``...`` while nothing else is to be said."""
    namespace: str = "deis"
    pods: PodSettings = PodSettings()
    registry: RegistrySettings = RegistrySettings()
    debug: bool = False

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Raise ``SettingsError`` that names every missing or malformed variable at once."""
        reader = Reader(env)
        host = reader.text("DEIS_CONTROLLER_SERVICE_HOST")
        port = reader.integer("DEIS_CONTROLLER_SERVICE_PORT")
        storage = reader.choice("BUILDER_STORAGE", STORAGES, "in-cluster")
        settings = cls(
            controller_url=f"http://{host}:{port}",
            storage=storage,
            storage_endpoint=read_storage_endpoint(reader) if storage in ("in-cluster", "minio") else None,
            program_path=reader.text("PATH", os.defpath),
            ssh_address=reader.text("SSH_HOST_IP", "0.0.0.0"),
            ssh_port=reader.integer("SSH_HOST_PORT", 2223),
            health_port=reader.integer("HEALTH_SERVER_PORT", 8092),
            cleaner_interval=reader.number("CLEANER_POLL_SLEEP_DURATION_SEC", 5.0),
            lock_timeout=60 * reader.number("GIT_LOCK_TIMEOUT", 10.0),
            pod_wait=reader.duration_ms("BUILDER_POD_WAIT_DURATION", 900.0),
            idle_interval=reader.duration_ms("SESSION_IDLE_INTERVAL", 10.0),
            max_builds=reader.integer("BUILDER_MAX_BUILDS", 0),
            namespace=reader.text("POD_NAMESPACE"),
            pods=read_pod_settings(reader),
            registry=read_registry_settings(reader),
            debug=reader.boolean("DEIS_DEBUG", False),
        )
        reader.finish()
        return settings


def read_storage_endpoint(reader: Reader) -> str:
    """Return the in-cluster store's address; the names of the older one are accepted too."""
    host = reader.text("DEIS_OBJECTSTORAGE_SERVICE_HOST", None) or reader.text(
        "DEIS_MINIO_SERVICE_HOST", None
    )
    port = reader.integer("DEIS_OBJECTSTORAGE_SERVICE_PORT", None) or reader.integer(
        "DEIS_MINIO_SERVICE_PORT", None
    )
    if not host or not port:
        reader.reject("DEIS_OBJECTSTORAGE_SERVICE_HOST", "or DEIS_OBJECTSTORAGE_SERVICE_PORT is missing")
    return f"http://{host}:{port}"


def read_pod_settings(reader: Reader) -> PodSettings:
    tolerations: Any = reader.json("BUILDER_POD_TOLERATIONS", [])
    if not isinstance(tolerations, list):
        reader.reject("BUILDER_POD_TOLERATIONS", "is not a JSON list")
        tolerations = []
    proxies = {name: reader.text(name, "") for name in PROXIES}
    return PodSettings(
        namespace=reader.text("BUILDS_NAMESPACE", "deis-builds"),
        slugbuilder_image=reader.text("SLUGBUILDER_IMAGE_NAME"),
        slugbuilder_pull_policy=reader.text("SLUG_BUILDER_IMAGE_PULL_POLICY", "Always"),
        dockerbuilder_image=reader.text("DOCKERBUILDER_IMAGE_NAME"),
        dockerbuilder_pull_policy=reader.text("DOCKER_BUILDER_IMAGE_PULL_POLICY", "Always"),
        node_selector=reader.text("BUILDER_POD_NODE_SELECTOR", ""),
        tolerations=tuple(tolerations),
        image_pull_secrets=tuple(reader.text("BUILDER_POD_IMAGE_PULL_SECRETS", "").replace(",", " ").split()),
        limits=read_quantities(reader, "BUILDER_POD_LIMITS"),
        requests=read_quantities(reader, "BUILDER_POD_REQUESTS"),
        host_users=reader.boolean("BUILDER_POD_HOST_USERS", True),
        trusted_ca_configmap=reader.text("TRUSTED_CA_CONFIGMAP", ""),
        proxies={name: value for name, value in proxies.items() if value},
        mirrors=reader.text("DEIS_MIRRORS", ""),
        debug=reader.boolean("DEIS_DEBUG", False),
        builder=reader.text("HOSTNAME", "deis-builder"),
        lifetime=2 * reader.duration_ms("BUILDER_POD_WAIT_DURATION", 900.0),
    )


def read_quantities(reader: Reader, prefix: str) -> dict[str, str]:
    """Return amounts of CPU, memory and scratch space as Kubernetes writes them, those that are given."""
    names = {"cpu": "CPU", "memory": "MEMORY", "ephemeral-storage": "EPHEMERAL_STORAGE"}
    amounts = {kind: reader.text(f"{prefix}_{name}", "") for kind, name in names.items()}
    return {kind: amount for kind, amount in amounts.items() if amount}


def read_registry_settings(reader: Reader) -> RegistrySettings:
    location = reader.choice("DEIS_REGISTRY_LOCATION", LOCATIONS, "on-cluster")
    url = reader.text("DEIS_REGISTRY_URL", "")
    if location == "on-cluster" and not url:
        reader.reject("DEIS_REGISTRY_URL", "is missing")
    return RegistrySettings(
        location=location,
        url=url,
        token_dir=Path(reader.text("REGISTRY_TOKEN_DIR", "/var/run/secrets/deis/registry-token")),
        secret_prefix=reader.text("DEIS_REGISTRY_SECRET_PREFIX", "private-registry"),
    )
