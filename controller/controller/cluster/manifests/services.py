"""The app's Service, which is the interface to the router (section 5).

Two writers share a Service. Domains, certificates and settings own its annotations and one label; a deploy
owns the selector and the port. Each writes only its own part, so neither can write the other's old state
back.
"""

from dataclasses import dataclass

from controller.cluster.desired import DesiredApp, ServiceState, TypeService
from controller.cluster.names import build_app_labels, build_process_name, build_type_labels
from kit.kube import Manifest

PREFIX = "router.deis.io/"
ROUTABLE = f"{PREFIX}routable"
FIRST_PORT = 5000
"""What a Service points at before anything was deployed."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Which pods a Service sends requests to, and where they listen; None leaves that part as it is."""

    process_type: str | None
    port: int | str | None
    """A number; the name of a port only while pods of two releases listen on different ones."""


def choose_target(desired: DesiredApp) -> Target:
    """``web`` if it has replicas, else ``cmd`` if that has, else whichever of them exists."""
    counts = {process.type: process.replicas for process in desired.processes}
    running: list[str] = [name for name in ("web", "cmd") if counts.get(name)]
    present: list[str] = [name for name in ("web", "cmd") if name in counts]
    chosen = next(iter(running + present), None)
    return Target(process_type=chosen, port=desired.port if desired.service.routable and chosen else None)


def build_annotations(state: ServiceState) -> dict[str, str | None]:
    """Every annotation of the controller's; None for one that must not be there."""
    return {
        f"{PREFIX}domains": ",".join(state.domains) or None,
        f"{PREFIX}certificates": join_pairs(state.certificates),
        f"{PREFIX}certificateFingerprints": join_pairs(state.certificate_fingerprints),
        f"{PREFIX}maintenance": render_boolean(state.maintenance),
        f"{PREFIX}ssl.enforce": render_boolean(state.ssl_enforce),
        f"{PREFIX}whitelist": ",".join(state.whitelist) or None,
    }


def build_service(app: str, *, state: ServiceState) -> Manifest:
    """The Service as it is first created; a deploy points it at a process type."""
    annotations = {name: value for name, value in build_annotations(state).items() if value is not None}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": app,
            "namespace": app,
            "labels": build_app_labels(app) | {ROUTABLE: render_boolean(state.routable)},
            "annotations": annotations,
        },
        "spec": {
            "ports": [{"name": "http", "port": 80, "targetPort": FIRST_PORT, "protocol": "TCP"}],
            "selector": build_app_labels(app),
        },
    }


def build_type_service(app: str, service: TypeService, *, state: ServiceState, port: int) -> Manifest:
    """The Service of one process type. Who may reach the app, and how, holds for it, too."""
    name, labels = build_process_name(app, service.type), build_type_labels(app, service.type)
    annotations = {
        f"{PREFIX}domains": name,
        f"{PREFIX}proxyDomain": app,
        f"{PREFIX}proxyLocations": service.path_pattern,
        f"{PREFIX}maintenance": render_boolean(state.maintenance),
    }
    if state.whitelist:
        annotations[f"{PREFIX}whitelist"] = ",".join(state.whitelist)
    if state.ssl_enforce:
        annotations[f"{PREFIX}ssl.enforce"] = render_boolean(True)
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": name,
            "namespace": app,
            "labels": labels | {ROUTABLE: render_boolean(state.routable)},
            "annotations": annotations,
        },
        "spec": {
            "ports": [{"name": "http", "port": 80, "targetPort": port, "protocol": "TCP"}],
            "selector": labels,
        },
    }


def get_port(live: Manifest) -> int | None:
    """Where the pods behind a Service listen; None while they differ in it."""
    ports = [port.get("targetPort") for port in live["spec"].get("ports") or [] if port["port"] == 80]
    return next((port for port in ports if isinstance(port, int)), None)


def states_all(live: Manifest | None, wanted: Manifest) -> bool:
    """Whether an object has everything that is wanted of it, and nothing else for the router."""
    if live is None or live["spec"].get("selector") != wanted["spec"]["selector"]:
        return False
    ports = [
        {key: port.get(key) for key in wanted["spec"]["ports"][0]} for port in live["spec"].get("ports") or []
    ]
    annotations = live["metadata"].get("annotations") or {}
    told = {name: text for name, text in annotations.items() if name.startswith(PREFIX)}
    labels = live["metadata"].get("labels") or {}
    found = ports, told, {name: labels.get(name) for name in wanted["metadata"]["labels"]}
    return found == (wanted["spec"]["ports"], wanted["metadata"]["annotations"], wanted["metadata"]["labels"])


def plan_state_patch(live: Manifest, state: ServiceState) -> Manifest | None:
    """The merge patch that brings annotations and label to ``state``.

    None when they agree, upper case aside.
    """
    metadata = live["metadata"]
    annotations = {
        name: value
        for name, value in build_annotations(state).items()
        if not agree((metadata.get("annotations") or {}).get(name), value)
    }
    routable = render_boolean(state.routable)
    labels = {} if agree((metadata.get("labels") or {}).get(ROUTABLE), routable) else {ROUTABLE: routable}
    changes = {key: value for key, value in (("annotations", annotations), ("labels", labels)) if value}
    return {"metadata": changes} if changes else None


def names_certificates(live: Manifest) -> bool:
    """Whether the router is told of any."""
    return f"{PREFIX}certificates" in (live["metadata"].get("annotations") or {})


def plan_target_patch(live: Manifest, target: Target) -> Manifest | None:
    """The strategic patch that points the Service at ``target``; ports and selector terms of others stay."""
    spec = live["spec"]
    changes: Manifest = {}
    if target.process_type and (spec.get("selector") or {}).get("type") != target.process_type:
        changes["selector"] = {"type": target.process_type}
    wrong = [p for p in spec.get("ports") or [] if p["port"] == 80 and p.get("targetPort") != target.port]
    if target.port is not None and wrong:
        changes["ports"] = [{"port": 80, "protocol": "TCP", "targetPort": target.port}]
    return {"spec": changes} if changes else None


def render_boolean(value: bool) -> str:
    return "true" if value else "false"


def join_pairs(pairs: tuple[tuple[str, str], ...]) -> str | None:
    return ",".join(f"{first}:{second}" for first, second in pairs) or None


def agree(live: str | None, wanted: str | None) -> bool:
    """Equal; of booleans the case is ignored, as the router does (older installations wrote ``True``)."""
    if live is None or wanted is None or wanted not in ("true", "false"):
        return live == wanted
    return live.lower() == wanted
