"""The locations of a server block that serves apps.

Settings that take no variable are gathered in profiles: apps whose settings are equal share one named location,
so that 5,000 apps with three sorts of time-outs are three locations.

An answer that nginx makes itself, because the Service could not be reached, is looked into before it is given:
the router's process tells by ``X-Accel-Redirect`` whether the app has no endpoints (503), is worth another try at
one of its pods, or has failed (502, 504). So whether an app has endpoints needs no reload.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from router.directives import Lines, block, on_off, quote
from router.discovery import build_profile
from router.model import Profile
from router.options import ProxyBuffers, RouterOptions
from router.place import Place
from router.services import AppOptions

MAINTENANCE_PAGE = "<!DOCTYPE html>\n<title>Site Maintenance</title>\n"
ASK_TIMEOUT = "3s"


class Profiles:
    """The location of every profile. Those that differ in nothing but the redirect share the default one."""

    def __init__(self, profiles: Iterable[Profile], options: RouterOptions) -> None:
        self.options = options
        self.default = build_default_profile(options)
        special = [profile for profile in dict.fromkeys(profiles) if self._is_special(profile)]
        self.named = {profile: f"@profile_{number}" for number, profile in enumerate(special, start=1)}

    def choose(self, profile: Profile) -> str:
        """Return what ``$elsewhere`` is for an app with ``profile``."""
        if profile in self.named:
            return self.named[profile]
        if profile.maintenance:
            return "@maintenance"
        return "$enforce_https" if profile.enforce_https or self.options.https_everywhere else ""

    def restrict(self, profiles: Iterable[Profile]) -> list[tuple[Profile, str]]:
        """Return the named ones among ``profiles``, with their locations."""
        return [
            (profile, self.named[profile]) for profile in dict.fromkeys(profiles) if profile in self.named
        ]

    def _is_special(self, profile: Profile) -> bool:
        if profile.maintenance and profile.allow is None:
            return False
        return replace(profile, enforce_https=False) != self.default


def build_default_profile(options: RouterOptions) -> Profile:
    default = AppOptions(tcp_timeout=options.general.default_timeout, proxy_buffers=options.proxy_buffers)
    return build_profile(default, options)


def render_locations(
    profiles: Profiles, named: Iterable[tuple[Profile, str]], *, place: Place, default_service: bool
) -> Lines:
    """Return every location that the maps may name; ``named`` are those of the profiles used in this server."""
    options = profiles.options
    return [
        *block(
            "location /",
            "if ($elsewhere) { return 418; }",
            "error_page 418 = $elsewhere;",
            render_proxying(profiles.default, options),
        ),
        *(line for profile, name in named for line in render_profile(name, profile, options)),
        *render_answers(options, place=place),
        *render_failures(profiles.default, options, place=place),
        *render_default_service(options, enabled=default_service),
    ]


def render_profile(name: str, profile: Profile, options: RouterOptions) -> Lines:
    if profile.maintenance:  # the answer comes after the access phase, as a denied client gets 403
        return block(
            f"location {name}",
            render_access(profile.allow),
            "error_page 503 = @maintenance;",
            "try_files /- =503;",
        )
    redirect = profile.enforce_https or options.https_everywhere
    return block(
        f"location {name}",
        ["if ($enforce_https) { return 418; }", "error_page 418 = @redirect;"] if redirect else [],
        render_proxying(profile, options),
    )


def render_proxying(profile: Profile, options: RouterOptions) -> Lines:
    return [
        *render_access(profile.allow),
        *render_response_headers(options),
        "error_page 502 = @ask_502;",
        "error_page 504 = @ask_504;",
        *render_proxy_pass(profile),
    ]


def render_proxy_pass(profile: Profile, *, target: str = "$backend") -> Lines:
    return [
        *render_buffers(profile.proxy_buffers),
        f"proxy_connect_timeout {profile.connect_timeout};",
        f"proxy_send_timeout {profile.tcp_timeout};",
        f"proxy_read_timeout {profile.tcp_timeout};",
        f"proxy_pass http://{target};",
    ]


def render_buffers(buffers: ProxyBuffers) -> Lines:
    return [
        f"proxy_buffering {on_off(buffers.enabled)};",
        f"proxy_buffer_size {buffers.size};",
        f"proxy_buffers {buffers.number} {buffers.size};",
        f"proxy_busy_buffers_size {buffers.busy_size};",
    ]


def render_access(allow: tuple[str, ...] | None) -> Lines:
    return [] if allow is None else [*(f"allow {address};" for address in allow), "deny all;"]


def render_request_ids(options: RouterOptions) -> Lines:
    if not options.general.request_ids:
        return []
    return [
        "add_header X-Request-Id $request_id always;",
        "add_header X-Correlation-Id $correlation_id always;",
    ]


def render_response_headers(options: RouterOptions) -> Lines:
    hsts = ["add_header Strict-Transport-Security $sts always;"] if options.hsts.enabled else []
    return [*render_request_ids(options), *hsts]


def render_answers(options: RouterOptions, *, place: Place) -> Lines:
    """Return the locations that answer without asking anybody."""
    ids = render_request_ids(options)
    log = f"access_log {place.access_log} upstreaminfo_unavailable buffer=4k flush=1s;"
    return [
        *block("location @unknown", "set $route router-default-vhost;", "return 404;"),
        *block("location @healthz", "set $route router-default-vhost;", render_healthz()),
        *block("location @redirect", ids, "return 301 $uri_scheme://$host$request_uri;"),
        *block("location @maintenance", "default_type text/html;", f"return 503 {quote(MAINTENANCE_PAGE)};"),
        *block("location @unavailable", log, ids, "return 503;"),
    ]


def render_healthz() -> Lines:
    return ["access_log off;", "default_type text/plain;", "return 200;"]


def render_failures(profile: Profile, options: RouterOptions, *, place: Place) -> Lines:
    """Return the locations through which a failure to reach an app goes."""
    log = f"access_log {place.access_log} upstreaminfo_failed buffer=4k flush=1s;"
    headers = render_response_headers(options)
    lines: Lines = []
    for status in ("502", "504"):
        lines += block(
            f"location @ask_{status}",
            f"error_page 502 504 = @failed_{status};",
            "proxy_method GET;",
            "proxy_pass_request_body off;",
            "proxy_pass_request_headers off;",
            "proxy_set_header Connection close;",
            "proxy_set_header Host router;",
            "proxy_set_header X-Route $route;",
            f"proxy_set_header X-Failure {status};",
            "proxy_set_header X-Connect-Time $upstream_connect_time;",
            f"proxy_connect_timeout {ASK_TIMEOUT};",
            f"proxy_read_timeout {ASK_TIMEOUT};",
            f"proxy_pass http://unix:{place.failure_socket};",
        )
        lines += block(f"location @failed_{status}", log, headers, f"return {status};")
    again = ["error_page 502 = @failed_502;", "error_page 504 = @failed_504;"]
    return lines + block(
        "location @again",
        "set $endpoint $upstream_http_x_endpoint;",
        log,
        headers,
        again,
        render_proxy_pass(profile, target="$endpoint"),
    )


def render_default_service(options: RouterOptions, *, enabled: bool) -> Lines:
    """Return where unmapped names go instead of 404; ``enabled`` is False where HTTPS is served.

    Source: router specification, section 14.3.
    """
    general = options.general
    if not general.default_service_enabled:
        return []
    if not enabled:
        return block("location @default_service", "set $route router-default-vhost;", "return 404;")
    address = (
        f"[{general.default_service_ip}]" if ":" in general.default_service_ip else general.default_service_ip
    )
    return block(
        "location @default_service",
        f"set $route {quote(general.default_app_name)};",
        render_buffers(options.proxy_buffers),
        f"proxy_pass http://{address}:80;",
    )
