"""``.buildpacks``: several buildpacks one after the other, each with the variables that those before it export."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from . import buildpacks
from .buildpacks import Buildpack
from .errors import BuildError, StepFailed
from .output import Output
from .settings import Places

FILE = ".buildpacks"
NAME = "Multipack"
SHOW_EXPORTS = 'set -a; . "$1" >&2; exec env --null'


def read_addresses(build_root: Path) -> list[str]:
    """One a line; blank lines and those that begin with ``#`` are no buildpacks. Empty without the file.

    Raises:
        BuildError: the file names none.
    """
    file = build_root / FILE
    if not file.is_file():
        return []
    lines = [line.strip() for line in file.read_text(errors="replace").splitlines()]
    addresses = [line for line in lines if line and not line.startswith("#")]
    if not addresses:
        raise BuildError(
            f"{FILE} names no buildpack. Write one a line: an address, or a built-in one such as python."
        )
    return addresses


def compile_in_turn(
    addresses: list[str], places: Places, environ: Mapping[str, str], output: Output
) -> Buildpack:
    """Returns the last one, whose release counts.

    Raises:
        BuildError: one can't be had, or fails.
    """
    for number, address in enumerate(addresses):
        buildpack = have_buildpack(
            address, places, environ, output, path=places.temporary / f"buildpack-{number}"
        )
        output.title(f"{buildpack.name} app detected")
        buildpacks.compile_app(buildpack, places, environ, output)
        environ = read_exports(buildpack, environ)
    return buildpack


def have_buildpack(
    address: str, places: Places, environ: Mapping[str, str], output: Output, *, path: Path
) -> Buildpack:
    """A bundled one by its name, any other fetched to ``path``."""
    bundled = buildpacks.find_bundled(address, places, environ)
    if bundled:
        return bundled
    check_address(address, places)
    output.title(f"Fetching custom buildpack {address}")
    return buildpacks.fetch_buildpack(address, places, environ, path=path)


def check_address(address: str, places: Places) -> None:
    """Raise ``BuildError`` for what can only be a misspelt name."""
    if "/" in address or ":" in address:
        return
    known = ", ".join(buildpacks.list_bundled(places))
    raise BuildError(
        f"{FILE}: there is no built-in buildpack {address}. There are {known}; others go by address."
    )


def read_exports(buildpack: Buildpack, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the next buildpack: a file ``export`` of shell assignments may have changed it.

    Raises:
        StepFailed: the file is no shell.
    """
    file = buildpack.path / "export"
    if not file.is_file():
        return dict(environ)
    argv = ("bash", "-ec", SHOW_EXPORTS, "bash", str(file))
    done = subprocess.run(argv, env=dict(environ), stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise StepFailed(f"export of {buildpack.name} ended with {done.returncode}", status=done.returncode)
    pairs = (item.partition(b"=") for item in done.stdout.split(b"\0")[:-1])
    return {name.decode(): value.decode(errors="surrogateescape") for name, _, value in pairs}
