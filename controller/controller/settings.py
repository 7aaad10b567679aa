"""The environment, read once.

Source: API specification, section 13.1; Kubernetes specification, section 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit.settings import Reader, Secret

VERSION = "3.0.0"
API_VERSION = "2.3"
PLATFORM_VERSION = f"{API_VERSION}.0"
"""What clients and deploy hooks are told."""
REGISTRATION_MODES = ("enabled", "admin_only", "disabled")
REGISTRY_LOCATIONS = ("on-cluster", "off-cluster", "ecr", "gcr")
CREDENTIALS = Path("/var/run/secrets/deis/objectstore/creds")


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """Where PostgreSQL is."""

    host: str = ""
    port: int = 5432
    user: str = "deis"
    password: Secret = field(default_factory=lambda: Secret(""))
    name: str = "deis"
    pool_size: int = 12
    """Connections a process may have; DATABASE_POOL_SIZE."""
    listen: bool = True
    """Off behind a pooler that forbids LISTEN: waiting polls then; DATABASE_LISTEN."""


@dataclass(frozen=True, kw_only=True)
class RegistrySettings:
    """Where images are, for nodes and for this process."""

    host: str = "127.0.0.1"
    """As nodes name it."""
    port: int = 5000
    location: str = "on-cluster"
    secret_prefix: str = "private-registry"
    url: str = ""
    """Where this process reads and copies images; DEIS_REGISTRY_URL."""
    token_dir: Path | None = None
    """The key pair that signs tokens for it; REGISTRY_TOKEN_DIR."""
    timeout: float = 60.0
    """Seconds without a byte; DOCKER_CLIENT_TIMEOUT."""
    proxies: Mapping[str, str] = field(default_factory=dict)
    """``http``, ``https`` and ``no``."""
    mirrors: Mapping[str, str] = field(default_factory=dict)
    """A registry's host to the URL of what stands in for it; DEIS_MIRRORS."""


@dataclass(frozen=True, kw_only=True)
class StorageSettings:
    """Where slugs are."""

    storage: str = ""
    """APP_STORAGE; also BUILDER_STORAGE of slug containers."""
    host: str = ""
    port: str = ""
    credentials: Path = CREDENTIALS


@dataclass(frozen=True, kw_only=True)
class DeploySettings:
    """Defaults of every deploy; most can be overridden by an app's config."""

    slugrunner_image: str = ""
    pull_policy: str = "IfNotPresent"
    procfile_missing_remove: bool = True
    reject_if_procfile_missing: bool = False
    batches: int = 0
    timeout: int = 120
    """Seconds for each batch."""
    history_limit: int | None = None
    grace_period: int = 30
    quota: Mapping[str, Any] | None = None
    default_tags: Mapping[str, str] = field(default_factory=dict)
    ignore_scheduling_failure: bool = False
    expose_pod_ip: bool = False
    hook_urls: tuple[str, ...] = ()
    hook_secret: Secret | None = None
    trusted_ca: str = ""
    """PEM certificates that the containers which fetch slugs trust too: the content of TRUSTED_CA_FILE."""


@dataclass(frozen=True, kw_only=True)
class NativeIngressSettings:
    """How apps are reached in a cluster that routes by itself."""

    hostname: str
    """The platform's domain."""
    ingress_class: str = ""
    gateway: str = ""
    """``<namespace>/<name>``: the Gateway API instead of Ingresses."""


@dataclass(frozen=True, kw_only=True)
class LdapSettings:
    """The directory that is asked for passwords first."""

    endpoint: str
    """``ldap://host:389`` or ``ldaps://host``."""
    bind_dn: str = ""
    """Who searches; empty: anybody may."""
    bind_password: Secret = field(default_factory=lambda: Secret(""))
    user_base: str = ""
    user_attribute: str = "username"
    """LDAP_USER_FILTER: the attribute that holds login names."""
    group_base: str = ""
    """Empty: groups are left alone."""
    group_filter: str = ""
    """A filter without its parentheses, such as ``objectClass=groupOfNames``."""
    verify: bool = False
    """Whether the server's certificate must be trusted; LDAP_VERIFY_TLS."""


