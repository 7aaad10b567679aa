"""The volume: one directory a bucket, and a place for what is known of each object.

VersityGW keeps that (content type, checksum, parts) in extended attributes of the object's file: one file, so
it can't come apart. A file system without them gets a directory of its own for it. The choice is made once: that
directory's existence says so from then on.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from objectstorage.errors import VolumeUnusable

BUCKETS = ("git", "registry", "dbwal")
"""Builder's and controller's, registry's, database's. Source: platform specification, section 9.2."""


def has_attributes(directory: Path) -> bool:
    """Whether files there can carry extended attributes."""
    with tempfile.NamedTemporaryFile(dir=directory) as probe:
        try:
            os.setxattr(probe.fileno(), "user.probe", b"1")
        except OSError:
            return False
    return True


def apply_volume(
    data_dir: Path, *, probe: Callable[[Path], bool] = has_attributes
) -> tuple[Path, Path | None]:
    """Make the buckets' directories; return where they lie, and the directory for attributes if one is needed.

    Raises:
        VolumeUnusable: the volume can't be written.
    """
    root, attributes = data_dir / "buckets", data_dir / "attributes"
    try:
        for bucket in BUCKETS:
            (root / bucket).mkdir(parents=True, exist_ok=True)
        if not attributes.exists() and probe(root):
            return root, None
        attributes.mkdir(exist_ok=True)
    except OSError as error:
        raise VolumeUnusable(f"The volume at {data_dir} can't be used: {error}.") from error
    return root, attributes
