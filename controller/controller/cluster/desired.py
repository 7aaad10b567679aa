"""What the rest of the controller says about an app, as values: the border of this package.

The services read rows and build these; the cluster package turns them into objects. Nothing here does
anything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kit.settings import Secret

BuildKind = Literal["buildpack", "dockerfile", "image"]
HealthCheck = Mapping[str, Any]
"""``{"livenessProbe": {...}, "readinessProbe": {...}}`` as the API stores it for one process type."""


@dataclass(frozen=True, kw_only=True)
class NativeIngress:
    """What leads to apps in a cluster that routes by itself."""

    hostname: str
    """The platform's domain: apps answer at ``<app>.<hostname>``."""
    ingress_class: str = ""
    """Which ingress controller; empty leaves it to the cluster's default."""
    gateway: str = ""
    """``<namespace>/<name>`` of a Gateway: routes of the Gateway API are made for it instead of Ingresses."""


@dataclass(frozen=True, kw_only=True)
class ClusterOptions:
    """What the platform's operator decided; the controller's settings build it."""

    slugrunner_image: str
    platform_namespace: str = "deis"
    service_account: str = "deis-controller"
    app_role: str = "deis:app-operator"
    """The ClusterRole that a RoleBinding in each app's namespace grants to the controller."""
    router_host: str = "deis-router.deis.svc.cluster.local"
    """Empty: nobody asks the router after a first deploy."""
    router_port: int = 80
    platform_domain: str = ""
    ignore_scheduling_failure: bool = False
    """DEIS_IGNORE_SCHEDULING_FAILURE: a node autoscaler will find room for a pod that has none yet."""
    expose_pod_ip: bool = False
    """DEIS_EXPOSE_POD_IP: app containers get ``POD_IP``, unless their own config says otherwise."""
    native_ingress: NativeIngress | None = None
    """Given in a cluster that routes by itself, without our router."""
    drain_seconds: int = 3
    """How long a pod that is to stop goes on serving, until every proxy has forgotten it."""
    debug: bool = False
    """DEIS_DEBUG: app containers get ``DEIS_DEBUG=1``."""
    trusted_ca: str = ""
    """PEM certificates trusted, beside the public ones, where a slug is fetched from; often none."""
    proxies: Mapping[str, str] = field(default_factory=dict)
    """``http``, ``https`` and ``no``: by which a slug is fetched from outside of the cluster; often none."""


@dataclass(frozen=True)
class TypeService:
    """A process type that gets requests of its own (API specification, section 15)."""

    type: str
    path_pattern: str
    """Regular expressions, with commas between."""


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """What the router reads from the app's Service: labels and annotations, nothing about processes."""

    domains: tuple[str, ...] = ()
    """In the order added; the first is the app's id."""
    certificates: tuple[tuple[str, str], ...] = ()
    """Pairs of domain and certificate name."""
    certificate_fingerprints: tuple[tuple[str, str], ...] = ()
    """Pairs of certificate name and the first 16 hex digits of its content's SHA-256.

    A change makes the router fetch it.
    """
    maintenance: bool = False
    routable: bool = True
    whitelist: tuple[str, ...] = ()
    ssl_enforce: bool = False
    types: tuple[TypeService, ...] = ()
    """What has a Service of its own besides the app's."""


@dataclass(frozen=True, kw_only=True)
class PullSecret:
    """The image pull secret that the app's pods name."""

    name: str
    dockerconfig: Secret | None
    """The text of ``.dockerconfigjson``; None when another component keeps the secret (ecr, gcr)."""


@dataclass(frozen=True, kw_only=True)
class Slug:
    """Where a buildpack app's code comes from."""

    key: str
    """Object key; the app sees it as SLUG_URL."""
    fetch_url: str = field(repr=False)
    """What the init container ``slug`` fetches.

    A URL of this controller with a token good for this slug only.
    """


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process type of a release and how many of it should run."""

    type: str
    replicas: int
    command: tuple[str, ...] = ()
    """Replaces the image's entrypoint; empty keeps it. See ``commands.build_command``."""
    args: tuple[str, ...] = ()
    memory: str = ""
    """As the user wrote it: ``<limit>`` or ``<request>/<limit>``, such as ``0/3G``."""
    cpu: str = ""
    health_check: HealthCheck = field(default_factory=dict)
    """The effective check of this type. See ``probes.choose_health_check``."""
    post_start: str = ""
    """A shell command that the container runs once it has started; often none."""
    pre_stop: str = ""
    """A shell command that it runs before it is told to stop, instead of the platform's own pause."""
    grace_period: int | None = None
    """Seconds it has to stop; None: the app's."""
    routable: bool = False
    """The type is web or cmd and the app is routable: it gets a default readiness probe and drains."""
    autoscaled: bool = False
    """An autoscaler keeps the count: a deploy leaves the live one alone."""


