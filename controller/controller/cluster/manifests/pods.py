"""What runs: the pod template of a process type and the pod of a one-off command (sections 9, 11.2 and 20).

A slug is unpacked by an init container into a volume that only this pod has; its address comes from the env
secret under a key that the app's container is not given. No credential of storage, registry or Kubernetes is
in the pod.
"""

from typing import Any

from controller.cluster.desired import ClusterOptions, DesiredApp, Process
from controller.cluster.limits import build_resources
from controller.cluster.manifests import trustedca
from controller.cluster.manifests.containers import (
    build_container,
    build_slug_container,
    get_grace_period,
)
from controller.cluster.names import RELEASE, build_pod_labels
from kit.kube import Manifest

SLUG_UID = 2000


def build_template(desired: DesiredApp, process: Process, *, options: ClusterOptions) -> Manifest:
    """The pod template of a Deployment."""
    return {
        "metadata": build_pod_metadata(desired, process),
        "spec": {"restartPolicy": "Always", **build_pod_spec(desired, process, options=options)},
    }


def build_run_pod(
    desired: DesiredApp, process: Process, *, name: str, seconds: int, options: ClusterOptions
) -> Manifest:
    """The pod of one command; Kubernetes ends it after ``seconds``, whatever becomes of us."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": desired.app,
            **build_pod_metadata(desired, process),
        },
        "spec": {
            "restartPolicy": "Never",
            "activeDeadlineSeconds": seconds,
            **build_pod_spec(desired, process, options=options),
        },
    }


def build_pod_metadata(desired: DesiredApp, process: Process) -> Manifest:
    return {
        "labels": build_pod_labels(desired.app, process.type, desired.version),
        "annotations": {RELEASE: desired.release_uuid},
    }


def build_pod_spec(desired: DesiredApp, process: Process, *, options: ClusterOptions) -> Manifest:
    spec: Manifest = {
        "nodeSelector": dict(desired.tags),
        "terminationGracePeriodSeconds": get_grace_period(desired, process),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": build_security_context(desired),
        "containers": [build_container(desired, process, options=options)],
    }
    if desired.pull_secret is not None:
        spec["imagePullSecrets"] = [{"name": desired.pull_secret.name}]
    if desired.slug is not None:
        resources = build_resources(memory=process.memory, cpu=process.cpu)
        spec["initContainers"] = [build_slug_container(desired, resources=resources, options=options)]
        spec["volumes"] = [
            {"name": "app", "emptyDir": {}},
            *([trustedca.VOLUME] if options.trusted_ca else []),
        ]
    return spec


def build_security_context(desired: DesiredApp) -> dict[str, Any]:
    """Slugs run as the slug user. Other images run as whoever they say, under what ``baseline`` allows."""
    context: dict[str, Any] = {"seccompProfile": {"type": "RuntimeDefault"}}
    if desired.kind == "buildpack":
        context |= {
            "runAsNonRoot": True,
            "runAsUser": SLUG_UID,
            "runAsGroup": SLUG_UID,
            "fsGroup": SLUG_UID,
        }
    return context
