"""The pod of an interactive run: that of a one-off command, with a terminal or an open standard input.

Its program starts when the first client is attached, or what it prints first would reach nobody: the gate, a
line of shell, waits for one line of input with the window's size and then becomes the program. All processes of
the pod share their numbers, so that the program is not number 1, to which Ctrl-C and most signals mean nothing.
"""

from dataclasses import dataclass

from controller.cluster.commands import SHELL, Command
from controller.cluster.desired import ClusterOptions, DesiredApp, Process
from controller.cluster.manifests.pods import build_run_pod
from controller.cluster.names import INTERACTIVE
from kit.kube import Manifest

GRACE = 5
"""Seconds between SIGTERM, which an interactive shell ignores, and SIGKILL."""
GATE = (
    "IFS=' ' read -rs rows columns; "
    '[ ! -t 0 ] || stty rows "${rows:-24}" cols "${columns:-80}" 2>/dev/null; '
    'exec "$@"'
)


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """What the client has to offer."""

    tty: bool
    term: str
    """Kind of terminal; TERM of the program unless the app's config has one."""
    seconds: int
    """How long Kubernetes lets the pod live."""


def build_terminal_pod(
    desired: DesiredApp, process: Process, *, name: str, terminal: Terminal, options: ClusterOptions
) -> Manifest:
    pod = build_run_pod(desired, process, name=name, seconds=terminal.seconds, options=options)
    pod["metadata"]["labels"][INTERACTIVE] = "true"
    spec = pod["spec"]
    spec["shareProcessNamespace"] = True
    spec["terminationGracePeriodSeconds"] = min(GRACE, desired.grace_period)
    container = spec["containers"][0]
    container["stdin"] = True
    if terminal.tty:
        container["tty"] = True
        if "TERM" not in desired.env:
            container["env"].append({"name": "TERM", "value": terminal.term})
    else:
        container["stdinOnce"] = True  # or the end of the client's input would not be the program's
    return pod


def gate_command(command: Command) -> Command:
    """The command, behind the gate."""
    start, args = command
    return SHELL, (GATE, "gate", *start, *args)


def build_go(*, columns: int, rows: int) -> bytes:
    """What opens the gate."""
    return f"{rows} {columns}\n".encode()
