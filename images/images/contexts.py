"""What goes into an image from its directory: the files that its Dockerfile copies, and nothing else.

Builds run on a copy of just these files, so an image can hold nothing that its tag does not tell of: no byte
code, no editor's droppings, no file mode that a person's umask made.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from images.errors import InvalidDockerfile

LEFT_OUT = frozenset(
    {"__pycache__", ".git", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv", "tests"}
)
LEFT_OUT_SUFFIXES = (".pyc", ".pyo", ".swp", "~", ".egg-info")


def list_inputs(directory: Path, sources: Iterable[str], *, extras: Sequence[Path] = ()) -> dict[str, Path]:
    """Return the files to copy, by their place in the context.

    ``extras`` are files from elsewhere in the checkout; they lie at the context's root.

    Raises:
        InvalidDockerfile: a pattern matches nothing.
    """
    known = {extra.name: extra for extra in extras}
    found: dict[str, Path] = {}
    for source in sources:
        pattern = str(PurePosixPath(source.lstrip("/")))
        matches = {pattern: known[pattern]} if pattern in known else match_files(directory, pattern)
        if not matches:
            raise InvalidDockerfile(f"{directory.name}/Dockerfile copies {source}, which does not exist.")
        found.update(matches)
    return dict(sorted(found.items()))


def match_files(directory: Path, pattern: str) -> dict[str, Path]:
    """Return the files below the paths that match."""
    matched = [directory] if pattern == "." else sorted(directory.glob(pattern))
    files = (file for path in matched for file in walk(path))
    return {file.relative_to(directory).as_posix(): file for file in files}


def walk(path: Path) -> Iterator[Path]:
    """Yield the path itself if it is a file, else the files below it."""
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    for child in sorted(path.iterdir()):
        if child.name not in LEFT_OUT and not child.name.endswith(LEFT_OUT_SUFFIXES):
            yield from walk(child)


def build_digest(parts: Iterable[str], inputs: dict[str, Path]) -> str:
    """Twelve hexadecimal digits that change with any of the texts and with any file's place, content or mode."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part.encode()).digest())
    for name, file in inputs.items():
        digest.update(hashlib.sha256(f"{name}\0{get_kind(file)}".encode()).digest())
        digest.update(hashlib.sha256(read_content(file)).digest())
    return digest.hexdigest()[:12]


def get_kind(file: Path) -> str:
    """All of a file's mode that may matter."""
    if file.is_symlink():
        return "link"
    return "program" if file.stat().st_mode & 0o100 else "file"


def read_content(file: Path) -> bytes:
    return os.readlink(file).encode() if file.is_symlink() else file.read_bytes()


def copy_inputs(inputs: dict[str, Path], target: Path) -> dict[str, Path]:
    """Make the context, the same from every checkout; return the copies by their place in it."""
    for name, file in inputs.items():
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, copy, follow_symlinks=False)
        if not copy.is_symlink():
            copy.chmod(0o755 if get_kind(file) == "program" else 0o644)
    return {name: target / name for name in inputs}
