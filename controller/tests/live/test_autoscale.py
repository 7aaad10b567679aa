"""Autoscalers as users see them: they bring counts into their range, and load raises counts.

Source: Kubernetes specification, section 15.
"""

from __future__ import annotations

from functools import partial

import pytest

from kit.kube import DEPLOYMENTS, HPAS, Resource
from kit.waiting import wait_for

from .test_slice import IDLE, IMAGE

pytestmark = pytest.mark.timeout(300)

BUSY = "trap 'exit 0' TERM; while :; do :; done"
"""Takes all the CPU that it is given."""
APISERVICES = Resource("apiregistration.k8s.io/v1", "apiservices", "APIService", namespaced=False)


@pytest.fixture
def deploy(create_app, alice):
    """Makes an app with one process of each type, which gets a tenth of a CPU; nothing is routed to it."""

    def deploy(**procfile):
        path = f"/v2/apps/{create_app(alice)}"
        assert alice.post(f"{path}/config", {"cpu": dict.fromkeys(procfile, "100m")}).status == 201
        assert alice.post(f"{path}/settings", {"routable": False}).status == 201
        answer = alice.call("POST", f"{path}/builds", {"image": IMAGE, "procfile": procfile}, timeout=150)
        assert answer.status == 201, answer.body
        answer = alice.call("POST", f"{path}/scale", dict.fromkeys(procfile, 1), timeout=100)
        assert answer.status == 204, answer.body
        return path

    return deploy


@pytest.fixture
def count_up(alice):
    """How many pods of a type the API says are up."""

    def count_up(path, process_type):
        pods = alice.get(f"{path}/pods").json["results"]
        return [(pod["type"], pod["state"]) for pod in pods].count((process_type, "up"))

    return count_up


@pytest.fixture(scope="module")
def metrics(kube):
    """What autoscalers learn the load from."""
    found = kube.find(APISERVICES, "v1beta1.metrics.k8s.io")
    if found is None:
        pytest.fail("this cluster has no metrics-server; add it, make cluster-metrics")

    def is_available():
        conditions = kube.get(APISERVICES, "v1beta1.metrics.k8s.io")["status"]["conditions"]
        return {"type": "Available", "status": "True"}.items() <= conditions[0].items()

    wait_for(is_available, what="metrics-server", timeout=60)


def test_an_autoscaler_brings_the_count_into_its_range(deploy, alice, count_up, kube):
    path = deploy(web=IDLE)
    app = path.rpartition("/")[2]
    rules = {"web": {"min": 2, "max": 3, "cpu_percent": 80}}
    assert alice.post(f"{path}/settings", {"autoscale": rules}).status == 201
    wait_for(lambda: count_up(path, "web") == 2, what="the lowest count", timeout=60)

    answer = alice.call("POST", f"{path}/scale", {"web": 5}, timeout=100)
    assert answer.status == 204, answer.body
    read = partial(kube.get, DEPLOYMENTS, f"{app}-web", namespace=app)
    wait_for(lambda: read()["spec"]["replicas"] == 3, what="the highest count", timeout=60)
    wait_for(lambda: count_up(path, "web") == 3, what="no more pods than that", timeout=60)


def test_load_raises_the_count_of_the_type_that_bears_it(metrics, deploy, alice, count_up, kube):
    path = deploy(web=BUSY, worker=IDLE)
    app = path.rpartition("/")[2]
    rule = {"min": 1, "max": 2, "cpu_percent": 50}
    answer = alice.post(f"{path}/settings", {"autoscale": {"web": rule, "worker": rule}})
    assert answer.status == 201, answer.body
    wait_for(lambda: count_up(path, "web") == 2, what="a second busy pod", timeout=120)

    def read_load(process_type):
        status = kube.get(HPAS, f"{app}-{process_type}", namespace=app)["status"]
        measured = status.get("currentMetrics") or [{}]
        return measured[0].get("resource", {}).get("current", {}).get("averageUtilization")

    wait_for(lambda: read_load("worker") is not None, what="the idle pod's load", timeout=60)
    assert read_load("worker") < 50 < read_load("web")
    assert count_up(path, "worker") == 1
    check_usage(alice, path)


def check_usage(client, path):
    """What the API says of the same pods: the busy ones take all they are given, the idle one next to nothing."""

    def read_usage():
        pods = client.get(f"{path}/usage").json["results"]
        return pods if all(pod["measured"] for pod in pods) else None

    pods = wait_for(read_usage, what="figures of every pod", timeout=60)
    assert [pod["type"] for pod in pods] == ["web", "web", "worker"]
    assert {pod["name"] for pod in pods} == {
        pod["name"] for pod in client.get(f"{path}/pods").json["results"]
    }
    for pod in pods:
        assert (pod["cpu"] > 50) == (pod["type"] == "web"), pod
        assert (pod["cpu_limit"], pod["memory_limit"]) == (100, None)
        assert pod["memory"] > 100_000
    assert [pod["name"] for pod in client.get(f"{path}/usage/worker").json["results"]] == [pods[2]["name"]]
    assert client.get(f"{path}/usage/clock").json == {"results": [], "count": 0}
