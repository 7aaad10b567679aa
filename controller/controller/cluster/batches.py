"""How a rollout is cut into steps and how long it may take (sections 11.1 and 17.3)."""

from controller.cluster.desired import DesiredApp, Process
from controller.cluster.probes import build_probes, compute_probe_delay

LONGEST = 30 * 86400.0
"""Seconds: beyond that nobody waits, and a clock would run over."""
AT_ONCE = 5
"""Process types that roll out beside each other."""


def compute_step_size(*, batches: int, nodes: int) -> int:
    """Pods replaced at a time: the setting, else one for each node the app may run on, and at least one."""
    return max(1, batches or nodes)


def compute_surge(*, replicas: int, step: int) -> int:
    """``maxSurge``: never more than the pods there are to be, and never 0."""
    return replicas if 0 < replicas < step else step


def count_batches(*, replicas: int, step: int) -> int:
    """How many steps it takes, the remainder included; at least one."""
    return max(1, -(-replicas // step))


def compute_process_seconds(desired: DesiredApp, process: Process, *, nodes: int) -> float:
    """Seconds until every pod of one type must be ready."""
    if process.replicas == 0:
        return 0.0
    step = compute_step_size(batches=desired.batches, nodes=nodes)
    delay = compute_probe_delay(build_probes(process, port=desired.port))
    return float(count_batches(replicas=process.replicas, step=step) * (desired.deploy_timeout + delay))


def compute_deploy_seconds(desired: DesiredApp, *, nodes: int) -> float:
    """Seconds for the whole rollout.

    That of the slowest type, as often as types have to wait for each other.
    """
    each = [compute_process_seconds(desired, process, nodes=nodes) for process in desired.processes]
    rounds = count_batches(replicas=len([seconds for seconds in each if seconds > 0]), step=AT_ONCE)
    return min(LONGEST, rounds * (max(each, default=0.0) or float(desired.deploy_timeout)))
