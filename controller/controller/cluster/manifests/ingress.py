"""The ways into an app for a cluster that routes by itself, without our router (section 4.5).

Either an Ingress, or routes of the Gateway API. Both follow the app's domains; certificates are in the Ingress, while
with the Gateway API they belong to the Gateway, which is the operator's.
"""

from collections.abc import Sequence

from controller.cluster.desired import NativeIngress, ServiceState
from controller.cluster.names import build_app_labels, build_certificate_secret_name
from kit.kube import INGRESSES, Manifest, Resource
from kit.names import build_object_name

GATEWAY_GROUP = "gateway.networking.k8s.io"
HTTPROUTES = Resource(f"{GATEWAY_GROUP}/v1", "httproutes", "HTTPRoute")
ROUTE_LIMIT = 16
"""As many host names as the Gateway API allows in one route."""
SERVICE_PORT = 80


def get_ingress_resource(native: NativeIngress) -> Resource:
    return HTTPROUTES if native.gateway else INGRESSES


def build_ingresses(app: str, *, state: ServiceState, native: NativeIngress) -> list[Manifest]:
    """Every object that leads to the app; none while it is not routable."""
    hosts = [expand(domain, native=native) for domain in state.domains]
    if not state.routable or not hosts:
        return []
    if not native.gateway:
        return [build_ingress(app, hosts=hosts, state=state, native=native)]
    parts = [hosts[at : at + ROUTE_LIMIT] for at in range(0, len(hosts), ROUTE_LIMIT)]
    return [
        build_http_route(app, number=number, hosts=part, native=native)
        for number, part in enumerate(parts, start=1)
    ]


def expand(domain: str, *, native: NativeIngress) -> str:
    """A name without a dot is one below the platform's own."""
    return domain if "." in domain else f"{domain}.{native.hostname}"


def build_ingress(app: str, *, hosts: Sequence[str], state: ServiceState, native: NativeIngress) -> Manifest:
    """A rule for each host, and the certificates that are attached."""
    backend = {"service": {"name": app, "port": {"number": SERVICE_PORT}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    spec: Manifest = {"rules": [{"host": host, "http": {"paths": [path]}} for host in hosts]}
    if native.ingress_class:
        spec["ingressClassName"] = native.ingress_class
    if state.certificates:
        spec["tls"] = build_tls(state, native=native)
    return {
        "apiVersion": INGRESSES.api_version,
        "kind": INGRESSES.kind,
        "metadata": {"name": app, "namespace": app, "labels": build_app_labels(app)},
        "spec": spec,
    }


def build_tls(state: ServiceState, *, native: NativeIngress) -> list[Manifest]:
    hosts: dict[str, list[str]] = {}
    for domain, certificate in state.certificates:
        hosts.setdefault(certificate, []).append(expand(domain, native=native))
    return [
        {"hosts": names, "secretName": build_certificate_secret_name(certificate)}
        for certificate, names in sorted(hosts.items())
    ]


def build_http_route(app: str, *, number: int, hosts: Sequence[str], native: NativeIngress) -> Manifest:
    """What the API server would fill in is stated, so that nothing seems to differ afterwards."""
    namespace, _, gateway = native.gateway.partition("/")
    parent = {"group": GATEWAY_GROUP, "kind": "Gateway", "namespace": namespace, "name": gateway}
    backend = {"group": "", "kind": "Service", "name": app, "port": SERVICE_PORT, "weight": 1}
    rule = {"matches": [{"path": {"type": "PathPrefix", "value": "/"}}], "backendRefs": [backend]}
    return {
        "apiVersion": HTTPROUTES.api_version,
        "kind": HTTPROUTES.kind,
        "metadata": {
            "name": app if number == 1 else build_object_name(app, "route", str(number)),
            "namespace": app,
            "labels": build_app_labels(app),
        },
        "spec": {"parentRefs": [parent], "hostnames": list(hosts), "rules": [rule]},
    }
