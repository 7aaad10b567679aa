"""Manifests of a build: its pod and its two Secrets. Pure; the caller chose the names.

Three containers share one volume: ``fetch`` brings the source, ``build`` runs the user's code and has nothing
secret but the app's own config, ``push`` stores the result. Source: design, section 5; build specification,
section 8.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.settings import PodSettings
from kit.kube import Manifest
from kit.settings import Secret

APP_LENGTH = {"slugbuild": 35, "dockerbuild": 33}
COMPONENT = "build"
USERS = {"slugbuild": 2000, "dockerbuild": 1000}
PACKAGES = {"slugbuild": "slugbuilder", "dockerbuild": "dockerbuilder"}
TMP = "/tmp"

WORKSPACE = {"name": "workspace", "mountPath": "/workspace"}
CONFIG = {"name": "config", "mountPath": "/workspace-env", "readOnly": True}
URLS = {"name": "urls", "mountPath": "/var/run/secrets/deis/urls", "readOnly": True}
TRUSTED_CA = {"name": "trusted-ca", "mountPath": "/etc/deis/trusted-ca", "readOnly": True}


@dataclass(frozen=True, kw_only=True)
class BuildJob:
    """One build, whichever kind."""

    kind: str
    """``slugbuild`` or ``dockerbuild``."""
    pod_name: str
    app: str
    short: str
    image: str
    pull_policy: str
    node_selector: Mapping[str, str] = field(default_factory=dict)
    build_env: Mapping[str, str] = field(default_factory=dict)
    """What the ``build`` container is told beside the settings'."""
    push_env: Mapping[str, str] = field(default_factory=dict)

    @property
    def urls_secret(self) -> str:
        return f"{self.pod_name}-urls"

    @property
    def config_secret(self) -> str:
        return f"{self.pod_name}-config"


def build_pod_name(kind: str, *, app: str, short: str, uid: str) -> str:
    """Return a name of at most 63 characters; ``uid`` is random and 8 characters are taken of it."""
    return f"{kind}-{app[: APP_LENGTH[kind]]}-{short}-{uid[:8]}"


def build_labels(job: BuildJob, settings: PodSettings) -> dict[str, str]:
    return {
        "heritage": job.pod_name,
        "app": job.app,
        "component": COMPONENT,
        "type": job.kind,
        "version": f"git-{job.short}",
        "builder": settings.builder,
    }


def build_pod(job: BuildJob, settings: PodSettings) -> Manifest:
    """Return the pod of one build."""
    user = USERS[job.kind]
    spec: dict[str, Any] = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "activeDeadlineSeconds": max(1, round(settings.lifetime)),
        "terminationGracePeriodSeconds": 5,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "initContainers": [
            build_container(job, settings, "fetch"),
            build_container(job, settings, "build"),
        ],
        "containers": [build_container(job, settings, "push")],
        "volumes": build_volumes(job, settings),
        **build_placement(job, settings),
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": job.pod_name,
            "namespace": settings.namespace,
            "labels": build_labels(job, settings),
        },
        "spec": spec,
    }


def build_placement(job: BuildJob, settings: PodSettings) -> dict[str, Any]:
    """Return where it runs and how its images come, as far as anything is said about it."""
    optional = {
        "nodeSelector": dict(job.node_selector),
        "tolerations": [dict(toleration) for toleration in settings.tolerations],
        "imagePullSecrets": [{"name": name} for name in settings.image_pull_secrets],
    }
    placement: dict[str, Any] = {name: value for name, value in optional.items() if value}
    if not settings.host_users:
        placement["hostUsers"] = False
    return placement


def build_container(job: BuildJob, settings: PodSettings, step: str) -> dict[str, Any]:
    """Return the container of one step: ``fetch``, ``build`` or ``push``."""
    return {
        "name": step,
        "image": job.image,
        "imagePullPolicy": job.pull_policy,
        "args": ["python3", "-m", PACKAGES[job.kind], step],
        "env": [{"name": name, "value": value} for name, value in build_env(job, settings, step).items()],
        "securityContext": build_security(job, step),
        "volumeMounts": build_mounts(job, settings, step),
        **build_resources(settings, step),
    }


