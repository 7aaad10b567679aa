"""What a registry answers with: JSON that anybody may have written, taken apart with care. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from controller.cluster.registryanswers import RegistryRefused

_DIGEST = re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[A-Za-z0-9=_-]{32,128}")


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A layer, or an image's config."""

    digest: str
    size: int


def parse_object(body: bytes) -> dict[str, Any]:
    """
    Raises:
        RegistryRefused: it is no JSON object.
    """
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RegistryRefused("the registry's answer is no JSON", status=200) from error
    if not isinstance(parsed, dict):
        raise RegistryRefused("the registry's answer is no JSON object", status=200)
    return parsed


def parse_digest(entry: object) -> str:
    """
    Raises:
        RegistryRefused: what a manifest names has no digest.
    """
    digest = entry.get("digest") if isinstance(entry, Mapping) else None
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise RegistryRefused("its manifest names something without a digest", status=200)
    return digest


def parse_blob(entry: object) -> Blob:
    """
    Raises:
        RegistryRefused: it says neither what it is nor how long.
    """
    digest = parse_digest(entry)
    size = entry.get("size") if isinstance(entry, Mapping) else None
    if not isinstance(size, int) or size < 0:
        raise RegistryRefused(f"its manifest does not say how long {digest} is", status=200)
    return Blob(digest=digest, size=size)


def parse_config_digest(manifest: Mapping[str, Any]) -> str:
    """
    Raises:
        RegistryRefused: it is no manifest of an image.
    """
    return parse_digest(manifest.get("config"))


def list_blobs(manifest: Mapping[str, Any]) -> list[Blob]:
    """Config and layers, each once. Layers that may not be distributed have addresses of their own and stay there.

    Raises:
        RegistryRefused: it is no manifest of an image.
    """
    layers = [layer for layer in list_entries(manifest, "layers") if not layer.get("urls")]
    blobs = [parse_blob(entry) for entry in (manifest.get("config"), *layers)]
    return list({blob.digest: blob for blob in blobs}.values())


def list_entries(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects listed under a name; none when there is no list."""
    found = document.get(name)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
