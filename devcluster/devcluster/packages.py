"""The Debian packages that the cluster is made of."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devcluster.commands import run
from devcluster.errors import CommandFailed, NetworkUnreachable
from devcluster.progress import step

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


def apply_packages(source: Path) -> None:
    """Install what is missing of the list; say nothing when nothing is."""
    apply_missing(list_missing(parse_list(source.read_text())))


def apply_missing(names: list[str]) -> None:
    """Install these packages.

    Raises:
        NetworkUnreachable: the package lists can not be fetched.
    """
    if not names:
        return
    with step(f"installing {len(names)} Debian packages: {' '.join(names)}"):
        try:
            run(["apt-get", "update", "-qq"], env=QUIET)
        except CommandFailed as error:
            raise NetworkUnreachable(f"Debian's package lists can't be fetched. {error}") from error
        with daemons_kept_from_starting():
            run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names], env=QUIET)


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
