"""What must be true of the machine before anything is changed on it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from .errors import CheckFailed
from .settings import DEVCLUSTER, Settings

GIT_PORT = 2222
DISK = 15 * 2**30
"""Bytes that a first run needs: programs, images, volumes."""


def check_machine(settings: Settings) -> None:
    """Raise ``CheckFailed`` with the first thing that stands in the way."""
    if settings.cluster != DEVCLUSTER:
        return
    if os.geteuid() != 0:
        raise CheckFailed(
            "The quick start runs a Kubernetes of its own here, so it must be run as root (try sudo)."
        )
    check_distribution(Path("/etc/os-release").read_text())
    if not Path("/var/lib/devcluster/kubeconfig").exists():
        check_disk()
    for port, variable in (
        (settings.http_port, "HTTP_PORT"),
        (settings.https_port, "HTTPS_PORT"),
        (GIT_PORT, ""),
    ):
        check_port(port, variable=variable)


def check_distribution(os_release: str) -> None:
    """Debian 12 or newer, by the text of /etc/os-release."""
    values = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', os_release, re.MULTILINE))
    version = values.get("VERSION_ID", "")
    if values.get("ID") == "debian" and version.isdecimal() and int(version) >= 12:
        return
    name = values.get("PRETTY_NAME", "this system")
    raise CheckFailed(
        f"The quick start builds its cluster from Debian 12 packages or newer; this is {name}. "
        "On any other machine, start a cluster yourself and use CLUSTER=current REGISTRY=<registry> DOMAIN=<domain>."
    )


def check_disk() -> None:
    free = shutil.disk_usage("/var").free
    if free < DISK:
        raise CheckFailed(
            f"Only {free // 2**30} GiB are free below /var; the first run needs {DISK // 2**30} GiB."
        )


def check_port(port: int, *, variable: str) -> None:
    """A port that something else listens on; the sentence says which program."""
    inodes = find_listeners(port, Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text())
    if not inodes:
        return
    way_out = f"Stop it, or choose another port: {variable}=8080 make quickstart." if variable else "Stop it."
    raise CheckFailed(f"Port {port} is taken by {find_owner(inodes)}. {way_out}")


def find_listeners(port: int, table: str) -> set[str]:
    """Socket inodes that listen on the port, from the text of /proc/net/tcp."""
    found = set()
    for line in table.splitlines():
        fields = line.split()
        if len(fields) > 9 and fields[3] == "0A" and fields[1].endswith(f":{port:04X}"):
            found.add(fields[9])
    return found


def find_owner(inodes: Iterable[str]) -> str:
    """The process that holds one of the sockets, such as ``nginx (process 812)``."""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        if any(read_link(link) in wanted for link in list_descriptors(process)):
            return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return "another program"


def list_descriptors(process: Path) -> list[Path]:
    """Links of a process's open files; none once it ended."""
    try:
        return list((process / "fd").iterdir())
    except OSError:
        return []


def read_link(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:  # closed meanwhile
        return ""
