"""What calls of the Kubernetes API and requests are counted under."""

import pytest

from controller.asgi import name_route
from controller.metrics import build_queue, name_resource
from controller.scope import ROUTE


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/api/v1/namespaces", "namespaces"),
        ("/api/v1/namespaces/shop", "namespaces"),
        ("/api/v1/namespaces/shop/pods", "pods"),
        ("/api/v1/namespaces/shop/pods/shop-web-1", "pods"),
        ("/api/v1/namespaces/shop/pods/shop-web-1/log", "pods/log"),
        ("/apis/apps/v1/namespaces/shop/deployments/shop-web/scale", "deployments/scale"),
        ("/apis/apps/v1/deployments", "deployments"),
        ("/api/v1/nodes/node1", "nodes"),
        ("/version", "other"),
        ("/", "other"),
    ],
)
def test_calls_are_counted_by_what_they_are_about(path, resource):
    assert name_resource(path) == resource


@pytest.mark.parametrize(
    ("scope", "route"),
    [
        ({"type": "http", "path": "/healthz"}, "healthz"),
        ({"type": "http", "path": "/slugs/secret-token"}, "slug"),
        ({"type": "http", "path": "/v2/apps/shop/config", ROUTE: "config"}, "config"),
        ({"type": "http", "path": "/v2/made-up-by-somebody"}, "none"),
        ({"type": "websocket", "path": "/v2/apps/shop/run/x/attach"}, "websocket"),
    ],
)
def test_requests_are_counted_by_route(scope, route):
    assert name_route(scope) == route


def test_an_empty_queue_is_a_number_too():
    values = {
        (sample.name, sample.labels.get("state")): sample.value
        for family in build_queue({"running": (2, 7.0)})
        for sample in family.samples
    }
    assert values == {
        ("deis_controller_operations_pending", "queued"): 0,
        ("deis_controller_operations_pending", "running"): 2,
        ("deis_controller_operations_oldest_queued_seconds", None): 0,
    }
