"""Host processes that outlive the command that started them.

There are no files with process ids: they go stale. Every process carries a mark in its environment
that says what it is and from which configuration it was started, and the kernel's process table is
searched for marks. A process whose mark differs from the wanted one is replaced.
"""

import hashlib
import os
import select
import signal
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devcluster.commands import get_search_path
from devcluster.waiting import wait_for

MARK = "DEVCLUSTER_PROCESS"
PROC = Path("/proc")


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process that should run."""

    name: str
    argv: tuple[str, ...]
    files: tuple[Path, ...] = ()
    """Read at start only, so the process is started anew when one of them changes."""
    env: Mapping[str, str] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """Changes with anything the process was started from."""
        digest = hashlib.sha256(repr((self.argv, sorted(self.env.items()))).encode())
        for file in self.files:
            digest.update(file.read_bytes())
        return digest.hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class Running:
    """A marked process of the kernel's table."""

    pid: int
    name: str
    fingerprint: str
    argv: tuple[str, ...]

    @property
    def is_helper(self) -> bool:
        """Whether it is a container's shim: those inherit the mark of the runtime."""
        return self.program.startswith("containerd-shim")

    @property
    def program(self) -> str:
        return Path(self.argv[0]).name if self.argv else ""


class Detached(subprocess.Popen[bytes]):
    """A process that is meant to outlive this one, which is nothing to warn about."""

    def __del__(self) -> None:
        """Leave it alone."""


def parse_mark(environ: bytes) -> tuple[str, str] | None:
    """The name and the fingerprint in a process's environment, if it is one of ours."""
    for entry in environ.split(b"\0"):
        key, _, value = entry.partition(b"=")
        if key == MARK.encode():
            name, _, fingerprint = value.decode(errors="replace").partition(":")
            return name, fingerprint
    return None


def get_running(pid: int) -> Running | None:
    """The marked process of this id. A dead one that nobody has waited for has no mark."""
    try:
        mark = parse_mark((PROC / str(pid) / "environ").read_bytes())
        command = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return None
    if mark is None:
        return None
    argv = tuple(part.decode(errors="replace") for part in command.split(b"\0")[:-1])
    return Running(pid=pid, name=mark[0], fingerprint=mark[1], argv=argv)


def list_running() -> list[Running]:
    """Every marked process, helpers such as container shims included."""
    found = (get_running(int(entry.name)) for entry in PROC.iterdir() if entry.name.isdecimal())
    return [running for running in found if running and running.pid != os.getpid()]


def list_instances(process: Process) -> list[Running]:
    """The processes of this name and program; not what they have started themselves."""
    program = Path(process.argv[0]).name
    return [run for run in list_running() if run.name == process.name and run.program == program]


def apply_process(process: Process, *, log_dir: Path) -> bool:
    """Make exactly one such process run; return whether it had to be started."""
    instances = list_instances(process)
    wanted = [run for run in instances if run.fingerprint == process.fingerprint()]
    if len(wanted) == 1 and len(instances) == 1:
        return False
    stop(instances)
    start(process, log_dir=log_dir)
    return True


def start(process: Process, *, log_dir: Path) -> None:
    """Start the process in a session of its own, its output going to its log file."""
    log_dir.mkdir(parents=True, exist_ok=True)
    env = {"PATH": get_search_path(), "HOME": "/root", **process.env}
    env[MARK] = f"{process.name}:{process.fingerprint()}"
    with open(log_dir / f"{process.name}.log", "wb") as log:
        started = Detached(
            process.argv,
            cwd="/",
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # For an instant after its start a program's environment can not be read yet.
    wait_for(
        lambda: get_running(started.pid) or started.poll() is not None,
        what=f"the start of {process.name}",
        timeout=10,
        interval=0.002,
    )


def stop(targets: Iterable[Running], *, grace: float = 5.0) -> None:
    """Ask the processes to end; kill those that are still there after ``grace`` seconds."""
    handles = open_handles(targets)
    try:
        send(handles, signal.SIGTERM)
        left = wait_for_end(list(handles), timeout=grace)
        send({handle: handles[handle] for handle in left}, signal.SIGKILL)
        wait_for_end(left, timeout=10.0)
    finally:
        for handle in handles:
            os.close(handle)


def kill(pids: Iterable[int]) -> None:
    """Kill processes at once and return when they are gone."""
    handles: list[int] = []
    for pid in pids:
        try:
            handles.append(os.pidfd_open(pid))
            signal.pidfd_send_signal(handles[-1], signal.SIGKILL)
        except ProcessLookupError:
            continue
    wait_for_end(handles, timeout=10.0)
    for handle in handles:
        os.close(handle)


def open_handles(targets: Iterable[Running]) -> dict[int, Running]:
    """Handles of those processes that still are what they were when they were listed."""
    handles: dict[int, Running] = {}
    for target in targets:
        try:
            handle = os.pidfd_open(target.pid)
        except ProcessLookupError:
            continue
        handles[handle] = target
        if get_running(target.pid) != target:
            del handles[handle]
            os.close(handle)
    return handles


def send(handles: Mapping[int, Running], number: signal.Signals) -> None:
    """Signal processes by handles, which can not come to mean another process."""
    for handle in handles:
        try:
            signal.pidfd_send_signal(handle, number)
        except ProcessLookupError:
            continue


def wait_for_end(handles: list[int], *, timeout: float) -> list[int]:
    """The handles whose processes have not ended within ``timeout`` seconds."""
    waiting = set(handles)
    poll = select.poll()
    for handle in waiting:
        poll.register(handle, select.POLLIN)
    while waiting:
        ended = poll.poll(timeout * 1000)
        if not ended:
            break
        for handle, _ in ended:
            poll.unregister(handle)
            waiting.discard(handle)
    return sorted(waiting)
