"""From objects of the cluster to the model. Pure: everything that had to be fetched is in ``Inputs``.

One app's mistake is left out with a sentence and never concerns another app.

Source: router specification, sections 3, 9, 10, 11 and 20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.model import App, Builder, CustomName, LeftOut, Profile, RouterModel
from router.options import RouterOptions, parse_builder_options, parse_router_options
from router.services import (
    APP_PORT,
    FINGERPRINTS,
    AppOptions,
    Manifest,
    build_address,
    get_annotations,
    get_app_name,
    list_certificate_names,
    parse_app_options,
)

BUILDER_PORT = 2222

Key = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """All that the model is made of."""

    deployment: Manifest
    services: Mapping[Key, Manifest] = field(default_factory=dict)
    builder: Manifest | None = None
    certificates: Mapping[Key, str] = field(default_factory=dict)
    """Digest of each checked pair, by namespace and name of its Secret."""
    platform_certificate: str | None = None
    dhparam: str | None = None


@dataclass(frozen=True)
class Decoded:
    """A Service on its own, before the names of others are known."""

    name: str
    namespace: str
    service: str
    address: str | None
    options: AppOptions
    fingerprints: str
    """Changes whenever the content of a certificate does."""
    warnings: tuple[str, ...]


class Decoder:
    """Decodes Services and remembers each for as long as neither it nor the router's options change."""

    def __init__(self) -> None:
        self._known: dict[Key, tuple[str, RouterOptions, Decoded]] = {}

    def decode(self, services: Mapping[Key, Manifest], options: RouterOptions) -> list[Decoded]:
        """Return the routable ones with a domain, in the order of their namespace and name."""
        fresh: dict[Key, tuple[str, RouterOptions, Decoded]] = {}
        for key in sorted(services):
            version = services[key]["metadata"].get("resourceVersion", "")
            known = self._known.get(key)
            if known is None or not version or known[0] != version or known[1] != options:
                known = (version, options, decode_service(services[key], options))
            fresh[key] = known
        self._known = fresh
        return [decoded for _, _, decoded in fresh.values()]


def decode_service(service: Manifest, options: RouterOptions) -> Decoded:
    app_options, warnings = parse_app_options(get_annotations(service), options)
    return Decoded(
        name=get_app_name(service),
        namespace=service["metadata"]["namespace"],
        service=service["metadata"]["name"],
        address=build_address(service, APP_PORT),
        options=app_options,
        fingerprints=get_annotations(service).get(FINGERPRINTS, ""),
        warnings=tuple(warnings),
    )


def build_model(inputs: Inputs, decoder: Decoder | None = None) -> RouterModel:
    """Return what is to be rendered. ``decoder`` saves the work on Services that have not changed."""
    options, warnings = parse_router_options(get_annotations(inputs.deployment))
    left_out = [LeftOut("the router", warning) for warning in warnings]
    names = NameSpace(options.general.platform_domain)
    apps = []
    for decoded in (decoder or Decoder()).decode(inputs.services, options):
        app = build_app(decoded, options, inputs.certificates, names=names, left_out=left_out)
        if app is not None:
            apps.append(app)
    return RouterModel(
        options=options,
        apps=tuple(apps),
        builder=build_builder(inputs.builder, left_out),
        platform_certificate=inputs.platform_certificate,
        dhparam=inputs.dhparam,
        left_out=tuple(left_out),
    )


def list_wanted_certificates(inputs: Inputs, decoder: Decoder) -> dict[Key, str]:
    """Return the Secrets that Services name, each with the fingerprints by which to know when to read it again."""
    options, _ = parse_router_options(get_annotations(inputs.deployment))
    return {
        (decoded.namespace, secret): decoded.fingerprints
        for decoded in decoder.decode(inputs.services, options)
        for secret in list_certificate_names(decoded.options).values()
    }


