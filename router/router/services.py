"""One routable Service to the options and the address of its app. Pure.

Source: router specification, sections 3 and 7.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from router import constraints as c
from router.annotations import boolean, decode_annotations, elements, pairs, text
from router.options import ProxyBuffers, RouterOptions, parse_proxy_buffers

Manifest = dict[str, Any]

APP_PORT = 80
FINGERPRINTS = "router.deis.io/certificateFingerprints"
"""Written by the controller whenever the content of a certificate changes; only its change matters here."""


@dataclass(frozen=True, kw_only=True)
class AppOptions:
    domains: tuple[str, ...] = ()
    certificates: tuple[tuple[str, str], ...] = ()
    whitelist: tuple[str, ...] | None = None
    connect_timeout: str = "30s"
    tcp_timeout: str = "1300s"
    maintenance: bool = False
    ssl_enforce: bool = False
    proxy_buffers: ProxyBuffers = field(default_factory=ProxyBuffers)


FIELDS = (
    elements("domains", "domains", c.HOST_NAME),
    pairs("certificates", "certificates", c.CERTIFICATE_OF_DOMAIN),
    elements("whitelist", "whitelist", c.ADDRESS, closed=True),
    text("connectTimeout", "connect_timeout", c.TIME),
    text("tcpTimeout", "tcp_timeout", c.TIME),
    boolean("maintenance", "maintenance", c.BOOLEAN),
    boolean("ssl.enforce", "ssl_enforce", c.BOOLEAN),
)


def parse_app_options(annotations: Mapping[str, str], router: RouterOptions) -> tuple[AppOptions, list[str]]:
    """Decode the annotations of an app's Service; what is not annotated is as the router's options say."""
    default = AppOptions(tcp_timeout=router.general.default_timeout, proxy_buffers=router.proxy_buffers)
    options, warnings = decode_annotations(annotations, FIELDS, default)
    buffers, more = parse_proxy_buffers(annotations, router.proxy_buffers)
    return replace(options, proxy_buffers=buffers), warnings + more


def get_annotations(manifest: Manifest) -> Mapping[str, str]:
    annotations: Mapping[str, str] = manifest["metadata"].get("annotations") or {}
    return annotations


def get_app_name(service: Manifest) -> str:
    """Return the app's name as logs show it: ``shop``, ``deis/deis-controller``."""
    metadata = service["metadata"]
    name: str = (metadata.get("labels") or {}).get("app") or metadata["name"]
    return name if name == metadata["namespace"] else f"{metadata['namespace']}/{name}"


def build_address(service: Manifest, port: int) -> str | None:
    """Return ``IP:port`` of a Service, or None if it has no address of its own (headless, external)."""
    try:
        address = ipaddress.ip_address((service.get("spec") or {}).get("clusterIP") or "")
    except ValueError:
        return None
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def list_certificate_names(options: AppOptions) -> dict[str, str]:
    """Return the Secret that is mapped to each fully qualified domain, by domain as annotated."""
    mapped = dict(options.certificates)
    return {
        domain: f"{mapped[domain]}-cert" for domain in options.domains if "." in domain and domain in mapped
    }
