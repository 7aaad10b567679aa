"""The third container: the results into object storage."""

from __future__ import annotations

from .errors import TransferFailed
from .output import Output, format_size
from .settings import Places
from .transfers import put_file, read_url


def push(places: Places, output: Output) -> None:
    """Cache, slug and Procfile, in this order: the builder reads the Procfile, so everything else is there by then.

    Raises:
        TransferFailed: the slug or the Procfile cannot be stored.
    """
    push_cache(places, output)
    slug = places.results / "slug.tgz"
    output.title(f"Compiled slug size is {format_size(slug.stat().st_size)}")
    for name, path in (("slug-put", slug), ("procfile-put", places.results / "Procfile")):
        url = read_url(places.urls, name)
        if not url:
            raise TransferFailed(f"The builder gave no address {name}.")
        put_file(url, path)


def push_cache(places: Places, output: Output) -> None:
    """A cache that cannot be stored is no error: the next build is only slower."""
    url = read_url(places.urls, "cache-put")
    state = places.results / "cache-state"
    if not url or not state.exists():
        return
    output.title("Checking for changes inside the cache directory...")
    if state.read_text() == "empty":
        output.line("No files were added to the cache folder, cache wasn't updated")
    elif state.read_text() == "unchanged":
        output.line("Cache unchanged, not updating")
    else:
        output.line("Files inside cache folder changed, uploading new cache...")
        archive = places.results / "cache.tgz"
        try:
            put_file(url, archive)
        except TransferFailed as error:
            output.line(f"The cache was not kept: {error}")
        else:
            output.line(f"Done: Uploaded cache ({format_size(archive.stat().st_size)})")
