"""The first container: source and build cache onto the shared volume."""

from __future__ import annotations

from .errors import TransferFailed
from .settings import Places
from .transfers import fetch_archive, read_url

RESTORED = "cache-restored"
"""Marker beside the cache, for build to tell a restored cache from none."""


def fetch(places: Places) -> None:
    """Unpack the pushed source; the cache too, if this build has one.

    Raises:
        TransferFailed: the source cannot be had. A cache that cannot be had is no error: the build is only slower.
    """
    url = read_url(places.urls, "tar-get")
    if not url or not fetch_archive(url, places.source):
        raise TransferFailed("The pushed source is not in object storage. Push again.")
    places.results.mkdir(parents=True, exist_ok=True)
    places.cache.mkdir(parents=True, exist_ok=True)
    cache_url = read_url(places.urls, "cache-get")
    if cache_url is None:
        return
    (places.workspace / "cache-wanted").touch()
    try:
        if fetch_archive(cache_url, places.cache):
            (places.workspace / RESTORED).touch()
    except TransferFailed as error:
        print(f"The build cache is left out: {error}", flush=True)
