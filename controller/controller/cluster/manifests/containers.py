"""The two containers of an app's pod: the one that fetches the slug, and the app's own."""

from typing import Any

from controller.cluster.desired import ClusterOptions, DesiredApp, Process
from controller.cluster.limits import build_resources
from controller.cluster.manifests import trustedca
from controller.cluster.names import SLUG_FETCH_URL_KEY, build_env_secret_name, build_process_name
from controller.cluster.probes import build_probes
from kit.kube import Manifest

RUN = "run"
PORT_NAME = "http"
HOOK_SHELL = ("/bin/bash", "-c")
RUNNER_FETCH = "/runner/fetch"
APP_VOLUME = {"name": "app", "mountPath": "/app"}
NO_PRIVILEGES: Manifest = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def build_container(desired: DesiredApp, process: Process, *, options: ClusterOptions) -> Manifest:
    """The app's container. It is found by its name: ``<app>-<type>``."""
    slug = desired.kind == "buildpack"
    container: Manifest = {
        "name": build_process_name(desired.app, process.type),
        "image": options.slugrunner_image if slug else desired.image,
        "imagePullPolicy": desired.pull_policy,
        "env": build_env(desired, options=options),
        **build_resources(memory=process.memory, cpu=process.cpu),
    }
    container |= {
        key: list(value) for key, value in (("command", process.command), ("args", process.args)) if value
    }
    if slug:
        container |= {"volumeMounts": [APP_VOLUME], "securityContext": NO_PRIVILEGES}
    if process.type != RUN:
        container |= build_probes(process, port=desired.port)
        container |= build_ports(desired, process)
        container |= build_lifecycle(desired, process, drain_seconds=options.drain_seconds)
    return container


def build_slug_container(desired: DesiredApp, *, resources: Manifest, options: ClusterOptions) -> Manifest:
    """Fetches the slug into the app's volume before the app starts.

    A restart of the app does not repeat it.
    """
    return {
        "name": "slug",
        "image": options.slugrunner_image,
        "imagePullPolicy": desired.pull_policy,
        "command": [RUNNER_FETCH],
        "env": [
            build_reference("SLUG_FETCH_URL", key=SLUG_FETCH_URL_KEY, secret=get_env_secret_name(desired)),
            *({"name": f"{kind.upper()}_PROXY", "value": url} for kind, url in options.proxies.items()),
        ],
        "volumeMounts": [APP_VOLUME, *([trustedca.MOUNT] if options.trusted_ca else [])],
        "securityContext": NO_PRIVILEGES,
        **resources,
    }


def build_env(desired: DesiredApp, *, options: ClusterOptions) -> list[Manifest]:
    """References into the env secret, sorted by name, and never a value; what only the pod knows comes last."""
    secret = get_env_secret_name(desired)
    env = [build_reference(name, key=name, secret=secret) for name in sorted(desired.env)]
    wanted = desired.env.get("DEIS_EXPOSE_POD_IP", str(options.expose_pod_ip))
    if wanted == "True" and "POD_IP" not in desired.env:
        env.append({"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}})
    if options.debug and "DEIS_DEBUG" not in desired.env:
        env.append({"name": "DEIS_DEBUG", "value": "1"})
    return env


def build_reference(name: str, *, key: str, secret: str) -> Manifest:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def build_ports(desired: DesiredApp, process: Process) -> dict[str, Any]:
    """A name for the port that gets traffic, by which old and new pods may differ in it during a rollout."""
    if not process.routable or desired.port is None:
        return {}
    return {"ports": [{"name": PORT_NAME, "containerPort": desired.port, "protocol": "TCP"}]}


def build_lifecycle(desired: DesiredApp, process: Process, *, drain_seconds: int) -> dict[str, Any]:
    """What runs in the container after its start and before its end (API specification, section 15)."""
    hooks = build_drain(desired, process, seconds=drain_seconds)
    for name, command in (("postStart", process.post_start), ("preStop", process.pre_stop)):
        if command:
            hooks[name] = {"exec": {"command": [*HOOK_SHELL, command]}}
    return {"lifecycle": hooks} if hooks else {}


def get_grace_period(desired: DesiredApp, process: Process) -> int:
    return desired.grace_period if process.grace_period is None else process.grace_period


def build_drain(desired: DesiredApp, process: Process, *, seconds: int) -> dict[str, Any]:
    """Let a pod that is to stop serve on for a moment: proxies that still know it lose no request by it.

    It must end before the grace period does, which counts from the beginning of the sleep.
    """
    seconds = min(seconds, get_grace_period(desired, process) - 1)
    if not process.routable or desired.port is None or seconds < 1:
        return {}
    return {"preStop": {"sleep": {"seconds": seconds}}}


def get_env_secret_name(desired: DesiredApp) -> str:
    return build_env_secret_name(desired.app, desired.version)
