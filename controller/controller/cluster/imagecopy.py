"""Copying an image between two repositories: blobs first, then what names them.

An image for several platforms is cut down to those the cluster has: a plain one if that is one, else a
smaller index.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from controller.cluster.errors import RegistryError
from controller.cluster.imagemanifests import Blob, list_blobs, list_entries, parse_digest
from controller.cluster.registryanswers import RegistrySilent
from controller.cluster.registryclient import Document, Repository
from kit.errors import PlatformError

INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
ATTEMPTS = 3

Words = Callable[[], AbstractContextManager[None]]
"""Puts what one side says no with into words for the user."""


@dataclass(frozen=True, kw_only=True)
class Copy:
    """From where to where, and how to speak of trouble on each side."""

    origin: Repository
    destination: Repository
    pulling: Words
    pushing: Words
    platforms: frozenset[str]


class Again(PlatformError):
    """One side fell silent, and it is not the last attempt."""


def copy_image(copy: Copy, *, version: str, tag: str) -> None:
    """Copy the image ``version`` of the origin and name it ``tag``.

    What is there already is not sent again.
    """
    with copy.pulling():
        document = copy.origin.get_manifest(version)
    if document.media_type in INDEX_TYPES:
        document = _copy_children(copy, document)
    else:
        _copy_blobs(copy, document)
    with copy.pushing():
        copy.destination.put_manifest(tag, document)


def get_plain_manifest(repository: Repository, version: str, *, platforms: frozenset[str]) -> Document:
    """The manifest of an image; of one for several platforms, that of the first the cluster has."""
    document = repository.get_manifest(version)
    if document.media_type not in INDEX_TYPES:
        return document
    return repository.get_manifest(parse_digest(choose_children(document, platforms=platforms)[0]))


def choose_children(index: Document, *, platforms: frozenset[str]) -> list[Mapping[str, Any]]:
    """The entries of an index that the cluster can run; all of them must be copied.

    Raises:
        RegistryError: there is none.
    """
    entries = list_entries(index.content, "manifests")
    chosen = [entry for entry in entries if get_platform(entry) in platforms]
    if not chosen:
        offered = sorted({get_platform(entry) for entry in entries} - {"unknown/unknown", ""})
        raise RegistryError(
            f"the image is not made for {', '.join(sorted(platforms))}, only for {', '.join(offered)}"
        )
    return chosen


def get_platform(entry: Mapping[str, Any]) -> str:
    """``linux/arm64``; variants of an architecture are not told apart."""
    platform = entry.get("platform")
    if not isinstance(platform, dict):
        return ""
    return f"{platform.get('os', '')}/{platform.get('architecture', '')}".strip("/")


def build_index(index: Document, children: Sequence[Mapping[str, Any]]) -> Document:
    """The same index with these entries only."""
    content = {**index.content, "manifests": children}
    return Document(body=json.dumps(content).encode(), media_type=index.media_type)


def _copy_children(copy: Copy, index: Document) -> Document:
    with copy.pulling():
        children = choose_children(index, platforms=copy.platforms)
        digests = [parse_digest(child) for child in children]
    documents = []
    for digest in digests:
        with copy.pulling():
            document = copy.origin.get_manifest(digest)
        _copy_blobs(copy, document)
        documents.append(document)
    if len(children) == 1:
        return documents[0]
    for digest, document in zip(digests, documents, strict=True):
        with copy.pushing():
            copy.destination.put_manifest(digest, document)
    return build_index(index, children)


def _copy_blobs(copy: Copy, manifest: Document) -> None:
    """Layers and config."""
    with copy.pulling():
        blobs = list_blobs(manifest.content)
    for blob in blobs:
        with copy.pushing():
            present = copy.destination.has_blob(blob.digest)
        if not present:
            _copy_blob(copy, blob)


def _copy_blob(copy: Copy, blob: Blob) -> None:
    """Stream one blob through, again from its beginning if either side breaks off."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _stream_blob(copy, blob, last=attempt == ATTEMPTS)
        except Again:
            continue
        return


def _stream_blob(copy: Copy, blob: Blob, *, last: bool) -> None:
    with copy.pushing(), _trying(last=last):
        copy.destination.put_blob(blob.digest, _guard(copy, blob, last=last), size=blob.size)


def _guard(copy: Copy, blob: Blob, *, last: bool) -> Iterator[bytes]:
    """Tell trouble of the origin from trouble of the destination, which reads it."""
    with copy.pulling(), _trying(last=last):
        yield from copy.origin.open_blob(blob.digest)


@contextmanager
def _trying(*, last: bool) -> Iterator[None]:
    """Silence is put into words only when there is no other attempt."""
    try:
        yield
    except RegistrySilent as error:
        if last:
            raise
        raise Again(str(error)) from error
