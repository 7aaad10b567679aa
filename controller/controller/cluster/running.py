"""One command in a pod of its own (section 20). The pod is deleted whatever happens.

Kubernetes bounds its life.
"""

from dataclasses import dataclass, replace

from controller.cluster.actual import Actual, AppView
from controller.cluster.answers import action
from controller.cluster.batches import compute_process_seconds
from controller.cluster.commands import Command, build_run_command
from controller.cluster.deploying import apply_secrets
from controller.cluster.desired import ClusterOptions, DesiredApp, Process, RunResult
from controller.cluster.diagnosis import find_pod_problem
from controller.cluster.errors import ClusterError, RunFailed
from controller.cluster.manifests.pods import build_run_pod
from controller.cluster.names import RUN_TYPE
from controller.cluster.podstates import ORDER, find_container_status, get_container_name, get_state
from controller.cluster.waiting import TICK, Terms, build_failure, wait_for_view
from kit.kube import PODS, Kube, KubeError, Manifest
from kit.logs import app_logger

log = app_logger(__name__)

STARTED = ORDER.index("up")
MARGIN = 30
"""Seconds by which Kubernetes ends the pod later than we give up."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One command on its way."""

    desired: DesiredApp
    command: str
    pod_name: str
    timeout: float
    options: ClusterOptions
    terms: Terms

    @property
    def process(self) -> Process:
        """The process of type ``run``, with its limits, made to run the command."""
        return build_run_process(self.desired, build_run_command(self.desired.kind, self.command))

    @property
    def start_seconds(self) -> float:
        return compute_process_seconds(self.desired, self.process, nodes=1)


def build_run_process(desired: DesiredApp, command: Command) -> Process:
    """The process of type ``run`` with its limits, made to run a command."""
    given = next((p for p in desired.processes if p.type == RUN_TYPE), None)
    start, args = command
    return replace(given or Process(type=RUN_TYPE, replicas=1), command=start, args=args, replicas=1)


def build_pod(run: Run) -> Manifest:
    seconds = int(run.timeout + run.start_seconds) + MARGIN
    return build_run_pod(run.desired, run.process, name=run.pod_name, seconds=seconds, options=run.options)


def run_command(kube: Kube, run: Run) -> RunResult:
    """Start the pod, wait for its end, read its log, delete it.

    Raises:
        RunFailed: ``<pod> (run): <reason>``
    """
    app = run.desired.app
    try:
        apply_secrets(kube, run.desired)
        try:
            with action(f'create Pod in Namespace "{app}"'):
                kube.create(PODS, build_pod(run))
            return _follow(kube, run)
        finally:
            delete_run_pod(kube, app, run.pod_name)
    except ClusterError as error:
        raise RunFailed(f"{run.pod_name} (run): {error}") from error


def delete_run_pod(kube: Kube, app: str, name: str) -> None:
    """An error is logged: the pod's own time limit ends it, and the next deploy's clean-up removes it."""
    try:
        kube.delete(PODS, name, namespace=app)
    except KubeError as error:
        log.warning(app, "%s is not deleted: %s", name, error)


def _follow(kube: Kube, run: Run) -> RunResult:
    """Wait until the pod has ended. One that does not even start in time is told about in the output."""
    started_by = run.terms.started + run.start_seconds
    with AppView(kube, run.desired.app) as view:
        wait_for_view(view, terms=run.terms)
        while True:
            actual = view.read()
            pod = _find_pod(actual, run.pod_name)
            if pod is None:
                raise ClusterError("The pod was deleted before the command had ended")
            if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
                return _read_result(kube, run, pod)
            if not _has_started(get_state(pod)):
                problem = find_pod_problem(
                    pod, actual.get_events(pod), now=run.terms.now, options=run.options
                )
                if problem is not None:
                    raise build_failure(kube, run.desired.app, problem)
                if run.terms.clock() >= started_by:
                    state = get_state(pod, actual.get_events(pod))
                    return RunResult(exit_code=0, output=f"Could not get logs. Pod is in state {state}")
            if run.terms.expired:
                raise ClusterError("Timed out (20 mins) while running")
            view.wait(TICK)


def _read_result(kube: Kube, run: Run, pod: Manifest) -> RunResult:
    status = pod["status"]
    if status.get("reason") == "DeadlineExceeded":
        raise ClusterError("Timed out (20 mins) while running")
    ended = (find_container_status(pod) or {}).get("state", {}).get("terminated")
    if ended is None:  # an init container failed, or the node did
        why = status.get("message") or status.get("reason") or "its slug could not be fetched"
        raise ClusterError(f"The command was not started: {why}")
    with action(f'get logs for Pod "{run.pod_name}" in Namespace "{run.desired.app}"'):
        output = kube.read_log(run.pod_name, namespace=run.desired.app, container=get_container_name(pod))
    return RunResult(exit_code=int(ended["exitCode"]), output=output)


def _find_pod(actual: Actual, name: str) -> Manifest | None:
    return next((pod for pod in actual.pods if pod["metadata"]["name"] == name), None)


def _has_started(state: str) -> bool:
    return state in ORDER and ORDER.index(state) >= STARTED
