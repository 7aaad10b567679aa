"""Takes the variables that only RUN steps were to see out of a finished image.

buildah has no way to set a variable for RUN steps alone: ``--env`` sets it in the image, and its ``--unsetenv``
would also drop what the user's own Dockerfile sets. So they go from the image's configuration afterwards:
those that still have our value, and the history line that set them. Layers are untouched.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockerbuilder.errors import ImageBroken

Json = dict[str, Any]


def strip_config(config: Json, injected: Mapping[str, str]) -> Json:
    """Return an image configuration without ``injected``."""
    ours = {f"{name}={value}" for name, value in injected.items()}
    inner = dict(config.get("config") or {})
    if inner.get("Env"):
        inner["Env"] = [entry for entry in inner["Env"] if entry not in ours]
    history = [entry for entry in config.get("history") or [] if not is_injected(entry, injected)]
    return {**config, "config": inner, "history": history}


def is_injected(entry: Json, injected: Mapping[str, str]) -> bool:
    """Say if a history entry is the ENV step of ``--env``; it never has a layer of its own."""
    text = entry.get("created_by", "")
    return bool(entry.get("empty_layer")) and all(
        f'"{name}"="{value}"' in text for name, value in injected.items()
    )


def strip_image(layout: Path, injected: Mapping[str, str]) -> None:
    """Rewrite the configuration of the layout's one image, and what names it by digest.

    Raises:
        ImageBroken: it is no layout of one image.
    """
    try:
        index = json.loads((layout / "index.json").read_text())
        (entry,) = index["manifests"]
        manifest = read_json(layout, entry["digest"])
        config = strip_config(read_json(layout, manifest["config"]["digest"]), injected)
        manifest["config"] |= write_json(layout, config)
        entry |= write_json(layout, manifest)
        (layout / "index.json").write_text(json.dumps(index))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ImageBroken(f"buildah left no readable image: {error}.") from error


def read_json(layout: Path, digest: str) -> Json:
    content: Json = json.loads(blob_path(layout, digest).read_bytes())
    return content


def write_json(layout: Path, content: Json) -> Json:
    """Store ``content`` as a blob and return its descriptor's digest and size."""
    raw = json.dumps(content, separators=(",", ":")).encode()
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    blob_path(layout, digest).write_bytes(raw)
    return {"digest": digest, "size": len(raw)}


def blob_path(layout: Path, digest: str) -> Path:
    """Where a layout keeps a blob; a digest is looked at before it becomes a path."""
    algorithm, _, value = digest.partition(":")
    if algorithm != "sha256" or len(value) != 64 or not value.isalnum():
        raise ImageBroken(f"{digest!r} is not a digest.")
    return layout / "blobs" / algorithm / value
