"""Deployments of process types (section 11) and their autoscalers (section 15)."""

from controller.cluster.batches import compute_step_size, compute_surge
from controller.cluster.desired import Autoscale, ClusterOptions, DesiredApp, Process
from controller.cluster.manifests.pods import build_template
from controller.cluster.names import CHANGE_CAUSE, FENCE, RELEASE, build_process_name, build_type_labels
from kit.kube import Manifest

SETTLE_SECONDS = 2
"""How long a process that nothing probes must have run before it replaces the old one.

A crash on start shows.
"""


def build_deployment(
    desired: DesiredApp, process: Process, *, replicas: int, nodes: int, options: ClusterOptions
) -> Manifest:
    """The Deployment of one process type. The old pods serve until each of the new is ready."""
    step = compute_step_size(batches=desired.batches, nodes=nodes)
    template = build_template(desired, process, options=options)
    labels = build_type_labels(desired.app, process.type)
    spec: Manifest = {
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": compute_surge(replicas=replicas, step=step), "maxUnavailable": 0},
        },
        "template": template,
    }
    if "readinessProbe" not in template["spec"]["containers"][0]:
        spec["minReadySeconds"] = SETTLE_SECONDS
    if desired.history_limit is not None:
        spec["revisionHistoryLimit"] = desired.history_limit
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": build_process_name(desired.app, process.type),
            "namespace": desired.app,
            "labels": labels,
            "annotations": {
                CHANGE_CAUSE: desired.summary,
                RELEASE: desired.release_uuid,
                FENCE: str(max(desired.fence, desired.version)),
            },
        },
        "spec": spec,
    }


def build_autoscaler(app: str, process_type: str, *, autoscale: Autoscale) -> Manifest:
    name = build_process_name(app, process_type)
    target = {"type": "Utilization", "averageUtilization": autoscale.cpu_percent}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": app, "labels": build_type_labels(app, process_type)},
        "spec": {
            "minReplicas": autoscale.min,
            "maxReplicas": autoscale.max,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }
