"""Which image a release runs, whether it must be copied into our registry, and on which port it listens.

Pure: what an image exposes is read by ``registryimages`` and handed in (sections 9 and 10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from controller.cluster.desired import BuildKind
from controller.cluster.errors import RegistryError
from controller.cluster.registryhosts import RegistryHost, find_host, parse_host

ON_CLUSTER = "on-cluster"
SLUG_PORT = 5000


@dataclass(frozen=True, kw_only=True)
class RegistryFacts:
    """Where the nodes pull from, as the settings say."""

    host: str = "127.0.0.1"
    port: int = 5000
    location: str = ON_CLUSTER

    @property
    def url(self) -> str:
        return f"{self.host}:{self.port}"

    def has_name(self, host: RegistryHost | None) -> bool:
        """The nodes know it by this name, whatever the port."""
        return host is not None and host.name == parse_host(self.host).name

    def is_at(self, host: RegistryHost | None) -> bool:
        """It is what answers there."""
        return host is not None and self.has_name(host) and host.serves(self.port)


@dataclass(frozen=True, kw_only=True)
class BuildFacts:
    """A release's build, and the app's registry config (keys in lower case)."""

    app: str
    version: int
    kind: BuildKind
    image: str
    sha: str = ""
    registry: Mapping[str, str] = field(default_factory=dict, repr=False)


def is_used_as_given(build: BuildFacts, *, registry: RegistryFacts) -> bool:
    """The nodes pull the build's image itself: rows one to three of the table in section 10."""
    if registry.location != ON_CLUSTER:
        return True
    own = build.registry
    if own.get("username") and own.get("password") and not own.get("hostname") and not build.sha:
        return True
    return registry.has_name(find_host(build.image))


def choose_release_image(build: BuildFacts, *, registry: RegistryFacts) -> str:
    """The image of the release's containers; for a buildpack release the key of its slug."""
    if build.kind == "buildpack" or is_used_as_given(build, registry=registry):
        return build.image
    tag = f"git-{build.sha}" if build.kind == "dockerfile" else f"v{build.version}"
    return f"{registry.url}/{build.app}:{tag}"


def plan_publish(build: BuildFacts, *, registry: RegistryFacts) -> str | None:
    """The image that must be copied to ``choose_release_image``'s repository and tag; None: there is nothing to copy."""
    if build.sha or build.kind != "image" or is_used_as_given(build, registry=registry):
        return None
    _, _, last = build.image.rpartition("/")
    return build.image if ":" in last or "@" in last else f"{build.image}:latest"


def needs_exposed_ports(build: BuildFacts, *, registry: RegistryFacts, port: object) -> bool:
    """The port can only be learned from the image itself."""
    if build.kind == "buildpack" or port not in (None, ""):
        return False
    return not build.registry.get("username") and registry.location == ON_CLUSTER


def choose_port(
    build: BuildFacts,
    *,
    registry: RegistryFacts,
    port: object,
    routable: bool,
    exposed: Sequence[int] = (),
) -> int | None:
    """The port the app listens on; ``port`` is the config's PORT. Of exposed ones the lowest.

    Raises:
        RegistryError: a routable app whose port nobody knows.

    Source: Kubernetes specification, section 9.
    """
    configured = None if port in (None, "") else parse_port(port)
    if build.kind == "buildpack":
        return configured or SLUG_PORT
    if configured is not None:
        return configured
    if exposed:
        return min(exposed)
    if not routable:
        return None
    if build.registry.get("username") or registry.location != ON_CLUSTER:
        raise RegistryError("PORT needs to be set in the application config when using a private registry")
    raise RegistryError("Expose a port or make the app non routable by changing the process type")


def parse_port(port: object) -> int:
    """The number in a config's PORT.

    Raises:
        RegistryError: it is none that TCP knows.
    """
    text = str(port).strip()
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise RegistryError(f"PORT must be a number from 1 to 65535, not {text!r}")
    return int(text)
