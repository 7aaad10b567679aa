"""A Go toolchain that is new enough.

The machine's own is used when it is 1.24 or newer; else Debian's package. Debian 12 packages an
older one, which can do the one thing that matters: fetch the pinned toolchain, verified by the
checksum database, as the Go module it also is.
"""

import json
import platform
import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from devcluster.commands import run
from devcluster.errors import CommandFailed, NetworkUnreachable
from devcluster.packages import apply_names
from devcluster.progress import step
from devcluster.settings import Settings

OLDEST = (1, 24)
SWITCHING = (1, 21)
"""From here on Go fetches what a ``toolchain`` or ``go`` line asks for by itself."""
PINNED = "v0.0.1-go1.26.0.linux"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
DEBIAN_PACKAGE = "golang-go"


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """A ``go`` program."""

    program: str

    def env(self) -> dict[str, str]:
        """Variables for a call: reproducible output, newer toolchains through the proxy."""
        return {"CGO_ENABLED": "0", "GOTOOLCHAIN": "auto", "GOFLAGS": "-buildvcs=false"}


def parse_version(text: str) -> tuple[int, int]:
    """The version in ``go version go1.26.8 linux/amd64``; (0, 0) when there is none."""
    found = re.search(r"\bgo(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def get_version(program: str) -> tuple[int, int]:
    """The version of an installed ``go``; of the program itself, not of what it switches to."""
    try:
        return parse_version(run([program, "version"], env={"GOTOOLCHAIN": "local"}, cwd=Path("/")))
    except CommandFailed:
        return (0, 0)


def apply_toolchain(settings: Settings) -> Toolchain:
    """Find or install Go."""
    program = shutil.which("go")
    if program and get_version(program) >= OLDEST:
        return Toolchain(program=program)
    if not program:
        apply_names([DEBIAN_PACKAGE], settings)
        program = shutil.which("go") or "go"
    if get_version(program) >= SWITCHING:
        return Toolchain(program=program)
    return Toolchain(program=fetch_pinned(program))


@cache
def fetch_pinned(program: str) -> str:
    """The pinned toolchain's ``go``, fetched with an older one."""
    architecture = ARCHITECTURES.get(platform.machine(), platform.machine())
    module = f"golang.org/toolchain@{PINNED}-{architecture}"
    with step(f"fetching the Go toolchain {PINNED}"):
        try:
            told = json.loads(run([program, "mod", "download", "-json", module], cwd=Path("/")))
        except CommandFailed as error:
            raise NetworkUnreachable(f"The Go toolchain can't be fetched. {error}") from error
    directory = Path(told["Dir"])
    for folder in (directory / "bin", directory / "pkg" / "tool"):
        make_executable(folder)  # archives of modules carry no modes
    return str(directory / "bin" / "go")


def make_executable(folder: Path) -> None:
    """Give every file below the folder the right to be run."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o755)