@dataclass(frozen=True, kw_only=True)
class DesiredApp:
    """One release of an app as it should be in the cluster."""

    app: str
    release_uuid: str
    version: int
    summary: str
    kind: BuildKind
    image: str
    """What app containers run; for buildpack apps it is ignored in favour of the slugrunner's image."""
    env: Mapping[str, str] = field(repr=False)
    """Everything the container gets. See ``environment.build_environment``."""
    processes: tuple[Process, ...]
    service: ServiceState
    slug: Slug | None = None
    """Given for buildpack apps, else None."""
    port: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    pull_policy: str = "IfNotPresent"
    pull_secret: PullSecret | None = None
    grace_period: int = 30
    history_limit: int | None = None
    batches: int = 0
    """Size of a rolling-update step; 0 means the number of nodes the app may run on."""
    deploy_timeout: int = 120
    """Seconds for each batch."""
    quota: Mapping[str, Any] | None = None
    """KUBERNETES_NAMESPACE_DEFAULT_QUOTA_SPEC, parsed."""
    fence: int = 0
    """The highest release version of the app, failed ones included. A Deployment stamped with a higher one
    belongs to a newer operation and is never overwritten: ``Superseded`` is raised instead."""


@dataclass(frozen=True, kw_only=True)
class Autoscale:
    min: int
    max: int
    cpu_percent: int


Phase = Literal[
    "publishing",
    "preparing",
    "rolling out",
    "switching",
    "cleaning up",
    "rolling back",
    "scaling",
    "restarting",
    "creating",
    "destroying",
]


@dataclass(frozen=True, kw_only=True)
class PodTrouble:
    """A pod that is not ready yet, and why as far as Kubernetes says."""

    name: str
    type: str
    state: str
    """As ``deis ps`` shows it."""
    reason: str = ""
    """``Unschedulable``, ``Crashed``, ``Unhealthy`` or a reason of Kubernetes'."""
    message: str = ""
    restarts: int = 0


@dataclass(frozen=True, kw_only=True)
class Situation:
    """How far a release's pods are."""

    wanted: int
    ready: int
    pods: tuple[PodTrouble, ...] = ()
    """Some of those that are not ready."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One step of a long call, for the operation's row and for the app's log."""

    phase: Phase
    message: str
    cause: str = ""
    """In phase ``rolling back``: what went wrong. Store it; a resumed call gets it as ``failed_with``."""
    deadline: float | None = None
    """A new deadline, when a slow image pull or a rollback has moved it (seconds since the epoch)."""
    situation: Situation | None = None


OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


def ignore_progress(_: Progress) -> None:
    """The ``on_progress`` of a caller who only wants the end."""


def never_stop() -> bool:
    """The ``should_stop`` of a caller who waits to the end."""
    return False


@dataclass(frozen=True, kw_only=True)
class PodInfo:
    """One pod as ``deis ps`` shows it."""

    name: str
    state: str
    release: str
    """``v3``"""
    type: str
    started: str
    """``2016-04-11T21:07:54Z``; the present time while the pod has no start time."""


@dataclass(frozen=True, kw_only=True)
class PodUsage:
    """What a pod uses and may use at most; None: not measured yet, or not limited."""

    name: str
    type: str
    release: str
    cpu: int | None
    """Thousandths of a core."""
    cpu_limit: int | None
    memory: int | None
    """Bytes."""
    memory_limit: int | None
    measured: str | None
    """``2026-01-02T03:04:05Z``"""


@dataclass(frozen=True, kw_only=True)
class RunResult:
    exit_code: int
    output: str


@dataclass(frozen=True, kw_only=True)
class LiveRelease:
    """What the cluster says an app is running."""

    version: int
    release_uuid: str
    """Empty for objects of an older installation."""
    fence: int
