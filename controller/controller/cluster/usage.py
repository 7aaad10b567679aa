"""What an app's pods use of CPU and memory, as the cluster's metrics API says it.

That API belongs to an add-on, metrics-server as a rule, which a cluster may do without.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from controller.cluster.actual import get_labels
from controller.cluster.answers import action
from controller.cluster.desired import PodUsage
from controller.cluster.errors import ClusterUnreachable, Missing, Unmeasured
from controller.cluster.names import build_app_labels, render_selector
from controller.cluster.podstates import get_container_name, is_deleted
from controller.cluster.quantities import parse_quantity
from kit.kube import POD_METRICS, PODS, Kube, Manifest

NO_METRICS = "This cluster does not measure what pods use: it has no metrics API. Ask its administrator to install metrics-server"
METRICS_AWAY = "The cluster's metrics API does not answer at present, although it is installed"
ENDED = ("Succeeded", "Failed")
MILLI = Decimal("0.001")


def list_usage(kube: Kube, app: str, *, process_type: str | None = None) -> list[PodUsage]:
    """Every pod of the app that has not ended, of all releases, runs included; by type and name.

    Raises:
        Unmeasured: the cluster has no metrics API.
        ClusterError: the metrics API or the API server does not answer, or refuses.
    """
    labels = build_app_labels(app) | ({"type": process_type} if process_type else {})
    selector = render_selector(labels)
    with action(f'get Pods in Namespace "{app}"'):
        pods = kube.list(PODS, namespace=app, labels=selector)
    return describe_usage(pods, _list_metrics(kube, app, selector), now=datetime.now(UTC))


def _list_metrics(kube: Kube, app: str, selector: str) -> list[Manifest]:
    try:
        with action(f'get PodMetrics in Namespace "{app}"'):
            return kube.list(POD_METRICS, namespace=app, labels=selector)
    except Missing as error:
        raise Unmeasured(NO_METRICS) from error
    except ClusterUnreachable as error:
        raise ClusterUnreachable(f"{METRICS_AWAY}: {error}") from error


def describe_usage(pods: list[Manifest], metrics: list[Manifest], *, now: datetime) -> list[PodUsage]:
    """One entry a pod; what has not been measured yet is None."""
    measured = {metric["metadata"]["name"]: metric for metric in metrics}
    shown = [
        _describe(pod, measured.get(pod["metadata"]["name"]))
        for pod in pods
        if {"app", "type"} <= get_labels(pod).keys()
        and pod.get("status", {}).get("phase") not in ENDED
        and not is_deleted(pod, now=now)
    ]
    return sorted(shown, key=lambda usage: (usage.type, usage.name))


def _describe(pod: Manifest, metric: Manifest | None) -> PodUsage:
    labels, container = get_labels(pod), get_container_name(pod)
    limits = _find(pod["spec"]["containers"], container).get("resources", {}).get("limits") or {}
    usage = _find((metric or {}).get("containers") or [], container).get("usage") or {}
    return PodUsage(
        name=pod["metadata"]["name"],
        type=labels["type"],
        release=labels.get("version", ""),
        cpu=_count(usage, "cpu", MILLI),
        cpu_limit=_count(limits, "cpu", MILLI),
        memory=_count(usage, "memory", Decimal(1)),
        memory_limit=_count(limits, "memory", Decimal(1)),
        measured=metric["timestamp"] if metric and usage else None,
    )


def _find(containers: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next((container for container in containers if container["name"] == name), {})


def _count(amounts: Mapping[str, str], name: str, unit: Decimal) -> int | None:
    """In whole units, rounded up: what is used at all is not 0."""
    if name not in amounts:
        return None
    return int((parse_quantity(amounts[name]) / unit).to_integral_value(ROUND_CEILING))
