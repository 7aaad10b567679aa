"""The whole of nginx's configuration, from the model. Pure, and the same text for the same model."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from router.directives import Lines, block, quote
from router.hashes import plan_hash
from router.locations import Profiles
from router.maps import render_log_formats, render_maps
from router.model import RouterModel
from router.options import Gzip
from router.place import Place
from router.servers import render_servers, render_stream

GENERATION = "@generation@"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Config:
    text: str
    generation: str
    """Digest of the text; the running nginx tells it on the health port."""


def render_config(model: RouterModel, *, place: Place) -> Config:
    general = model.options.general
    workers = str(place.workers) if general.worker_processes == "auto" else general.worker_processes
    lines = [
        f"load_module {place.stream_module};" if model.builder else "",
        "daemon off;",
        f"user {place.user};" if place.user else "",
        f"pid {place.pid};",
        f"worker_processes {workers};",
        f"error_log stderr {general.error_log_level};",
        "pcre_jit on;",
        *block("events", f"worker_connections {general.max_worker_connections};"),
        *block("http", render_http(model, place=place)),
        *render_stream(model.builder, model.options, place=place),
    ]
    text = "\n".join(filter(None, lines)) + "\n"
    generation = hashlib.sha256(text.encode()).hexdigest()[:32]
    return Config(text=text.replace(GENERATION, generation), generation=generation)


def render_http(model: RouterModel, *, place: Place) -> Lines:
    general = model.options.general
    profiles = Profiles((app.profile for app in model.apps), model.options)
    names = plan_hash(name.name for app in model.apps for name in app.custom_names)
    return [
        "sendfile on;",
        "tcp_nopush on;",
        "tcp_nodelay on;",
        f"keepalive_timeout {general.default_timeout};",
        f"server_names_hash_max_size {names.max_size};",
        f"server_names_hash_bucket_size {names.bucket_size};",
        *render_gzip(model.options.gzip),
        f"client_max_body_size {general.body_size};",
        *(f"{name}_temp_path {place.temporary / name};" for name in TEMPORARY),
        "server_tokens off;" if general.disable_server_tokens else "",
        "uninitialized_variable_warn off;",
        *render_maps(model, profiles, listeners=place.listeners),
        *render_log_formats(general.log_format),
        # Writes of up to 4 KiB to a pipe stay in one piece, whichever worker they come from.
        f"access_log {place.access_log} upstreaminfo buffer=4k flush=1s;",
        *render_servers(model, profiles, place=place, generation=GENERATION),
    ]


def render_gzip(gzip: Gzip) -> Lines:
    if not gzip.enabled:
        return []
    return [
        "gzip on;",
        f"gzip_comp_level {gzip.comp_level};",
        f"gzip_disable {quote(gzip.disable)};" if gzip.disable else "",
        f"gzip_http_version {gzip.http_version};",
        f"gzip_min_length {gzip.min_length};",
        f"gzip_types {gzip.types};",
        f"gzip_proxied {gzip.proxied};",
        f"gzip_vary {gzip.vary};",
    ]
