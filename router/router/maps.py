"""The tables by which one server block serves every ordinary app.

``$plain_route``, ``$platform_route`` and ``$tls_route`` name the app of ``$host``; ``$backend`` is its address;
``$elsewhere`` is empty for a request to be proxied with the default settings, or the location that answers it.

Precedence is nginx's own for server names: exact, longest wildcard, first label (specification, section 9).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from router.directives import Lines, block, quote, render_map
from router.hashes import HashSize, plan_hash
from router.locations import Profiles
from router.model import App, RouterModel
from router.options import RouterOptions
from router.place import Listeners

# A map's value may not end in a bare dollar; a geo's may, as it has no variables.
DOLLAR = block("geo $dollar", 'default "$";')
FIRST_LABEL = block("map $host $first_label", 'default "";', r'"~^(?<label>[^.]+)\..+$" $label;')


def render_maps(model: RouterModel, profiles: Profiles, *, listeners: Listeners) -> Lines:
    names = render_names(model)
    return [
        *render_hash_size(plan_hash(list_keys(model.apps))),
        *render_scheme_maps(model.options, listeners),
        *names,
        *render_map("$route", "$backend", ((app.route, app.address) for app in model.apps)),
        *render_app_name(model.apps),
        *render_elsewhere(model, profiles),
        *render_log_maps(model),
    ]


def render_hash_size(size: HashSize) -> Lines:
    return [f"map_hash_max_size {size.max_size};", f"map_hash_bucket_size {size.bucket_size};"]


def list_keys(apps: Iterable[App]) -> Iterable[str]:
    for app in apps:
        yield app.route
        yield from app.platform_names
        yield from (custom.name for custom in app.custom_names)


def render_names(model: RouterModel) -> Lines:
    """Return the maps from ``$host`` to a route."""
    platform = [(name, app.route) for app in model.apps for name in app.platform_names]
    custom = [(name.name, app.route) for app in model.apps for name in app.custom_names]
    secure = [(name.name, app.route) for app in model.apps for name in app.custom_names if name.certificate]
    digests = [(n.name, n.certificate) for app in model.apps for n in app.custom_names if n.certificate]
    by_domain = bool(model.options.general.platform_domain)
    lines = render_map("$host", "$custom_route", custom, hostnames=True)
    if by_domain:  # exact names all: they go before a wildcard of the other table
        lines += render_map("$host", "$platform_route", platform)
        lines += render_map(
            "$platform_route", "$plain_route", [("", "$custom_route")], default="$platform_route"
        )
    else:
        lines += FIRST_LABEL
        lines += render_map("$first_label", "$platform_route", platform)
        lines += render_map(
            "$custom_route", "$plain_route", [("", "$platform_route")], default="$custom_route"
        )
    if secure:
        lines += render_map("$host", "$tls_route", secure, hostnames=True)
        lines += render_map("$ssl_server_name", "$certificate", digests, hostnames=True)
    return lines


def render_app_name(apps: Iterable[App]) -> Lines:
    different = [(app.route, app.name) for app in apps if app.route != app.name]
    return render_map("$route", "$app_name", different, default="$route")


def render_elsewhere(model: RouterModel, profiles: Profiles) -> Lines:
    """Return the table of apps that are not proxied with the default settings."""
    default = "$enforce_https" if model.options.https_everywhere else ""
    others = [(app.route, profiles.choose(app.profile)) for app in model.apps]
    exceptional = [(route, location) for route, location in others if location != default]
    unknown = "@default_service" if model.options.general.default_service_enabled else "@unknown"
    return [
        *block("map $uri $unknown", f"default {unknown};", r'"~^/healthz/?$" @healthz;'),
        *render_map("$route", "$elsewhere", [("", "$unknown"), *exceptional], default=default),
    ]


def render_scheme_maps(options: RouterOptions, listeners: Listeners) -> Lines:
    """Return the maps of the specification's section 12 and 19.2."""
    # Literal keys of a map ignore letter case, this must not; the empty one saves most requests the expression.
    last = ['"" $scheme;', r'"~^(?:.*, ?)?(?<forwarded_scheme>https?|wss?)$" $forwarded_scheme;']
    ports = [(str(listeners.http), "80"), (str(listeners.https), "443")]
    lines = [
        *render_map("$http_upgrade", "$connection_upgrade", [("", "close")], default="upgrade"),
        *block("map $http_x_forwarded_proto $tmp_access_scheme", "default $scheme;", last),
        *render_map("$scheme", "$access_scheme", [("https", "https")], default="$tmp_access_scheme"),
        *render_map("$server_port", "$standard_server_port", ports, default="$server_port"),
        *render_map(
            "$http_x_forwarded_port",
            "$forwarded_port",
            [("", "$standard_server_port")],
            default="$http_x_forwarded_port",
        ),
        *render_map("$access_scheme", "$uri_scheme", [("ws", "wss")], default="https"),
        *block("map $access_scheme $enforce_https", "default @redirect;", '"~*^https|wss$" "";'),
    ]
    if options.hsts.enabled:
        lines += render_map("$access_scheme", "$sts", [("https", build_hsts(options))])
    if options.general.request_ids:
        lines += render_map(
            "$http_x_correlation_id",
            "$correlation_id",
            [("", "$request_id")],
            default="$http_x_correlation_id,$request_id",
        )
    return lines


