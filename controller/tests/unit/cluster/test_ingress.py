"""What leads to an app in a cluster without our router. Source: Kubernetes specification, section 4.5."""

from controller.cluster.desired import NativeIngress, ServiceState
from controller.cluster.manifests.ingress import build_ingresses

PLAIN = NativeIngress(hostname="example.com")
GATEWAY = NativeIngress(hostname="example.com", gateway="infra/public")
STATE = ServiceState(domains=("shop",))


def test_the_simplest_ingress():
    backend = {"service": {"name": "shop", "port": {"number": 80}}}
    assert build_ingresses("shop", state=STATE, native=PLAIN) == [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": "shop", "namespace": "shop", "labels": {"app": "shop", "heritage": "deis"}},
            "spec": {
                "rules": [
                    {
                        "host": "shop.example.com",
                        "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
                    }
                ]
            },
        }
    ]


def test_domains_certificates_and_a_class():
    state = ServiceState(
        domains=("shop", "www.shop.com", "*.shop.com", "shop.org"),
        certificates=(("www.shop.com", "com"), ("*.shop.com", "com"), ("shop", "org")),
    )
    native = NativeIngress(hostname="example.com", ingress_class="nginx")
    (ingress,) = build_ingresses("shop", state=state, native=native)
    hosts = [rule["host"] for rule in ingress["spec"]["rules"]]
    assert hosts == ["shop.example.com", "www.shop.com", "*.shop.com", "shop.org"]
    assert ingress["spec"]["ingressClassName"] == "nginx"
    assert ingress["spec"]["tls"] == [
        {"hosts": ["www.shop.com", "*.shop.com"], "secretName": "com-cert"},
        {"hosts": ["shop.example.com"], "secretName": "org-cert"},
    ]


def test_the_simplest_route():
    parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "infra", "name": "public"}
    backend = {"group": "", "kind": "Service", "name": "shop", "port": 80, "weight": 1}
    assert build_ingresses("shop", state=STATE, native=GATEWAY) == [
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": "shop", "namespace": "shop", "labels": {"app": "shop", "heritage": "deis"}},
            "spec": {
                "parentRefs": [parent],
                "hostnames": ["shop.example.com"],
                "rules": [
                    {
                        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                        "backendRefs": [backend],
                    }
                ],
            },
        }
    ]


def test_more_host_names_than_one_route_may_have():
    state = ServiceState(domains=("shop", *(f"d{number}.shop.com" for number in range(20))))
    first, second = build_ingresses("shop", state=state, native=GATEWAY)
    assert [route["metadata"]["name"] for route in (first, second)] == ["shop", "shop-route-2"]
    names = first["spec"]["hostnames"] + second["spec"]["hostnames"]
    assert len(first["spec"]["hostnames"]) == 16
    assert names == ["shop.example.com", *state.domains[1:]]


def test_what_is_not_routable_or_has_no_name_is_not_led_to():
    for native in (PLAIN, GATEWAY):
        assert (
            build_ingresses("shop", state=ServiceState(domains=("shop",), routable=False), native=native)
            == []
        )
        assert build_ingresses("shop", state=ServiceState(), native=native) == []
