"""What processes leave behind when they are killed: containers, mounts and control groups."""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

from devcluster.errors import ClusterBroken
from devcluster.files import delete_tree
from devcluster.processes import PROC, kill

CGROUPS = Path("/sys/fs/cgroup")
MOUNTS = PROC / "self/mounts"
DETACH = 2


def list_hierarchies() -> list[Path]:
    """The roots of the control group hierarchies: one in version 2, one a controller in 1."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [path for path in CGROUPS.iterdir() if path.is_dir() and not path.is_symlink()]


def apply_cgroup(name: str) -> None:
    """Make a control group in every hierarchy, usable by a kubelet."""
    for root in list_hierarchies():
        group = root
        for part in Path(name).parts:
            parent, group = group, group / part
            enable_controllers(parent)
            group.mkdir(exist_ok=True)
            for file in ("cpuset.cpus", "cpuset.mems"):
                copy_if_empty(parent / file, group / file)


def enable_controllers(group: Path) -> None:
    """Version 2: let children of the group have its controllers."""
    available = group / "cgroup.controllers"
    if available.exists() and (group / "cgroup.subtree_control").exists():
        for controller in available.read_text().split():
            try:
                (group / "cgroup.subtree_control").write_text(f"+{controller}")
            except OSError:
                continue  # some can not be delegated; the kubelet says which it misses


def copy_if_empty(source: Path, target: Path) -> None:
    """Version 1: a cpuset without processors can hold no process."""
    if source.exists() and target.exists() and not target.read_text().strip():
        target.write_text(source.read_text())


def list_groups(name: str) -> list[Path]:
    """The group and those below it, in every hierarchy, children before parents."""
    found: list[Path] = []
    for root in list_hierarchies():
        for directory, _, _ in os.walk(root / name, topdown=False):
            found.append(Path(directory))
    return found


def read_members(group: Path) -> list[int]:
    """The processes in a group."""
    try:
        return [int(word) for word in (group / "cgroup.procs").read_text().split()]
    except OSError:
        return []


def delete_cgroup(name: str) -> None:
    """Kill everything in a control group and delete the group.

    Raises:
        ClusterBroken: a process could not be killed.
    """
    for _ in range(5):
        members = {pid for group in list_groups(name) for pid in read_members(group)}
        if not members:
            break
        kill(members)
    for group in list_groups(name):
        try:
            group.rmdir()
        except OSError as error:
            raise ClusterBroken(f"The control group {group} can't be deleted: {error}.") from error


def parse_mounts(text: str, below: Iterable[Path]) -> list[Path]:
    """Mount points at or below these directories, the deepest and latest first."""
    prefixes = [str(path) for path in below]
    points = [line.split()[1].encode().decode("unicode_escape") for line in text.splitlines()]
    ours = [point for point in points if any(is_below(point, prefix) for prefix in prefixes)]
    return [Path(point) for point in reversed(ours)]


def is_below(path: str, prefix: str) -> bool:
    """Whether the path is the prefix or lies in it."""
    return path == prefix or path.startswith(prefix.rstrip("/") + "/")


def delete_mounts(below: Iterable[Path]) -> None:
    """Unmount everything at or below these directories.

    Raises:
        ClusterBroken: the kernel refused.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for point in parse_mounts(MOUNTS.read_text(), below):
        if libc.umount2(os.fsencode(point), DETACH) != 0:
            reason = os.strerror(ctypes.get_errno())
            raise ClusterBroken(f"{point} can't be unmounted: {reason}.")


def delete_directory(path: Path) -> None:
    """Delete a directory in which something may be mounted."""
    delete_mounts([path])
    delete_tree(path)
