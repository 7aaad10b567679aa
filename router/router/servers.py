"""The server blocks: one for HTTP, one for HTTPS with the platform's certificate, one for certificates of apps.

Source: router specification, sections 10, 13, 15, 16 and 19.
"""

from __future__ import annotations

from collections.abc import Iterable

from router.directives import Lines, block, on_off
from router.locations import Profiles, render_healthz, render_locations
from router.model import App, Builder, RouterModel
from router.options import RouterOptions, list_protocols
from router.place import Place


def render_servers(model: RouterModel, profiles: Profiles, *, place: Place, generation: str) -> Lines:
    return [
        *render_http_server(model, profiles, place=place),
        *render_platform_server(model, profiles, place=place),
        *render_certificate_server(model, profiles, place=place),
        *render_health_server(place, generation=generation),
    ]


def render_http_server(model: RouterModel, profiles: Profiles, *, place: Place) -> Lines:
    listen = render_listen(place, place.listeners.http, model.options, "default_server")
    named = profiles.restrict(app.profile for app in model.apps)
    return block(
        "server",
        listen,
        "server_name _;",
        render_common(model.options),
        "set $route $plain_route;",
        render_locations(profiles, named, place=place, default_service=True),
    )


def render_platform_server(model: RouterModel, profiles: Profiles, *, place: Place) -> Lines:
    """Return the default server of HTTPS. Without a platform certificate it knows no app at all."""
    options = model.options
    digest = model.platform_certificate
    pem = place.certificate(digest) if digest else place.fallback_certificate
    apps = [app for app in model.apps if app.platform_names] if digest else []
    return block(
        "server",
        render_listen(place, place.listeners.https, options, "default_server ssl"),
        "server_name _;",
        render_covered_names(apps, model),
        render_tls(model, place=place),
        f"ssl_certificate {pem};",
        f"ssl_certificate_key {pem};",
        render_common(options),
        "set $route $platform_route;" if digest else 'set $route "";',
        render_locations(
            profiles, profiles.restrict(app.profile for app in apps), place=place, default_service=False
        ),
    )


def render_covered_names(apps: Iterable[App], model: RouterModel) -> Lines:
    """Return the platform's names that a wildcard of an app with a certificate would otherwise take."""
    if not model.options.general.platform_domain:
        return []
    suffixes = {
        name.name.removeprefix("*")
        for app in model.apps
        for name in app.custom_names
        if name.certificate and name.name.startswith("*")
    }
    return [
        f"server_name {name};" for app in apps for name in app.platform_names if is_covered(name, suffixes)
    ]


def is_covered(name: str, suffixes: set[str]) -> bool:
    labels = name.split(".")
    return any("." + ".".join(labels[start:]) in suffixes for start in range(1, len(labels)))


def render_certificate_server(model: RouterModel, profiles: Profiles, *, place: Place) -> Lines:
    """Return the server of all custom domains with a certificate, which is read when a client asks for it."""
    apps = [app for app in model.apps if any(name.certificate for name in app.custom_names)]
    if not apps:
        return []
    names = (name.name for app in apps for name in app.custom_names if name.certificate)
    pem = place.certificate("$certificate")
    return block(
        "server",
        render_listen(place, place.listeners.https, model.options, "ssl"),
        (f"server_name {name};" for name in names),
        render_tls(model, place=place),
        f"ssl_certificate {pem};",
        f"ssl_certificate_key {pem};",
        render_common(model.options),
        "set $route $tls_route;",
        render_locations(
            profiles, profiles.restrict(app.profile for app in apps), place=place, default_service=False
        ),
    )


def render_listen(place: Place, port: int, options: RouterOptions, flags: str) -> str:
    proxy = " proxy_protocol" if options.general.use_proxy_protocol else ""
    return f"listen {place.listeners.host}:{port} {flags}{proxy};"


def render_tls(model: RouterModel, *, place: Place) -> Lines:
    ssl = model.options.ssl
    lines = [
        "http2 on;" if model.options.general.http2_enabled else "",
        f"ssl_protocols {list_protocols(ssl.protocols)};",
        f"ssl_ciphers {ssl.ciphers};" if ssl.ciphers else "",
        "ssl_prefer_server_ciphers on;",
        f"ssl_session_tickets {on_off(ssl.use_session_tickets)};",
        f"ssl_buffer_size {ssl.buffer_size};",
        f"ssl_dhparam {place.certificate(model.dhparam)};" if model.dhparam else "",
    ]
    if ssl.session_cache:
        lines += [f"ssl_session_cache {ssl.session_cache};", f"ssl_session_timeout {ssl.session_timeout};"]
    return lines


def render_common(options: RouterOptions) -> Lines:
    """Return what every server of apps has. The trusted addresses are not those of the health server."""
    general = options.general
    ids = ["X-Request-Id $request_id", "X-Correlation-Id $correlation_id"] if general.request_ids else []
    headers = [
        "Host $host",
        "X-Forwarded-For $remote_addr",
        "X-Forwarded-Proto $access_scheme",
        "X-Forwarded-Port $forwarded_port",
        "Upgrade $http_upgrade",
        "Connection $connection_upgrade",
        *ids,
    ]
    return [
        "server_name_in_redirect off;",
        "port_in_redirect off;",
        "recursive_error_pages on;",
        *(f"set_real_ip_from {network};" for network in general.proxy_real_ip_cidrs),
        "real_ip_recursive on;",
        f"real_ip_header {'proxy_protocol' if general.use_proxy_protocol else 'X-Forwarded-For'};",
        "proxy_http_version 1.1;",
        "proxy_redirect off;",
        *(f"proxy_set_header {header};" for header in headers),
    ]


def render_health_server(place: Place, *, generation: str) -> Lines:
    return block(
        "server",
        f"listen {place.listeners.host}:{place.listeners.health} default_server;",
        "server_name _;",
        "set $route router-healthz;",
        block("location ~ ^/healthz/?$", render_healthz()),
        block(
            "location = /generation",
            "access_log off;",
            "if ($remote_addr != 127.0.0.1) { return 404; }",
            f'return 200 "{generation}";',
        ),
        block("location /nginx_status", "stub_status on;", "allow 127.0.0.1;", "deny all;"),
        block("location /", "return 404;"),
    )


def render_stream(builder: Builder | None, options: RouterOptions, *, place: Place) -> Lines:
    if builder is None:
        return []
    return block(
        "stream",
        block(
            "server",
            render_listen(place, place.listeners.git, options, "").replace("  ", " ").replace(" ;", ";"),
            f"proxy_connect_timeout {builder.options.connect_timeout};",
            f"proxy_timeout {builder.options.tcp_timeout};",
            f"proxy_pass {builder.address};",
        ),
    )