def build_env(job: BuildJob, settings: PodSettings, step: str) -> dict[str, str]:
    """Return a container's environment. No secret is in it, and nothing of the app's config."""
    env = dict(settings.proxies)
    if step == "build":
        env |= {"SOURCE_VERSION": job.short}
        env |= {"DEIS_DEBUG": "1"} if settings.debug else {}
        env |= {"DEIS_MIRRORS": settings.mirrors} if settings.mirrors else {}
        env |= job.build_env
    elif step == "push":
        env |= job.push_env
    return env


def build_security(job: BuildJob, step: str) -> dict[str, Any]:
    """Return the strictest context that works.

    Rootless buildah maps a range of users, for which it needs programs with file capabilities (so no "no new
    privileges", and the default set to take them from) and system calls that the default seccomp profile denies.
    Its way into the new root fails on a read-only one. Nothing of this gives it a privilege on the node.
    """
    if job.kind == "dockerbuild" and step == "build":
        return {"allowPrivilegeEscalation": True, "seccompProfile": {"type": "Unconfined"}}
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def build_resources(settings: PodSettings, step: str) -> dict[str, Any]:
    """Return amounts for the step that runs the user's code; the others are small."""
    if step != "build":
        return {}
    amounts = {"limits": dict(settings.limits), "requests": dict(settings.requests)}
    resources = {name: value for name, value in amounts.items() if value}
    return {"resources": resources} if resources else {}


def build_mounts(job: BuildJob, settings: PodSettings, step: str) -> list[dict[str, Any]]:
    mounts: list[dict[str, Any]] = [WORKSPACE, {"name": "tmp", "mountPath": TMP, "subPath": step}]
    if step == "build":
        mounts.append(CONFIG)
        scratch = "/app" if job.kind == "slugbuild" else "/home/build/.local/share/containers"
        mounts.append({"name": "scratch", "mountPath": scratch})
    else:
        mounts.append(URLS)
    if settings.trusted_ca_configmap:
        mounts.append(TRUSTED_CA)
    return mounts


def build_volumes(job: BuildJob, settings: PodSettings) -> list[dict[str, Any]]:
    volumes: list[dict[str, Any]] = [
        {"name": "workspace", "emptyDir": {}},
        {"name": "tmp", "emptyDir": {}},
        {"name": "scratch", "emptyDir": {}},
        {"name": "urls", "secret": {"secretName": job.urls_secret, "defaultMode": 0o440}},
        {"name": "config", "secret": {"secretName": job.config_secret, "defaultMode": 0o440}},
    ]
    if settings.trusted_ca_configmap:
        ca = {"name": settings.trusted_ca_configmap, "optional": True}
        volumes.append({"name": "trusted-ca", "configMap": ca})
    return volumes


def build_secret(
    name: str, values: Mapping[str, Secret], *, job: BuildJob, settings: PodSettings
) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": settings.namespace, "labels": build_labels(job, settings)},
        "type": "Opaque",
        "stringData": {key: value.reveal() for key, value in values.items()},
    }


def build_owner_patch(pod: Manifest) -> Manifest:
    """Return what makes an object vanish with the pod."""
    owner = {
        "apiVersion": "v1",
        "kind": "Pod",
        "name": pod["metadata"]["name"],
        "uid": pod["metadata"]["uid"],
    }
    return {"metadata": {"ownerReferences": [owner]}}


def build_docker_args(config: Mapping[str, str]) -> str | None:
    """Return ``DOCKER_BUILD_ARGS``: all of the config if it has the key that asks for it.

    Source: build specification, 8.2.
    """
    if "DEIS_DOCKER_BUILD_ARGS_ENABLED" not in config:
        return None
    return json.dumps(dict(sorted(config.items())), separators=(",", ":"))