@dataclass(frozen=True, kw_only=True)
class ProcessSettings:
    """How this container serves."""

    port: int = 8000
    metrics_port: int = 0
    """Where Prometheus reads what is counted; 0: nothing is. METRICS_PORT."""
    pod_name: str = ""
    """The pod this is, by which others know when it is gone; empty outside of Kubernetes. POD_NAME."""
    workers: int = 2
    web_threads: int = 64
    operation_threads: int = 16
    lease_seconds: float = 10.0
    """How long an operation stays with a process that no longer says it lives."""
    queue_seconds: float = 900.0
    """How long a build or config change waits for its turn."""
    graceful_seconds: int = 45
    run_limit_seconds: int = 86400
    """The longest an interactive run may last; RUN_LIMIT."""
    ping_seconds: float = 20.0
    """How often a WebSocket's client is asked whether it is there; it has twice as long to answer. WEBSOCKET_PING."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything the operator decides."""

    secret_key: Secret
    builder_key: Secret
    namespace: str = "deis"
    registration_mode: str = "enabled"
    reserved_names: frozenset[str] = frozenset()
    debug: bool = False
    """Any value of DEIS_DEBUG, ``false`` included, turns it on."""
    log_verbose: bool = False
    """Any value of LOG_VERBOSE: log lines tell time, module, process and thread."""
    verifies_kubernetes: bool = True
    """Whether the API server must show a certificate of its cluster's authority; K8S_API_VERIFY_TLS."""
    database: DatabaseSettings = DatabaseSettings()
    registry: RegistrySettings = RegistrySettings()
    storage: StorageSettings = StorageSettings()
    deploy: DeploySettings = DeploySettings()
    process: ProcessSettings = ProcessSettings()
    logger_url: str = "http://127.0.0.1:80"
    router_host: str = "127.0.0.1"
    router_port: int = 80
    controller_url: str = "http://deis-controller.deis.svc.cluster.local"
    """Where app pods fetch their slug."""
    platform_domain: str = ""
    native_ingress: NativeIngressSettings | None = None
    """None while our router does the routing."""

    ldap: LdapSettings | None = None
    """None: local passwords only."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Raise ``SettingsError`` that names every missing or malformed variable at once."""
        reader = Reader(env)
        namespace = reader.text("WORKFLOW_NAMESPACE", "deis")
        settings = cls(
            secret_key=reader.secret("DEIS_SECRET_KEY"),
            builder_key=reader.secret("DEIS_BUILDER_KEY"),
            namespace=namespace,
            registration_mode=reader.choice("REGISTRATION_MODE", REGISTRATION_MODES, "enabled"),
            reserved_names=frozenset(_split(reader.text("RESERVED_NAMES", "").replace(" ", ""))),
            debug=bool(reader.text("DEIS_DEBUG", "")),
            log_verbose=bool(reader.text("LOG_VERBOSE", "")),
            verifies_kubernetes=reader.boolean("K8S_API_VERIFY_TLS", True),
            database=_read_database(reader),
            registry=_read_registry(reader),
            storage=_read_storage(reader),
            deploy=_read_deploy(reader),
            process=_read_process(reader),
            logger_url=_read_address(
                reader, "DEIS_LOGGER_SERVICE_HOST", "DEIS_LOGGER_SERVICE_PORT_HTTP", "127.0.0.1"
            ),
            router_host=reader.text("DEIS_ROUTER_SERVICE_HOST", "127.0.0.1"),
            router_port=reader.integer("DEIS_ROUTER_SERVICE_PORT", 80),
            controller_url=_read_address(
                reader,
                "DEIS_CONTROLLER_SERVICE_HOST",
                "DEIS_CONTROLLER_SERVICE_PORT",
                f"deis-controller.{namespace}.svc.cluster.local",
            ),
            platform_domain=reader.text("PLATFORM_DOMAIN", ""),
            native_ingress=_read_ingress(reader),
            ldap=_read_ldap(reader),
        )
        reader.finish()
        return settings


