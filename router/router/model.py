"""What the router is to do, as values: everything the configuration is rendered from, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.options import BuilderOptions, ProxyBuffers, RouterOptions


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The settings of an app that no nginx variable can carry; apps with equal ones share a location."""

    connect_timeout: str
    tcp_timeout: str
    proxy_buffers: ProxyBuffers
    allow: tuple[str, ...] | None = None
    """Who may come in; None: everybody, (): nobody."""
    enforce_https: bool = False
    maintenance: bool = False


@dataclass(frozen=True)
class CustomName:
    """A fully qualified or wildcard host name of an app."""

    name: str
    certificate: str | None = None
    """Digest of the pair that serves it; without one it has no HTTPS."""


@dataclass(frozen=True, kw_only=True)
class App:
    route: str
    """Unique; the name, unless two Services of one app are routable."""
    name: str
    """As the access log shows it."""
    namespace: str
    service: str
    address: str
    """``IP:port`` of the Service."""
    platform_names: tuple[str, ...]
    """First labels; whole names if there is a platform domain."""
    custom_names: tuple[CustomName, ...]
    profile: Profile


@dataclass(frozen=True, kw_only=True)
class Builder:
    address: str
    options: BuilderOptions


@dataclass(frozen=True)
class LeftOut:
    """Something of the cluster that could not be taken in: whose, and why."""

    owner: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RouterModel:
    options: RouterOptions = field(default_factory=RouterOptions)
    apps: tuple[App, ...] = ()
    builder: Builder | None = None
    platform_certificate: str | None = None
    """Digest of the platform's pair; without one, names of the platform have no HTTPS."""
    dhparam: str | None = None
    """Digest of the Diffie-Hellman parameters."""
    left_out: tuple[LeftOut, ...] = field(default=(), compare=False)

    @property
    def files(self) -> frozenset[str]:
        """The digests of every file that the configuration names."""
        used = [name.certificate for app in self.apps for name in app.custom_names]
        return frozenset(digest for digest in (*used, self.platform_certificate, self.dhparam) if digest)
