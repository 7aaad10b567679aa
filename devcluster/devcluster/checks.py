"""What is looked at before anything is changed."""

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from devcluster.errors import DeadlineExceeded, PortTaken, UnsupportedMachine
from devcluster.processes import PROC, list_running
from devcluster.programs import KUBERNETES, get_path
from devcluster.settings import Settings
from devcluster.waiting import wait_for

OLDEST_DEBIAN = 12
LISTEN = "0A"
KUBELETS = ("kubelet", "k3s-server", "k3s-agent", "rke2")
ANY = ("0.0.0.0", "::")
PATIENCE = 5.0
"""Seconds a dying process gets to close its sockets."""


@dataclass(frozen=True, kw_only=True)
class Listener:
    """A listening TCP socket."""

    address: str
    port: int
    inode: str


def check_root() -> None:
    """Raise ``UnsupportedMachine`` unless we may do everything."""
    if os.geteuid() != 0:
        raise UnsupportedMachine("devcluster has to run as root.")


def check_machine(settings: Settings) -> None:
    """Raise ``UnsupportedMachine`` when this machine can not run the cluster."""
    check_root()
    check_distribution(Path("/etc/os-release").read_text())
    check_disk(settings)
    check_other_cluster()


def check_distribution(os_release: str) -> None:
    """Raise ``UnsupportedMachine`` unless the text describes Debian 12 or newer."""
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    name = fields.get("ID", "unknown").strip('"')
    version = fields.get("VERSION_ID", "").strip('"')
    if name == "debian" and (not version or int(version.split(".")[0]) >= OLDEST_DEBIAN):
        return  # testing and unstable have no number
    shown = fields.get("PRETTY_NAME", name).strip('"')
    raise UnsupportedMachine(f"devcluster needs Debian {OLDEST_DEBIAN} or newer; this is {shown}.")


def check_disk(settings: Settings) -> None:
    """Raise ``UnsupportedMachine`` when there is too little room."""
    is_compiled = get_path(KUBERNETES, settings).exists()
    needed = settings.free_disk_gib_later if is_compiled else settings.free_disk_gib
    for directory in (settings.state_dir, settings.cache_dir):
        existing = next(path for path in (directory, *directory.parents) if path.exists())
        free = shutil.disk_usage(existing).free / 2**30
        if free < needed:
            raise UnsupportedMachine(
                f"{directory} needs {needed} GiB of free disk; there are {free:.1f} GiB."
            )


def check_other_cluster() -> None:
    """Raise ``UnsupportedMachine`` when this machine is a node of another cluster.

    Two kubelets on one machine's network take each other's firewall rules for their own.
    """
    ours = {run.pid for run in list_running()}
    for entry in PROC.iterdir():
        if entry.name.isdecimal() and int(entry.name) not in ours and is_kubelet(entry):
            raise UnsupportedMachine(
                f"This machine is a node of another cluster: {describe_process(int(entry.name))}."
            )


def is_kubelet(process: Path) -> bool:
    """Whether a process of the machine's own network is a kubelet, or contains one."""
    try:
        name = (process / "comm").read_text().strip()
        here = os.readlink(PROC / "self/ns/net") == os.readlink(process / "ns/net")
    except OSError:
        return False
    return here and name in KUBELETS


def check_ports(settings: Settings) -> None:
    """Raise ``PortTaken``, with the name of the holder, when somebody else listens on our ports."""
    with suppress(DeadlineExceeded):
        # A process that was just killed has given up its descriptors a moment before its sockets close.
        wait_for(lambda: None not in find_strangers(settings).values(), what="ports", timeout=PATIENCE)
    for port, pid in find_strangers(settings).items():
        raise PortTaken(f"Port {port} is taken by {describe_process(pid)}.")


def find_strangers(settings: Settings) -> dict[int, int | None]:
    """Of our ports those that somebody else listens on, with the process where one is found."""
    ours = {run.pid for run in list_running()}
    wanted = {*vars(settings.ports).values(), *settings.published_ports}
    found = {
        listener.port: find_socket_owner(listener.inode)
        for listener in list_listeners()
        if listener.port in wanted and is_in_the_way(listener.address, settings)
    }
    return {port: pid for port, pid in found.items() if pid not in ours}


def is_in_the_way(address: str, settings: Settings) -> bool:
    """Whether a listener on this address would get or lose connections meant for the cluster."""
    return address in (*ANY, settings.node_address) or address.startswith("127.")


def list_listeners() -> list[Listener]:
    """Every listening TCP socket of this network namespace."""
    tables = [PROC / "net/tcp", PROC / "net/tcp6"]
    return [found for table in tables if table.exists() for found in parse_tcp(table.read_text())]


def parse_tcp(table: str) -> Iterable[Listener]:
    """The listeners in the kernel's table of TCP sockets."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        address, _, port = fields[1].partition(":")
        if fields[3] == LISTEN:
            yield Listener(address=parse_address(address), port=int(port, 16), inode=fields[9])


def parse_address(text: str) -> str:
    """An address as the kernel prints it: 32-bit words in the machine's byte order.

    Of IPv6 addresses only those matter that also stand for IPv4: ``::`` and ``::ffff:a.b.c.d``.
    """
    if len(text) == 8:
        return ".".join(str(byte) for byte in reversed(bytes.fromhex(text)))
    if set(text) == {"0"}:
        return "::"
    if text.startswith("0000000000000000FFFF0000"):
        return parse_address(text[24:])
    return text


def find_socket_owner(inode: str) -> int | None:
    """The process that holds the socket."""
    for entry in PROC.iterdir():
        if entry.name.isdecimal() and f"socket:[{inode}]" in list_descriptors(entry / "fd"):
            return int(entry.name)
    return None


def list_descriptors(directory: Path) -> Iterable[str]:
    """What the descriptors of one process stand for; some are gone before they are read."""
    try:
        descriptors = list(directory.iterdir())
    except OSError:
        return
    for descriptor in descriptors:
        try:
            yield os.readlink(descriptor)
        except OSError:
            continue


def describe_process(pid: int | None) -> str:
    """``nginx (process 123)``."""
    if pid is None:
        return "an unknown process"
    try:
        name = (PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return f"process {pid}"
    return f"{name} (process {pid})"
