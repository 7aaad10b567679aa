"""The slug: a gzip tar of the built app."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .errors import StepFailed


def write_slug(build_root: Path, target: Path) -> None:
    """Everything below the build root but ``.git`` and what ``.slugignore`` excludes, by GNU tar's rules.

    Raises:
        StepFailed: tar ended with another status than 0; it has said why.
    """
    ignore = build_root / ".slugignore"
    excluded = ("--exclude-from", str(ignore)) if ignore.is_file() else ()
    argv = (
        "tar",
        "--create",
        "--gzip",
        "--file",
        str(target),
        "--directory",
        str(build_root),
        "--exclude=./.git",
        *excluded,
        ".",
    )
    done = subprocess.run(argv, check=False)
    if done.returncode:
        raise StepFailed(f"tar ended with status {done.returncode}", status=done.returncode)
