"""Connections to registries: straight, or through the proxy that the settings name."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import urllib3


class Pools:
    """Thread-safe. ``proxies`` maps ``http`` and ``https`` to a proxy's URL, ``no`` to the hosts that need none."""

    def __init__(self, proxies: Mapping[str, str]) -> None:
        self._excepted = proxies.get("no", "")
        self._straight = urllib3.PoolManager(num_pools=8, maxsize=8)
        self._through = {
            scheme: urllib3.ProxyManager(url, num_pools=8, maxsize=8)
            for scheme, url in proxies.items()
            if scheme in ("http", "https") and url
        }

    def choose(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        proxied = self._through.get(parts.scheme)
        if proxied is None or is_excepted(parts.netloc, self._excepted):
            return self._straight
        return proxied


def is_excepted(host: str, listed: str) -> bool:
    """Whether NO_PROXY lists a host: itself, a domain it is in, or everything (``*``). Ports do not count."""
    name = host.rpartition("@")[2].partition(":")[0].lower()
    entries = [entry.strip().lower().partition(":")[0].lstrip(".") for entry in listed.split(",")]
    return any(entry == "*" or name == entry or name.endswith(f".{entry}") for entry in entries if entry)