class NameSpace:
    """The host names and routes given out so far: the first to ask for one gets it."""

    def __init__(self, platform_domain: str) -> None:
        self.platform_domain = platform_domain
        self._owners: dict[str, str] = {}
        self._routes: set[str] = set()

    def expand(self, label: str) -> str:
        return f"{label}.{self.platform_domain}" if self.platform_domain else label

    def claim(self, name: str, owner: str) -> str | None:
        """Take ``name``; return whose it is if it is somebody else's, or the owner's already."""
        if name in self._owners:
            return self._owners[name]
        self._owners[name] = owner
        return None

    def build_route(self, decoded: Decoded) -> str:
        name = decoded.name
        route = name if name not in self._routes else f"{decoded.namespace}/{decoded.service}"
        while route in self._routes:
            route += "+"
        self._routes.add(route)
        return route


def build_app(
    decoded: Decoded,
    options: RouterOptions,
    certificates: Mapping[Key, str],
    *,
    names: NameSpace,
    left_out: list[LeftOut],
) -> App | None:
    """Return the app, or None if nothing can be routed to it."""
    owner = decoded.name
    left_out += [LeftOut(owner, warning) for warning in decoded.warnings]
    if not decoded.options.domains:
        return None
    if decoded.address is None:
        left_out.append(LeftOut(owner, f"Service {decoded.service} has no cluster IP."))
        return None
    platform, custom = claim_names(decoded, certificates, names=names, left_out=left_out)
    if not platform and not custom:
        return None
    return App(
        route=names.build_route(decoded),
        name=owner,
        namespace=decoded.namespace,
        service=decoded.service,
        address=decoded.address,
        platform_names=platform,
        custom_names=custom,
        profile=build_profile(decoded.options, options),
    )


def claim_names(
    decoded: Decoded, certificates: Mapping[Key, str], *, names: NameSpace, left_out: list[LeftOut]
) -> tuple[tuple[str, ...], tuple[CustomName, ...]]:
    """Return the names of the platform and the custom names that this app is the first to ask for."""
    secrets = list_certificate_names(decoded.options)
    platform: list[str] = []
    custom: list[CustomName] = []
    for domain in decoded.options.domains:
        is_custom = "." in domain
        name = domain.lower() if is_custom else names.expand(domain.lower())
        holder = names.claim(name, f"{decoded.namespace}/{decoded.service}")
        if holder is not None:
            if holder != f"{decoded.namespace}/{decoded.service}":
                left_out.append(LeftOut(decoded.name, f"{name} is routed to {holder} already."))
        elif is_custom:
            certificate = certificates.get((decoded.namespace, secrets.get(domain, "")))
            custom.append(CustomName(name, certificate))
        else:
            platform.append(name)
    return tuple(platform), tuple(custom)


def build_profile(app: AppOptions, options: RouterOptions) -> Profile:
    return Profile(
        connect_timeout=app.connect_timeout,
        tcp_timeout=app.tcp_timeout,
        proxy_buffers=app.proxy_buffers,
        allow=build_allowed(app.whitelist, options),
        enforce_https=app.ssl_enforce,
        maintenance=app.maintenance,
    )


def build_allowed(whitelist: tuple[str, ...] | None, options: RouterOptions) -> tuple[str, ...] | None:
    """Return who may come in: None for everybody, () for nobody.

    A whitelist of which nothing was valid is (), not None: it stays closed.

    Source: router specification, section 11.
    """
    general = options.general
    default = general.default_whitelist
    if whitelist is None and default is None:
        return () if general.enforce_whitelists else None
    from_default = default or () if whitelist is None or general.whitelist_mode == "extend" else ()
    return tuple(dict.fromkeys((*from_default, *(whitelist or ()))))


def build_builder(service: Manifest | None, left_out: list[LeftOut]) -> Builder | None:
    if service is None:
        return None
    options, warnings = parse_builder_options(get_annotations(service))
    left_out += [LeftOut("the builder", warning) for warning in warnings]
    address = build_address(service, BUILDER_PORT)
    if address is None:
        left_out.append(LeftOut("the builder", "its Service has no cluster IP."))
        return None
    return Builder(address=address, options=options)
