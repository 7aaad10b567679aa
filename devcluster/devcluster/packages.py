"""The Debian packages that the cluster is made of."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devcluster.commands import run
from devcluster.errors import CommandFailed, NetworkUnreachable
from devcluster.locks import lock_held
from devcluster.progress import step
from devcluster.settings import Settings

APT_GET = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600")
QUIET = {"DEBIAN_FRONTEND": "noninteractive"}
START_POLICY = Path("/usr/sbin/policy-rc.d")


def parse_list(text: str) -> list[str]:
    """The names in a package list: one a line, ``#`` begins a comment."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def list_missing(wanted: list[str]) -> list[str]:
    """Those of the packages that are not installed."""
    try:
        shown = run(["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\\n"])
    except CommandFailed:
        return wanted
    installed = {line.split()[0] for line in shown.splitlines() if line.endswith(" installed")}
    return [name for name in wanted if name not in installed]


def apply_packages(settings: Settings) -> None:
    """Install what is missing of the project's list; say nothing when nothing is."""
    apply_names(parse_list(settings.packages_list.read_text()), settings)


def apply_names(wanted: list[str], settings: Settings) -> None:
    """Install those of the packages that are missing."""
    if not list_missing(wanted):
        return
    with lock_held(settings.package_lock_file, purpose="(packages)"):
        missing = list_missing(wanted)  # another run may have been at it
        if missing:
            install(missing)


def install(names: list[str]) -> None:
    """Install packages.

    Raises:
        NetworkUnreachable: the package lists can not be fetched.
    """
    with step(f"installing {len(names)} Debian packages: {' '.join(names)}"):
        try:
            run([*APT_GET, "update"], env=QUIET)
        except CommandFailed as error:
            raise NetworkUnreachable(f"Debian's package lists can't be fetched. {error}") from error
        with daemons_kept_from_starting():
            run([*APT_GET, "install", "-y", "--no-install-recommends", *names], env=QUIET)


@contextmanager
def daemons_kept_from_starting() -> Iterator[None]:
    """Debian starts a daemon that it installs (containerd, etcd); ours run from our own files."""
    if START_POLICY.exists():
        yield
        return
    START_POLICY.write_text("#!/bin/sh\nexit 101\n")
    START_POLICY.chmod(0o755)
    try:
        yield
    finally:
        START_POLICY.unlink()