def _read_database(reader: Reader) -> DatabaseSettings:
    user = reader.text("DEIS_DATABASE_USER", "deis")
    return DatabaseSettings(
        host=reader.text("DEIS_DATABASE_SERVICE_HOST", ""),
        port=reader.integer("DEIS_DATABASE_SERVICE_PORT", 5432),
        user=user,
        password=reader.secret("DEIS_DATABASE_PASSWORD", Secret("")),
        name=reader.text("DEIS_DATABASE_NAME", user or "deis"),
        pool_size=reader.integer("DATABASE_POOL_SIZE", 12),
        listen=reader.boolean("DATABASE_LISTEN", True),
    )


def _read_registry(reader: Reader) -> RegistrySettings:
    token_dir = reader.text("REGISTRY_TOKEN_DIR", None)
    proxies = {
        "http": reader.text("HTTP_PROXY", ""),
        "https": reader.text("HTTPS_PROXY", ""),
        "no": reader.text("NO_PROXY", ""),
    }
    return RegistrySettings(
        host=reader.text("DEIS_REGISTRY_SERVICE_HOST", "127.0.0.1"),
        port=reader.integer("DEIS_REGISTRY_SERVICE_PORT", 5000),
        location=reader.choice("DEIS_REGISTRY_LOCATION", REGISTRY_LOCATIONS, "on-cluster"),
        secret_prefix=reader.text("DEIS_REGISTRY_SECRET_PREFIX", "private-registry"),
        url=reader.text("DEIS_REGISTRY_URL", "").rstrip("/"),
        token_dir=Path(token_dir) if token_dir else None,
        timeout=reader.number("DOCKER_CLIENT_TIMEOUT", 60.0),
        proxies={name: value for name, value in proxies.items() if value},
        mirrors=_read_mapping(reader, "DEIS_MIRRORS"),
    )


def _read_storage(reader: Reader) -> StorageSettings:
    old_host = reader.text("DEIS_MINIO_SERVICE_HOST", "")
    old_port = reader.text("DEIS_MINIO_SERVICE_PORT", "")
    return StorageSettings(
        storage=reader.text("APP_STORAGE", ""),
        host=reader.text("DEIS_OBJECTSTORAGE_SERVICE_HOST", old_host),
        port=reader.text("DEIS_OBJECTSTORAGE_SERVICE_PORT", old_port),
        credentials=Path(reader.text("OBJECTSTORE_CREDENTIALS", str(CREDENTIALS))),
    )


def _read_deploy(reader: Reader) -> DeploySettings:
    hook_urls = reader.text("DEIS_DEPLOY_HOOK_URLS", "")
    return DeploySettings(
        slugrunner_image=reader.text("SLUGRUNNER_IMAGE_NAME", ""),
        pull_policy=reader.text("IMAGE_PULL_POLICY", "IfNotPresent"),
        procfile_missing_remove=reader.boolean("DEIS_DEPLOY_PROCFILE_MISSING_REMOVE", True),
        reject_if_procfile_missing=reader.boolean("DEIS_DEPLOY_REJECT_IF_PROCFILE_MISSING", False),
        batches=reader.integer("DEIS_DEPLOY_BATCHES", 0),
        timeout=reader.integer("DEIS_DEPLOY_TIMEOUT", 120),
        history_limit=reader.integer("KUBERNETES_DEPLOYMENTS_REVISION_HISTORY_LIMIT", None),
        grace_period=reader.integer("KUBERNETES_POD_TERMINATION_GRACE_PERIOD_SECONDS", 30),
        quota=_read_mapping(reader, "KUBERNETES_NAMESPACE_DEFAULT_QUOTA_SPEC") or None,
        default_tags=_read_mapping(reader, "DEIS_DEFAULT_CONFIG_TAGS"),
        ignore_scheduling_failure=bool(reader.text("DEIS_IGNORE_SCHEDULING_FAILURE", "")),
        expose_pod_ip=reader.boolean("DEIS_EXPOSE_POD_IP", False),
        hook_urls=tuple(_split(hook_urls)),
        hook_secret=reader.secret("DEIS_DEPLOY_HOOK_SECRET_KEY", None),
        trusted_ca=reader.file_text(reader.text("TRUSTED_CA_FILE", "/etc/deis/trusted-ca/ca.crt"), ""),
    )


