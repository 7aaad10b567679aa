"""Names of those who hold leases: which container, which process in it.

In a pod that is ``<namespace>/<pod>:<pid>:…``, elsewhere ``<host>:<pid>:…``. No host name has a slash, so a name
with one is that of a pod, and Kubernetes can be asked whether the pod is still there.
"""

from __future__ import annotations

import socket

from controller.settings import Settings


def build_owner(settings: Settings, pid: int | None = None) -> str:
    """How owners of this container begin, or of one process in it."""
    pod = settings.process.pod_name
    place = f"{settings.namespace}/{pod}" if pod else socket.gethostname()
    return f"{place}:{'' if pid is None else f'{pid}:'}"


def parse_pod(owner: str, *, namespace: str) -> str:
    """The owner's pod in this namespace; empty when it is something else, or a pod somewhere else."""
    place, _, _ = owner.partition(":")
    found, _, pod = place.partition("/")
    return pod if found == namespace else ""
