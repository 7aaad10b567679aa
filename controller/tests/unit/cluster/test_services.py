import pytest

from controller.cluster.desired import Process, ServiceState, TypeService
from controller.cluster.manifests.routerrights import build_router_role
from controller.cluster.manifests.services import (
    Target,
    build_service,
    build_type_service,
    choose_target,
    get_port,
    names_certificates,
    plan_state_patch,
    plan_target_patch,
    states_all,
)

STATE = ServiceState(domains=("shop", "shop.example.com"))


def test_the_service_as_it_is_first_created():
    assert build_service("shop", state=STATE) == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "shop",
            "namespace": "shop",
            "labels": {"app": "shop", "heritage": "deis", "router.deis.io/routable": "true"},
            "annotations": {
                "router.deis.io/domains": "shop,shop.example.com",
                "router.deis.io/maintenance": "false",
                "router.deis.io/ssl.enforce": "false",
            },
        },
        "spec": {
            "ports": [{"name": "http", "port": 80, "targetPort": 5000, "protocol": "TCP"}],
            "selector": {"app": "shop", "heritage": "deis"},
        },
    }


def live(**changes):
    service = build_service("shop", state=STATE)
    service["metadata"]["annotations"] |= changes
    return service


def test_nothing_is_written_when_all_agrees_whatever_the_case():
    assert plan_state_patch(live(), STATE) is None
    assert (
        plan_state_patch(live(**{"router.deis.io/maintenance": "False", "operator/own": "x"}), STATE) is None
    )


def test_only_what_differs_is_written_and_the_last_domain_takes_the_annotation_with_it():
    state = ServiceState(certificates=(("shop.example.com", "shop"),), maintenance=True, routable=False)
    assert plan_state_patch(live(), state) == {
        "metadata": {
            "annotations": {
                "router.deis.io/domains": None,
                "router.deis.io/certificates": "shop.example.com:shop",
                "router.deis.io/maintenance": "true",
            },
            "labels": {"router.deis.io/routable": "false"},
        }
    }


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"web": 1, "cmd": 1}, "web"),
        ({"web": 0, "cmd": 1}, "cmd"),
        ({"web": 0, "worker": 2}, "web"),
        ({"web": 0, "cmd": 0}, "web"),
        ({"worker": 1}, None),
    ],
)
def test_where_requests_go(make_desired, counts, expected):
    processes = tuple(Process(type=kind, replicas=count) for kind, count in counts.items())
    target = choose_target(make_desired(processes=processes))
    assert target == Target(process_type=expected, port=8080 if expected else None)


def test_an_app_without_routes_keeps_its_port(make_desired):
    assert choose_target(make_desired(service=ServiceState(routable=False))).port is None


def test_pointing_changes_port_80_and_the_type_and_nothing_else():
    service = live()
    assert plan_target_patch(service, Target(process_type="web", port=8080)) == {
        "spec": {"selector": {"type": "web"}, "ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080}]}
    }
    service["spec"]["selector"]["type"] = "web"
    assert plan_target_patch(service, Target(process_type="web", port=5000)) is None
    assert plan_target_patch(service, Target(process_type=None, port=None)) is None


def test_the_router_may_read_the_named_certificates_only():
    assert build_router_role("shop", certificates=["a", "b"])["rules"] == [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["a-cert", "b-cert"]}
    ]


def test_without_certificates_the_router_may_read_nothing():
    assert build_router_role("shop", certificates=[])["rules"] == []


def test_a_service_says_whether_the_router_was_told_of_certificates():
    assert not names_certificates(live())
    assert names_certificates(live(**{"router.deis.io/certificates": "shop.example.com:shop"}))
    assert not names_certificates({"metadata": {"annotations": None}})


API = TypeService("api", "/api,/v[0-9]+")


def test_the_service_of_a_process_type():
    """Source: API specification, section 15."""
    assert build_type_service("shop", API, state=STATE, port=8080) == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "shop-api",
            "namespace": "shop",
            "labels": {"app": "shop", "type": "api", "heritage": "deis", "router.deis.io/routable": "true"},
            "annotations": {
                "router.deis.io/domains": "shop-api",
                "router.deis.io/proxyDomain": "shop",
                "router.deis.io/proxyLocations": "/api,/v[0-9]+",
                "router.deis.io/maintenance": "false",
            },
        },
        "spec": {
            "ports": [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}],
            "selector": {"app": "shop", "type": "api", "heritage": "deis"},
        },
    }


def test_a_whitelist_and_https_hold_for_the_service_of_a_process_type_too():
    state = ServiceState(
        whitelist=("10.0.0.0/8", "1.2.3.4"), ssl_enforce=True, maintenance=True, routable=False
    )
    metadata = build_type_service("shop", API, state=state, port=5000)["metadata"]
    assert metadata["annotations"]["router.deis.io/whitelist"] == "10.0.0.0/8,1.2.3.4"
    assert metadata["annotations"]["router.deis.io/ssl.enforce"] == "true"
    assert metadata["annotations"]["router.deis.io/maintenance"] == "true"
    assert metadata["labels"]["router.deis.io/routable"] == "false"


def test_only_what_differs_is_written_of_the_service_of_a_process_type():
    wanted = build_type_service("shop", API, state=STATE, port=8080)
    same = build_type_service("shop", API, state=STATE, port=8080)
    same["metadata"]["annotations"]["operator/own"] = "x"
    same["spec"] |= {"clusterIP": "10.0.0.7"}
    assert states_all(same, wanted)
    assert not states_all(None, wanted)
    assert not states_all(build_type_service("shop", API, state=STATE, port=8081), wanted)
    listed = ServiceState(whitelist=("1.2.3.4",))
    assert not states_all(build_type_service("shop", API, state=listed, port=8080), wanted)


def test_where_an_apps_pods_listen():
    assert get_port(live()) == 5000
    by_name = {"spec": {"ports": [{"port": 80, "targetPort": "http"}, {"port": 81, "targetPort": 1}]}}
    assert get_port(by_name) is None
