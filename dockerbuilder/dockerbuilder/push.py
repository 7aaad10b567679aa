"""The third container: the image into the registry. It runs no code of the user's."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockerbuilder.errors import ImageBroken
from dockerbuilder.imageconfig import blob_path
from dockerbuilder.registry import Registry
from dockerbuilder.settings import PushSettings

AT_ONCE = 3


@dataclass(frozen=True, kw_only=True)
class Image:
    manifest: bytes
    media_type: str
    blobs: tuple[str, ...]
    """Digests of the configuration and the layers, each once."""


def push_image(layout: Path, settings: PushSettings) -> None:
    """Upload what the registry lacks, then the manifest under its tag.

    Raises:
        ImageBroken: there is no image.
        PushFailed: the registry does not take it.
    """
    image = read_image(layout)
    with (
        Registry(
            settings.registry_url,
            settings.repository,
            token=settings.token,
            username=settings.username,
            password=settings.password,
        ) as registry,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        uploads = [
            pool.submit(registry.put_blob, digest, blob_path(layout, digest)) for digest in image.blobs
        ]
        for upload in uploads:
            upload.result()
        registry.put_manifest(settings.tag, image.manifest, media_type=image.media_type)


def read_image(layout: Path) -> Image:
    """Return the one image of an OCI layout.

    Raises:
        ImageBroken: it is none.
    """
    try:
        index = json.loads((layout / "index.json").read_text())
        (entry,) = index["manifests"]
        raw = blob_path(layout, entry["digest"]).read_bytes()
        manifest: dict[str, Any] = json.loads(raw)
        digests = [manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ImageBroken(f"The build left no readable image: {error}.") from error
    return Image(manifest=raw, media_type=entry["mediaType"], blobs=tuple(dict.fromkeys(digests)))
