from datetime import UTC, datetime

import pytest

from controller.cluster.actual import Actual
from controller.cluster.desired import PodInfo
from controller.cluster.pods import Selection, complete_name, count_wanted, describe_pods

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def make_pod(name, kind="web", phase="Running", started="2026-01-01T11:00:00Z", **metadata):
    labels = {"app": "shop", "type": kind, "version": "v3"}
    container = {"name": f"shop-{kind}", "ready": True, "state": {"running": {}}}
    status = {"phase": phase, "containerStatuses": [container]}
    if started:
        status["startTime"] = started
    return {"metadata": {"name": name, "uid": name, "labels": labels, **metadata}, "status": status}


def test_the_newest_pods_come_first_and_an_unscheduled_one_starts_now():
    shown = describe_pods([make_pod("a"), make_pod("b", phase="Pending", started=None)], [], now=NOW)
    assert shown == [
        PodInfo(name="b", state="initializing", release="v3", type="web", started="2026-01-01T12:00:00Z"),
        PodInfo(name="a", state="up", release="v3", type="web", started="2026-01-01T11:00:00Z"),
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        make_pod("x", kind="run"),
        make_pod("x", phase="Succeeded"),
        make_pod("x", phase="Failed"),
        make_pod("x", deletionTimestamp="2026-01-01T11:59:00Z"),
    ],
)
def test_what_is_not_shown(hidden):
    assert describe_pods([hidden], [], now=NOW) == []


def test_short_names_get_the_apps():
    assert complete_name("shop", "web-1269180282-1nyfz") == "shop-web-1269180282-1nyfz"
    assert complete_name("shop", "shop-web-1269180282-1nyfz") == "shop-web-1269180282-1nyfz"
    assert complete_name("web", "web-1269180282-1nyfz") == "web-web-1269180282-1nyfz"
    assert complete_name("shop", "odd") == "odd"


def test_the_wanted_pods_are_those_of_the_releases_replica_sets():
    sets = tuple(
        {"metadata": {"labels": {"version": version, "type": kind}}, "spec": {"replicas": count}}
        for version, kind, count in (("v3", "web", 2), ("v3", "worker", 1), ("v2", "web", 4))
    )
    actual = Actual(deployments={}, replica_sets=sets)
    assert count_wanted(actual, Selection(version=3)) == 3
    assert count_wanted(actual, Selection(version=3, process_type="web")) == 2
