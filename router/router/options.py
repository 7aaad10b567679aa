"""The router-wide options, and those of the builder: annotations of the router's Deployment and the builder's Service.

Source: router specification, sections 6 and 8.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from router import constraints as c
from router.annotations import PREFIX, boolean, decode_annotations, elements, integer, text

ROUTER_PREFIX = PREFIX + "nginx."

GZIP_TYPES = (
    "application/atom+xml application/javascript application/json application/rss+xml application/vnd.ms-fontobject "
    "application/x-font-ttf application/x-web-app-manifest+json application/xhtml+xml application/xml font/opentype "
    "image/svg+xml image/x-icon text/css text/plain text/x-component"
)
# Of the specification's list what today's OpenSSL still offers and nobody advises against (its section 25).
CIPHERS = (
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384"
)
PROTOCOLS = "TLSv1.2 TLSv1.3"
LOG_FORMAT = (
    '[$time_iso8601] - $app_name - $remote_addr - $remote_user - $status - "$request" - $bytes_sent - "$http_referer" - '
    '"$http_user_agent" - "$server_name" - $upstream_addr - $http_host - $upstream_response_time - $request_time'
)
PROTOCOL = re.compile(r"TLSv1(?:\.[123])?")
APP_NAME = re.compile(r"[\w./-]+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Gzip:
    enabled: bool = True
    comp_level: str = "5"
    disable: str = "msie6"
    http_version: str = "1.1"
    min_length: str = "256"
    types: str = GZIP_TYPES
    proxied: str = "any"
    vary: str = "on"


@dataclass(frozen=True, kw_only=True)
class ProxyBuffers:
    enabled: bool = False
    number: int = 8
    size: str = "4k"
    busy_size: str = "8k"

    def is_consistent(self) -> bool:
        """Say whether nginx takes these sizes together, as it checks them even with buffering off."""
        size, busy = c.parse_size(self.size), c.parse_size(self.busy_size)
        return 2 <= self.number <= 2**16 and size <= busy < (self.number - 1) * size


@dataclass(frozen=True, kw_only=True)
class Hsts:
    enabled: bool = False
    max_age: int = 15_552_000
    include_sub_domains: bool = False
    preload: bool = False


@dataclass(frozen=True, kw_only=True)
class Ssl:
    enforce: bool = False
    protocols: str = PROTOCOLS
    ciphers: str = CIPHERS
    session_cache: str = ""
    session_timeout: str = "10m"
    use_session_tickets: bool = True
    buffer_size: str = "4k"


@dataclass(frozen=True, kw_only=True)
class General:
    worker_processes: str = "auto"
    max_worker_connections: str = "768"
    traffic_status_zone_size: str = "1m"
    default_timeout: str = "1300s"
    server_name_hash_max_size: str = "512"
    server_name_hash_bucket_size: str = "64"
    body_size: str = "1m"
    proxy_real_ip_cidrs: tuple[str, ...] = ("10.0.0.0/8",)
    error_log_level: str = "error"
    platform_domain: str = ""
    use_proxy_protocol: bool = False
    disable_server_tokens: bool = False
    enforce_whitelists: bool = False
    default_whitelist: tuple[str, ...] | None = None
    whitelist_mode: str = "extend"
    request_ids: bool = False
    http2_enabled: bool = True
    log_format: str = LOG_FORMAT
    default_service_enabled: bool = False
    default_app_name: str = ""
    default_service_ip: str = ""


@dataclass(frozen=True, kw_only=True)
class RouterOptions:
    general: General = field(default_factory=General)
    gzip: Gzip = field(default_factory=Gzip)
    proxy_buffers: ProxyBuffers = field(default_factory=ProxyBuffers)
    ssl: Ssl = field(default_factory=Ssl)
    hsts: Hsts = field(default_factory=Hsts)

    @property
    def https_everywhere(self) -> bool:
        return self.ssl.enforce or self.hsts.enabled


@dataclass(frozen=True, kw_only=True)
class BuilderOptions:
    connect_timeout: str = "10s"
    tcp_timeout: str = "1200s"


GENERAL_FIELDS = (
    text("workerProcesses", "worker_processes", c.WORKERS),
    text("maxWorkerConnections", "max_worker_connections", c.CONNECTIONS),
    text("trafficStatusZoneSize", "traffic_status_zone_size", c.SIZE),
    text("defaultTimeout", "default_timeout", c.TIME),
    text("serverNameHashMaxSize", "server_name_hash_max_size", c.SIZE),
    text("serverNameHashBucketSize", "server_name_hash_bucket_size", c.SIZE),
    text("bodySize", "body_size", c.SIZE0),
    elements("proxyRealIpCidrs", "proxy_real_ip_cidrs", c.CIDR),
    text("errorLogLevel", "error_log_level", c.LOG_LEVEL),
    text("platformDomain", "platform_domain", c.PLATFORM_DOMAIN),
    boolean("useProxyProtocol", "use_proxy_protocol", c.BOOLEAN),
    boolean("disableServerTokens", "disable_server_tokens", c.BOOLEAN),
    boolean("enforceWhitelists", "enforce_whitelists", c.BOOLEAN),
    elements("defaultWhitelist", "default_whitelist", c.ADDRESS, closed=True),
    text("whitelistMode", "whitelist_mode", c.WHITELIST_MODE),
    boolean("requestIDs", "request_ids", c.BOOLEAN),
    boolean("http2Enabled", "http2_enabled", c.BOOLEAN),
    text("logFormat", "log_format", None),
    boolean("defaultServiceEnabled", "default_service_enabled", c.BOOLEAN),
    text("defaultAppName", "default_app_name", None),
    text("defaultServiceIP", "default_service_ip", None),
)
GZIP_FIELDS = (
    boolean("gzip.enabled", "enabled", c.BOOLEAN),
    text("gzip.compLevel", "comp_level", c.COMPRESSION),
    text("gzip.disable", "disable", None),
    text("gzip.httpVersion", "http_version", c.HTTP_VERSION),
    text("gzip.minLength", "min_length", c.NATURAL),
    text("gzip.types", "types", c.GZIP_TYPES),
    text("gzip.proxied", "proxied", c.GZIP_PROXIED),
    text("gzip.vary", "vary", c.ON_OFF),
)
PROXY_BUFFERS_FIELDS = (
    boolean("proxyBuffers.enabled", "enabled", c.BOOLEAN),
    integer("proxyBuffers.number", "number", c.POSITIVE),
    text("proxyBuffers.size", "size", c.SIZE),
    text("proxyBuffers.busySize", "busy_size", c.SIZE),
)
SSL_FIELDS = (
    boolean("ssl.enforce", "enforce", c.BOOLEAN),
    text("ssl.protocols", "protocols", c.PROTOCOLS),
    text("ssl.ciphers", "ciphers", c.CIPHERS),
    text("ssl.sessionCache", "session_cache", c.SESSION_CACHE),
    text("ssl.sessionTimeout", "session_timeout", c.TIME_IN_SECONDS),
    boolean("ssl.useSessionTickets", "use_session_tickets", c.BOOLEAN),
    text("ssl.bufferSize", "buffer_size", c.SIZE),
)
HSTS_FIELDS = (
    boolean("ssl.hsts.enabled", "enabled", c.BOOLEAN),
    integer("ssl.hsts.maxAge", "max_age", c.POSITIVE),
    boolean("ssl.hsts.includeSubDomains", "include_sub_domains", c.BOOLEAN),
    boolean("ssl.hsts.preload", "preload", c.BOOLEAN),
)
BUILDER_FIELDS = (
    text("connectTimeout", "connect_timeout", c.TIME),
    text("tcpTimeout", "tcp_timeout", c.TIME),
)


def parse_router_options(annotations: Mapping[str, str]) -> tuple[RouterOptions, list[str]]:
    """Return the options, and a sentence for each annotation that was left out."""
    general, warnings = decode_annotations(annotations, GENERAL_FIELDS, General(), prefix=ROUTER_PREFIX)
    gzip, more = decode_annotations(annotations, GZIP_FIELDS, Gzip(), prefix=ROUTER_PREFIX)
    warnings += more
    buffers, more = parse_proxy_buffers(annotations, ProxyBuffers())
    warnings += more
    ssl, more = decode_annotations(annotations, SSL_FIELDS, Ssl(), prefix=ROUTER_PREFIX)
    warnings += more
    hsts, more = decode_annotations(annotations, HSTS_FIELDS, Hsts(), prefix=ROUTER_PREFIX)
    warnings += more
    general, more = check_default_service(general)
    options = RouterOptions(
        general=replace(general, platform_domain=general.platform_domain.lower()),
        gzip=gzip,
        proxy_buffers=buffers,
        ssl=ssl,
        hsts=hsts,
    )
    return options, warnings + more


def parse_builder_options(annotations: Mapping[str, str]) -> tuple[BuilderOptions, list[str]]:
    return decode_annotations(annotations, BUILDER_FIELDS, BuilderOptions(), prefix=ROUTER_PREFIX)


def parse_proxy_buffers(
    annotations: Mapping[str, str], default: ProxyBuffers
) -> tuple[ProxyBuffers, list[str]]:
    """Return ``default`` for sizes that nginx would refuse together."""
    buffers, warnings = decode_annotations(annotations, PROXY_BUFFERS_FIELDS, default, prefix=ROUTER_PREFIX)
    if buffers.is_consistent():
        return buffers, warnings
    warnings.append(
        f'Fields "{ROUTER_PREFIX}proxyBuffers.*": busySize must be at least size and less than (number - 1) times size '
        "-- skipping these fields."
    )
    return replace(default, enabled=buffers.enabled), warnings


def check_default_service(general: General) -> tuple[General, list[str]]:
    """Turn the default service off if its address or name can't be written into a configuration."""
    if not general.default_service_enabled:
        return general, []
    try:
        ipaddress.ip_address(general.default_service_ip)
        usable = APP_NAME.fullmatch(general.default_app_name) is not None
    except ValueError:
        usable = False
    if usable:
        return general, []
    warning = (
        f'Field "{ROUTER_PREFIX}defaultServiceEnabled" needs "defaultServiceIP" to be an IP address and '
        '"defaultAppName" to be a name -- no default service.'
    )
    return replace(general, default_service_enabled=False), [warning]


def list_protocols(protocols: str) -> str:
    """Return the protocols that OpenSSL still has; old values stay accepted (section 25)."""
    return " ".join(dict.fromkeys(PROTOCOL.findall(protocols))) or PROTOCOLS
