"""Interactive runs in the cluster: their pods are made, looked at, attached to and removed here."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from controller.cluster.answers import action
from controller.cluster.batches import compute_process_seconds
from controller.cluster.commands import build_run_command
from controller.cluster.containerstates import describe_end
from controller.cluster.deploying import apply_secrets
from controller.cluster.desired import ClusterOptions, DesiredApp
from controller.cluster.diagnosis import find_pod_problem
from controller.cluster.manifests.terminals import Terminal, build_terminal_pod, gate_command
from controller.cluster.names import RUN_TYPE, build_process_name
from controller.cluster.podsockets import PodSockets, PodStream
from controller.cluster.podstates import find_container_status
from controller.cluster.running import build_run_process
from kit.kube import EVENTS, PODS, Kube, Manifest

log = logging.getLogger(__name__)

T = TypeVar("T")
InThread = Callable[[Callable[[], T]], Awaitable[T]]

DEADLINE_CODE = 124
"""As ``timeout`` has it."""
NOT_RUN_CODE = 125
"""As container programs have it."""
DELETED_CODE = 137
KILL = """
program=; group=-1
for file in /proc/[0-9]*/stat; do
    read -r line <"$file" 2>/dev/null || continue
    number=${line%% *}; rest=(${line##*) })
    [ "${rest[1]}" -eq 0 ] && [ "$number" -gt 1 ] && [ "$number" -ne $$ ] || continue
    [ -z "$program" ] || [ "$number" -lt "$program" ] || continue
    program=$number; group=${rest[5]}
done
[ -n "$program" ] || { echo "the program is not there any more"; exit 1; }
if [ "$group" -gt 0 ]; then kill -s "$1" -- -"$group"; else kill -s "$1" "$program"; fi
"""
"""The signal goes to whom the terminal would send it: the group in its foreground; without one, to the program.
The program is the process that has no parent in the pod. Pause, number 1, and this script have none either."""


@dataclass(frozen=True, kw_only=True)
class End:
    """How a pod's command ended."""

    code: int
    reason: str
    message: str


class Terminals:
    """Methods that are not ``async`` wait for Kubernetes: they belong into a thread."""

    def __init__(self, kube: Kube, options: ClusterOptions) -> None:
        self._kube = kube
        self._options = options

    def start(self, desired: DesiredApp, command: str, *, pod_name: str, terminal: Terminal) -> float:
        """Make the pod; return how many seconds it may take to start. The program waits for the first client.

        Raises:
            ClusterError: it was refused.
        """
        process = build_run_process(desired, gate_command(build_run_command(desired.kind, command)))
        pod = build_terminal_pod(desired, process, name=pod_name, terminal=terminal, options=self._options)
        apply_secrets(self._kube, desired)
        with action(f'create Pod in Namespace "{desired.app}"'):
            self._kube.create(PODS, pod)
        return compute_process_seconds(desired, process, nodes=1)

    def find(self, app: str, pod: str) -> Manifest | None:
        with action(f'get Pod "{pod}" in Namespace "{app}"'):
            return self._kube.find(PODS, pod, namespace=app)

    def delete(self, app: str, pod: str) -> None:
        """Ask for its end; one that is gone is fine.

        Raises:
            ClusterError: Kubernetes does not answer, or refuses.
        """
        with action(f'delete Pod "{pod}" in Namespace "{app}"'):
            self._kube.delete(PODS, pod, namespace=app)

    def find_problem(self, app: str, pod: Manifest) -> str:
        """Why it will never start; empty when it may.

        Raises:
            ClusterError: the pod's events can't be had.
        """
        uid = pod["metadata"]["uid"]
        with action(f"get Events in Namespace {app}"):
            events = self._kube.list(EVENTS, namespace=app, fields=f"involvedObject.uid={uid}")
        problem = find_pod_problem(pod, events, now=datetime.now(UTC), options=self._options)
        return problem.sentence if problem else ""

    def read_log(self, app: str, pod: str) -> str:
        """All that the command has printed.

        Raises:
            ClusterError: it can't be had.
        """
        with action(f'get logs for Pod "{pod}" in Namespace "{app}"'):
            return self._kube.read_log(pod, namespace=app, container=get_container(app))

    async def follow(
        self, app: str, pod: str, *, in_thread: InThread[tuple[list[Manifest], str]]
    ) -> AsyncGenerator[Manifest | None, None]:
        """The pod as it is, and after every change; None once it is gone. It ends when the connection does.

        Raises:
            ClusterError: Kubernetes does not answer, or refuses.
        """

        def read() -> tuple[list[Manifest], str]:
            with action(f'get Pod "{pod}" in Namespace "{app}"'):
                return self._kube.list_page(PODS, namespace=app, fields=f"metadata.name={pod}")

        found, version = await in_thread(read)
        yield found[0] if found else None
        async with aclosing(self._sockets.watch(app, pod, version=version)) as changes:
            async for changed in changes:
                yield changed

    def attach(self, app: str, pod: str, *, tty: bool) -> AbstractAsyncContextManager[PodStream]:
        """The streams of the pod's program. See ``PodSockets.attach``."""
        return self._sockets.attach(app, pod, container=get_container(app), tty=tty)

    async def send_signal(self, app: str, pod: str, signal: str) -> str:
        """Empty if the signal went out, else why it did not."""
        command = ("/bin/bash", "-c", KILL, "kill", signal)
        succeeded, said = await self._sockets.execute(app, pod, container=get_container(app), command=command)
        return "" if succeeded else said or "it could not be sent"

    @property
    def _sockets(self) -> PodSockets:
        return PodSockets(self._kube.transport.credentials)


def get_container(app: str) -> str:
    return build_process_name(app, RUN_TYPE)


def is_running(pod: Manifest | None) -> bool:
    """Whether the pod's own container has been started and has not ended."""
    return pod is not None and "running" in (find_container_status(pod) or {}).get("state", {})


def find_end(pod: Manifest | None) -> End | None:
    """How it ended; None while it has not."""
    if pod is None:
        return End(code=DELETED_CODE, reason="deleted", message="The pod was deleted")
    status = pod.get("status", {})
    if status.get("reason") == "DeadlineExceeded":
        return End(code=DEADLINE_CODE, reason="deadline", message="The run has reached its deadline")
    ended = (find_container_status(pod) or {}).get("state", {}).get("terminated")
    if ended is not None:
        deleted = pod["metadata"].get("deletionTimestamp") is not None
        code = int(ended["exitCode"])
        if deleted:
            return End(code=code, reason="deleted", message="The pod was deleted")
        return End(code=code, reason="exited", message=describe_end(ended) if code else "")
    if status.get("phase") in ("Succeeded", "Failed"):  # an init container failed, or the node did
        why = status.get("message") or status.get("reason") or "its slug could not be fetched"
        return End(code=NOT_RUN_CODE, reason="failed", message=f"The command was not started: {why}")
    return None
