"""Whether the buildpack cache changed, and its archive."""

from __future__ import annotations

import hashlib
import os
import tarfile
from pathlib import Path

CHUNK = 1 << 20


def compute_fingerprint(directory: Path) -> str:
    """A digest of file names and contents; modes, times and empty directories do not count.

    An empty string if there is no file.
    """
    digest, empty = hashlib.md5(usedforsecurity=False), True
    for folder, folders, files in os.walk(directory):
        folders.sort()
        for name in sorted(files):
            path = Path(folder, name)
            digest.update(f"{path.relative_to(directory)}\0{hash_file(path)}\n".encode())
            empty = False
    return "" if empty else digest.hexdigest()


def hash_file(path: Path) -> str:
    if path.is_symlink():
        return f"link {path.readlink()}"
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def write_cache(directory: Path, target: Path) -> None:
    """The cache as a gzip tar; fast compression, as it is made and read once a build."""
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        archive.add(directory, arcname=".")