def _read_process(reader: Reader) -> ProcessSettings:
    return ProcessSettings(
        port=reader.integer("PORT", 8000),
        metrics_port=reader.integer("METRICS_PORT", 0),
        pod_name=reader.text("POD_NAME", ""),
        workers=_parse_workers(reader.text("GUNICORN_WORKERS", "")),
        web_threads=reader.integer("WEB_THREADS", 64),
        operation_threads=reader.integer("OPERATION_THREADS", 16),
        lease_seconds=reader.number("OPERATION_LEASE", 10.0),
        queue_seconds=reader.number("OPERATION_QUEUE", 900.0),
        graceful_seconds=reader.integer("GRACEFUL_TIMEOUT", 45),
        run_limit_seconds=reader.integer("RUN_LIMIT", 86400),
        ping_seconds=reader.number("WEBSOCKET_PING", 20.0),
    )


def _parse_workers(text: str) -> int:
    """What is no positive number means the default, as it always did."""
    return int(text) if text.isdecimal() and int(text) > 0 else ProcessSettings.workers


def _read_address(reader: Reader, host_name: str, port_name: str, default_host: str) -> str:
    host = reader.text(host_name, default_host)
    port = reader.integer(port_name, 80)
    return f"http://{host}:{port}" if port != 80 else f"http://{host}"


def _read_ingress(reader: Reader) -> NativeIngressSettings | None:
    """Under its old name, or the shorter one of later releases."""
    enabled = reader.boolean("NATIVE_INGRESS", reader.boolean("EXPERIMENTAL_NATIVE_INGRESS", False))
    old_hostname = reader.text("EXPERIMENTAL_NATIVE_INGRESS_HOSTNAME", "")
    hostname = reader.text("NATIVE_INGRESS_HOSTNAME", old_hostname)
    ingress_class = reader.text("NATIVE_INGRESS_CLASS", "")
    gateway = reader.text("NATIVE_INGRESS_GATEWAY", "")
    if not enabled:
        return None
    if not hostname:
        reader.reject("EXPERIMENTAL_NATIVE_INGRESS_HOSTNAME", "must be the platform's domain")
    if gateway and not re.fullmatch(r"[a-z0-9-]+/[a-z0-9.-]+", gateway):
        reader.reject(
            "NATIVE_INGRESS_GATEWAY", "must be a Gateway's namespace and name, such as infra/public"
        )
    return NativeIngressSettings(hostname=hostname, ingress_class=ingress_class, gateway=gateway)


def _read_ldap(reader: Reader) -> LdapSettings | None:
    ldap = LdapSettings(
        endpoint=reader.text("LDAP_ENDPOINT", ""),
        bind_dn=reader.text("LDAP_BIND_DN", ""),
        bind_password=reader.secret("LDAP_BIND_PASSWORD", Secret("")),
        user_base=reader.text("LDAP_USER_BASEDN", ""),
        user_attribute=reader.text("LDAP_USER_FILTER", "username"),
        group_base=reader.text("LDAP_GROUP_BASEDN", ""),
        group_filter=reader.text("LDAP_GROUP_FILTER", ""),
        verify=reader.boolean("LDAP_VERIFY_TLS", False),
    )
    if not ldap.endpoint:
        return None
    if not re.match(r"ldaps?://[^/]", ldap.endpoint):
        reader.reject("LDAP_ENDPOINT", "must be a URL such as ldaps://ldap.example.com")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", ldap.user_attribute):
        reader.reject("LDAP_USER_FILTER", "must be the name of an attribute, such as uid")
    return ldap


def _read_mapping(reader: Reader, name: str) -> Mapping[str, Any]:
    value: Any = reader.json(name, {})
    if not isinstance(value, dict):
        reader.reject(name, "must be a JSON object")
        return {}
    return value


def _split(text: str) -> list[str]:
    return [part for part in text.split(",") if part]