def build_hsts(options: RouterOptions) -> str:
    hsts = options.hsts
    parts = [f"max-age={hsts.max_age}"]
    parts += ["includeSubDomains"] if hsts.include_sub_domains else []
    parts += ["preload"] if hsts.preload else []
    return "; ".join(parts)


def render_log_maps(model: RouterModel) -> Lines:
    """Return what the access log needs so that its fields read as if each app had its own server block."""
    wildcards = (
        (name.name, name.name) for app in model.apps for name in app.custom_names if name.name[0] == "*"
    )
    by_label = r"~^$first_label\.(?<domain>.+)$dollar"
    if model.options.general.platform_domain:
        named = render_map("$plain_route", "$shown_server_name", [("", "_")], default="$host_pattern")
    else:
        named = render_map("$custom_route", "$shown_custom", [("", by_label)], default="$host_pattern")
        named += render_map("$plain_route", "$shown_server_name", [("", "_")], default="$shown_custom")
    return [
        *DOLLAR,
        *render_map("$host", "$host_pattern", wildcards, default="$host", hostnames=True),
        *named,
        *block(
            "map $upstream_addr $first_upstream_addr", 'default "";', '"~^(?<first_addr>[^ ,]+)" $first_addr;'
        ),
        *block(
            "map $upstream_response_time $first_upstream_response_time",
            'default "";',
            '"~^(?<first_time>[^ ,]+)" $first_time;',
        ),
    ]


def render_log_formats(log_format: str) -> Lines:
    """Return three formats: proxied requests; failed ones, whose upstreams include ourselves; unproxied ones."""
    failed = {
        "upstream_addr": "$first_upstream_addr",
        "upstream_response_time": "$first_upstream_response_time",
    }
    nowhere = {"upstream_addr": "-", "upstream_response_time": "-"}
    return [
        f"log_format upstreaminfo {quote(replace_variables(log_format, {}))};",
        f"log_format upstreaminfo_failed {quote(replace_variables(log_format, failed))};",
        f"log_format upstreaminfo_unavailable {quote(replace_variables(log_format, nowhere))};",
    ]


def replace_variables(log_format: str, values: dict[str, str]) -> str:
    known = {"server_name": "$shown_server_name", **values}
    names = "|".join(known)
    pattern = re.compile(rf"\$(?:\{{({names})\}}|({names})\b)", re.ASCII)
    return pattern.sub(lambda match: known[match[1] or match[2]], log_format)
