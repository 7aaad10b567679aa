"""Health checks to probes (section 12), and the default probe of processes that get traffic.

The default differs from the original's 30 s of waiting: a TCP connection to PORT, tried from the first second
on, so that a pod takes traffic as soon as it listens and not a moment before.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from controller.cluster.desired import HealthCheck, Process

PROBES = ("livenessProbe", "readinessProbe")
WEB_TYPES = ("web", "cmd")
SHARED_ENTRY = "web/cmd"
DEFAULT_DELAY = 50
"""Seconds counted for a probe that does not say when it starts."""


def choose_health_check(health_checks: Mapping[str, Any], process_type: str) -> HealthCheck:
    """The check in force for a type: its own entry, else for web and cmd the shared one, else ``{}``.

    A flat form, probes at top level, is what very old releases stored for web and cmd.
    """
    own: HealthCheck = health_checks.get(process_type) or {}
    if own or process_type not in WEB_TYPES:
        return own
    if any(health_checks.get(probe) for probe in PROBES):
        return {probe: health_checks[probe] for probe in PROBES if health_checks.get(probe)}
    return health_checks.get(SHARED_ENTRY) or {}


def build_probes(process: Process, *, port: int | None) -> dict[str, Any]:
    """The container's probes: the user's, as given but for a missing port; else the default one, if it is routable."""
    if process.health_check:
        given = ((name, process.health_check.get(name)) for name in PROBES)
        return {name: _fill_port(probe, port=port) for name, probe in given if probe}
    if process.routable and port is not None:
        return {"readinessProbe": build_default_readiness(port)}
    return {}


def build_default_readiness(port: int) -> dict[str, Any]:
    """Ready once PORT accepts a connection.

    Three misses in a row, so that a busy app is not taken out for one.
    """
    return {
        "tcpSocket": {"port": port},
        "initialDelaySeconds": 0,
        "timeoutSeconds": 5,
        "periodSeconds": 1,
        "successThreshold": 1,
        "failureThreshold": 3,
    }


def compute_probe_delay(probes: Mapping[str, Any]) -> int:
    """Seconds that the probes add to the time a batch may take (section 17.4)."""
    return max((probe.get("initialDelaySeconds", DEFAULT_DELAY) for probe in probes.values()), default=0)


def get_liveness_path(health_check: HealthCheck) -> str | None:
    """The path of a liveness ``httpGet``, which the router check asks for; None if there is no such check."""
    action = (health_check.get("livenessProbe") or {}).get("httpGet")
    return None if action is None else str(action.get("path") or "/")


def _fill_port(probe: Mapping[str, Any], *, port: int | None) -> dict[str, Any]:
    filled = deepcopy(dict(probe))
    action = filled.get("httpGet")
    if action is not None and port is not None and not action.get("port"):
        action["port"] = port
    return filled
