"""Copying an image between two repositories: blobs first, then what names them.

An image for several platforms is cut down to those the cluster has: a plain one if that is one, else a
smaller index.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from controller.cluster.errors import RegistryError
from controller.cluster.registryanswers import RegistrySilent
from controller.cluster.registryclient import Document, Repository

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
    return repository.get_manifest(choose_children(document, platforms=platforms)[0]["digest"])


def choose_children(index: Document, *, platforms: frozenset[str]) -> list[dict[str, Any]]:
    """The entries of an index that the cluster can run; all of them must be copied.

    Raises:
        RegistryError: there is none.
    """
    entries: list[dict[str, Any]] = index.content.get("manifests") or []
    chosen = [entry for entry in entries if get_platform(entry) in platforms]
    if not chosen:
        offered = sorted({get_platform(entry) for entry in entries} - {"unknown/unknown", ""})
        raise RegistryError(
            f"the image is not made for {', '.join(sorted(platforms))}, only for {', '.join(offered)}"
        )
    return chosen


def get_platform(entry: dict[str, Any]) -> str:
    """``linux/arm64``; variants of an architecture are not told apart."""
    platform = entry.get("platform") or {}
    return f"{platform.get('os', '')}/{platform.get('architecture', '')}".strip("/")


def build_index(index: Document, children: list[dict[str, Any]]) -> Document:
    """The same index with these entries only."""
    content = {**index.content, "manifests": children}
    return Document(body=json.dumps(content).encode(), media_type=index.media_type)


def _copy_children(copy: Copy, index: Document) -> Document:
    children = choose_children(index, platforms=copy.platforms)
    documents = []
    for child in children:
        with copy.pulling():
            document = copy.origin.get_manifest(child["digest"])
        _copy_blobs(copy, document)
        documents.append(document)
    if len(children) == 1:
        return documents[0]
    for child, document in zip(children, documents, strict=True):
        with copy.pushing():
            copy.destination.put_manifest(child["digest"], document)
    return build_index(index, children)


def _copy_blobs(copy: Copy, manifest: Document) -> None:
    """Layers and config.

    Layers that may not be distributed have addresses of their own and stay where they are.
    """
    content = manifest.content
    blobs = [content["config"], *(layer for layer in content.get("layers", ()) if not layer.get("urls"))]
    for blob in {blob["digest"]: blob for blob in blobs}.values():
        with copy.pushing():
            present = copy.destination.has_blob(blob["digest"])
        if not present:
            _copy_blob(copy, blob["digest"], size=blob["size"])


def _copy_blob(copy: Copy, digest: str, *, size: int) -> None:
    """Stream one blob through, again from its beginning if either side breaks off."""
    for attempt in range(1, ATTEMPTS + 1):
        chunks = _guard(copy, copy.origin.open_blob(digest), last=attempt == ATTEMPTS)
        try:
            if attempt == ATTEMPTS:
                with copy.pushing():
                    copy.destination.put_blob(digest, chunks, size=size)
            else:
                copy.destination.put_blob(digest, chunks, size=size)
        except RegistrySilent:
            continue
        return


def _guard(copy: Copy, chunks: Iterator[bytes], *, last: bool) -> Iterator[bytes]:
    """Tell trouble of the origin from trouble of the destination, which reads it."""
    if not last:
        yield from chunks
        return
    with copy.pulling():
        yield from chunks
