import pytest

from controller.cluster.desired import Process, ServiceState
from controller.cluster.manifests.routerrights import build_router_role
from controller.cluster.manifests.services import (
    Target,
    build_service,
    choose_target,
    names_certificates,
    plan_state_patch,
    plan_target_patch,
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
