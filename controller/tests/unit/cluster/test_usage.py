"""What pods use, from what Kubernetes and its metrics API say of them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from controller.api.errors import status_of
from controller.cluster.desired import PodUsage
from controller.cluster.errors import ClusterUnreachable, Unmeasured
from controller.cluster.quantities import parse_quantity
from controller.cluster.usage import describe_usage

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TIME = "2026-01-01T11:59:50Z"


def make_pod(name, *, kind="web", limits=None, phase="Running", **metadata):
    labels = {"app": "shop", "type": kind, "version": "v3", "heritage": "deis"}
    container = {"name": f"shop-{kind}", "resources": {"limits": limits} if limits else {}}
    sidecar = {"name": "proxy", "resources": {"limits": {"cpu": "9", "memory": "9Gi"}}}
    return {
        "metadata": {"name": name, "labels": labels, **metadata},
        "spec": {"containers": [sidecar, container]},
        "status": {"phase": phase},
    }


def make_metric(name, *, kind="web", cpu="1m", memory="1Mi"):
    containers = [
        {"name": "proxy", "usage": {"cpu": "5", "memory": "5Gi"}},
        {"name": f"shop-{kind}", "usage": {"cpu": cpu, "memory": memory}},
    ]
    return {"metadata": {"name": name}, "timestamp": TIME, "window": "15s", "containers": containers}


def test_a_pod_that_is_measured_and_limited():
    pod = make_pod("shop-web-1", limits={"cpu": "1500m", "memory": "64Mi"})
    metric = make_metric("shop-web-1", cpu="250000001n", memory="3044Ki")
    assert describe_usage([pod], [metric], now=NOW) == [
        PodUsage(
            name="shop-web-1",
            type="web",
            release="v3",
            cpu=251,
            cpu_limit=1500,
            memory=3044 * 1024,
            memory_limit=64 * 1024 * 1024,
            measured=TIME,
        )
    ]


def test_a_pod_that_is_too_young_is_shown_without_figures():
    (shown,) = describe_usage([make_pod("shop-web-1", phase="Pending")], [], now=NOW)
    assert (shown.cpu, shown.memory, shown.cpu_limit, shown.memory_limit, shown.measured) == (None,) * 5


@pytest.mark.parametrize(
    "containers", [None, [], [{"name": "proxy", "usage": {"cpu": "1", "memory": "1Gi"}}]]
)
def test_figures_without_those_of_the_apps_own_container(containers):
    metric = {"metadata": {"name": "shop-web-1"}, "timestamp": TIME, "containers": containers}
    (shown,) = describe_usage([make_pod("shop-web-1")], [metric], now=NOW)
    assert (shown.cpu, shown.memory, shown.measured) == (None, None, None)


def test_runs_and_older_releases_are_shown_and_the_order_is_that_of_types():
    pods = [
        make_pod("shop-worker-1", kind="worker"),
        make_pod("shop-web-2"),
        make_pod("shop-run-1", kind="run"),
    ]
    pods[1]["metadata"]["labels"]["version"] = "v2"
    shown = describe_usage([*pods, make_pod("shop-web-1")], [], now=NOW)
    assert [pod.name for pod in shown] == ["shop-run-1", "shop-web-1", "shop-web-2", "shop-worker-1"]
    assert [pod.release for pod in shown] == ["v3", "v3", "v2", "v3"]


@pytest.mark.parametrize(
    "hidden",
    [
        make_pod("x", phase="Succeeded"),
        make_pod("x", phase="Failed"),
        make_pod("x", deletionTimestamp="2026-01-01T11:59:00Z"),
        {"metadata": {"name": "x", "labels": {"app": "shop"}}, "spec": {"containers": []}, "status": {}},
    ],
)
def test_what_is_not_shown(hidden):
    assert describe_usage([hidden], [make_metric("x")], now=NOW) == []


def test_a_cluster_without_figures_is_told_apart_from_one_that_is_silent():
    assert status_of(Unmeasured("no metrics API")) == 404
    assert status_of(ClusterUnreachable("it does not answer")) == 503


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", "0"),
        ("12345n", "0.000012345"),
        ("7u", "0.000007"),
        ("250m", "0.25"),
        ("1.5", "1.5"),
        (".5", "0.5"),
        ("2k", "2000"),
        ("3044Ki", "3117056"),
        ("1Gi", "1073741824"),
        ("2E", "2000000000000000000"),
        ("1e3", "1000"),
        ("1E3", "1000"),
        ("12e-3", "0.012"),
    ],
)
def test_quantities(text, amount):
    assert parse_quantity(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "m", "1 Mi", "1mi", "1KI", "x", "1.2.3", "e3", "١"])
def test_what_is_no_quantity(text):
    with pytest.raises(ValueError, match="is no quantity"):
        parse_quantity(text)
