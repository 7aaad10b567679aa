"""The API server's word on Ingresses and routes, in a cluster without our router."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from controller.cluster.desired import ClusterOptions, NativeIngress, ServiceState
from controller.cluster.facade import Cluster
from controller.cluster.manifests.ingress import HTTPROUTES
from kit.kube import INGRESSES, ROLES, Kube, KubeConflict, Manifest, Resource
from kit.waiting import wait_for

from ...pairs import Pair, make_pair  # noqa: TID252 - both tiers use it, and tests are no package

DEFINITIONS = Resource(
    "apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition", namespaced=False
)
GATEWAY = NativeIngress(hostname="example.com", gateway="infra/public")
HOST = r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
TEXT: Manifest = {"type": "string"}


def closed(required: tuple[str, ...] = (), **properties: Manifest) -> Manifest:
    return {"type": "object", "required": list(required), "properties": properties}


def many(items: Manifest, limit: int) -> Manifest:
    return {"type": "array", "maxItems": limit, "items": items}


def build_definition() -> Manifest:
    """Of the Gateway API's HTTPRoute what a route of ours says; the API server refuses or drops anything else."""
    number = {"type": "integer", "minimum": 0, "maximum": 65535}
    host = {"type": "string", "minLength": 1, "maxLength": 253, "pattern": HOST}
    parent = closed(("name",), group=TEXT, kind=TEXT, namespace=TEXT, name=TEXT)
    kind = {"type": "string", "enum": ["Exact", "PathPrefix", "RegularExpression"]}
    match = closed(path=closed(type=kind, value=TEXT))
    backend = closed(("name",), group=TEXT, kind=TEXT, name=TEXT, port=number, weight={"type": "integer"})
    rule = closed(matches=many(match, 64), backendRefs=many(backend, 16))
    spec = closed(parentRefs=many(parent, 32), hostnames=many(host, 16), rules=many(rule, 16))
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": closed(("spec",), spec=spec)},
    }
    name = f"{HTTPROUTES.plural}.gateway.networking.k8s.io"
    return {
        "metadata": {
            "name": name,
            "annotations": {"api-approved.kubernetes.io": "unapproved, a definition for tests"},
        },
        "spec": {
            "group": "gateway.networking.k8s.io",
            "scope": "Namespaced",
            "names": {"plural": HTTPROUTES.plural, "singular": "httproute", "kind": HTTPROUTES.kind},
            "versions": [version],
        },
    }


@pytest.fixture(scope="module")
def gateway_api(kube: Kube) -> None:
    """The definition, which stays: a cluster that has the real one keeps it."""
    definition = build_definition()
    name = definition["metadata"]["name"]
    if kube.find(DEFINITIONS, name) is None:
        with suppress(KubeConflict):  # another test process was faster
            kube.create(DEFINITIONS, definition)

    def is_established() -> bool:
        conditions = kube.get(DEFINITIONS, name).get("status", {}).get("conditions", [])
        return any(found["type"] == "Established" and found["status"] == "True" for found in conditions)

    wait_for(is_established, what="the definition of HTTPRoute", timeout=20)


Build = Callable[[NativeIngress], Cluster]


@pytest.fixture
def build_cluster(controller_kube: Kube, options: ClusterOptions) -> Build:
    """As the controller's service account, with the rights of the chart."""
    return lambda native: Cluster(controller_kube, replace(options, native_ingress=native))


@pytest.fixture
def pair() -> Pair:
    return make_pair("shop.com")


@pytest.fixture
def ensure(app: str) -> Callable[[Cluster, ServiceState], None]:
    def ensure(cluster: Cluster, state: ServiceState) -> None:
        cluster.ensure_app_basics(app, service=state, quota=None)

    return ensure


def test_an_ingress_follows_the_apps_domains(kube, app, build_cluster, ensure, pair):
    cluster = build_cluster(NativeIngress(hostname="example.com", ingress_class="nginx"))
    state = ServiceState(domains=(app,))
    ensure(cluster, state)
    rules = kube.get(INGRESSES, app, namespace=app)["spec"]["rules"]
    assert [rule["host"] for rule in rules] == [f"{app}.example.com"]
    cluster.apply_certificate(app, name="shop", certificate=pair.certificate, key=pair.key)
    domain = f"www.{app}.com"
    state = replace(state, domains=(app, domain, f"*.{app}.com"), certificates=((domain, "shop"),))
    cluster.update_service(app, service=state)
    spec = kube.get(INGRESSES, app, namespace=app)["spec"]
    assert [rule["host"] for rule in spec["rules"]] == [f"{app}.example.com", domain, f"*.{app}.com"]
    assert spec["tls"] == [{"hosts": [domain], "secretName": "shop-cert"}]
    assert spec["ingressClassName"] == "nginx"
    assert kube.find(ROLES, "deis-router", namespace=app) is None
    cluster.update_service(app, service=replace(state, certificates=(), domains=(app,)))
    spec = kube.get(INGRESSES, app, namespace=app)["spec"]
    assert (len(spec["rules"]), spec.get("tls")) == (1, None)
    cluster.update_service(app, service=replace(state, routable=False))
    assert kube.find(INGRESSES, app, namespace=app) is None


def test_what_agrees_is_not_written(kube, app, build_cluster, ensure, gateway_api):
    for native, resource in ((NativeIngress(hostname="example.com"), INGRESSES), (GATEWAY, HTTPROUTES)):
        cluster, state = build_cluster(native), ServiceState(domains=(app, f"www.{app}.com"))
        ensure(cluster, state)
        before = kube.get(resource, app, namespace=app)
        ensure(cluster, state)
        cluster.update_service(app, service=state)
        assert kube.get(resource, app, namespace=app)["metadata"] == before["metadata"]


def test_routes_of_the_gateway_api_follow_them_too(kube, app, build_cluster, ensure, gateway_api):
    cluster = build_cluster(GATEWAY)
    state = ServiceState(domains=(app, *(f"d{number}.{app}.com" for number in range(20))))
    ensure(cluster, state)
    first, second = (kube.get(HTTPROUTES, name, namespace=app)["spec"] for name in (app, f"{app}-route-2"))
    assert first["hostnames"][0] == f"{app}.example.com"
    assert len(first["hostnames"] + second["hostnames"]) == 21
    assert first["parentRefs"][0]["name"] == "public"
    assert first["rules"][0]["backendRefs"][0]["name"] == app
    cluster.update_service(app, service=replace(state, domains=(app,)))
    assert kube.get(HTTPROUTES, app, namespace=app)["spec"]["hostnames"] == [f"{app}.example.com"]
    assert kube.find(HTTPROUTES, f"{app}-route-2", namespace=app) is None
    assert kube.find(INGRESSES, app, namespace=app) is None
