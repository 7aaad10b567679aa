"""Public buildpacks that an image brings along: fetched from a pinned list while the image is built."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .buildpacks import STACK_FILE, must_run
from .errors import BuildError

FIELDS = 4


@dataclass(frozen=True)
class PublicBuildpack:
    """One line of the list."""

    directory: str
    address: str
    tag: str
    stack: str
    """What it is told as ``STACK``: it fetches programs made for that one."""


def parse_list(text: str) -> list[PublicBuildpack]:
    """One a line; blank lines and those that begin with ``#`` say nothing.

    Raises:
        BuildError: a line does not have four fields.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields or fields[0].startswith("#"):
            continue
        if len(fields) != FIELDS:
            raise BuildError(
                f"Line {number} of the list must have a directory, an address, a tag and a stack."
            )
        found.append(PublicBuildpack(*fields))
    return found


def bundle(found: list[PublicBuildpack], directory: Path, environ: Mapping[str, str]) -> None:
    """Have each in a directory of its own; one that is there already is fetched anew.

    Raises:
        StepFailed: git could not have one; git has said why.
    """
    for buildpack in found:
        path = directory / buildpack.directory
        shutil.rmtree(path, ignore_errors=True)
        must_run(
            (
                "git", "-c", "advice.detachedHead=false", "clone", "--quiet", "--depth=1", "--recurse-submodules",
                "--branch", buildpack.tag, "--", buildpack.address, str(path),
            ),
            environ,
        )  # fmt: skip
        shutil.rmtree(path / ".git")
        (path / STACK_FILE).write_text(f"{buildpack.stack}\n")
