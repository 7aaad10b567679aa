"""Whether a pod of the platform is gone: asked with the controller's own rights, and not before it has ended."""

import pytest

from controller.cluster.facade import Cluster
from kit.errors import PlatformError
from kit.kube import PODS, Kube
from kit.waiting import wait_for

from .conftest import IMAGE

NAME = "deis-controller-1-x"
SLOW_END = "trap 'sleep 3; exit 0' TERM; echo up; while true; do sleep 0.1; done"


@pytest.fixture
def pod(kube, platform):
    """A pod that takes three seconds to end."""
    container = {"name": "slow", "image": IMAGE, "command": ["bash", "-c", SLOW_END]}
    metadata = {"name": NAME, "namespace": platform}
    kube.create(PODS, {"metadata": metadata, "spec": {"containers": [container]}})

    def is_up():
        if kube.get(PODS, NAME, namespace=platform)["status"]["phase"] != "Running":
            return None
        return "up" in kube.read_log(NAME, namespace=platform) or None

    wait_for(is_up, what="the pod", timeout=50)
    return NAME


def test_a_pod_is_there_until_it_has_ended(cluster, kube, platform, pod):
    assert cluster.has_platform_pod(pod)
    kube.delete(PODS, pod, namespace=platform)
    seen = []

    def is_gone():
        there = cluster.has_platform_pod(pod)
        seen.append(there)
        return not there or None

    wait_for(is_gone, what="the pod's end", timeout=30, interval=0.1)
    assert seen[0], "it was said to be gone while it still ran"


def test_who_never_was_is_not_there(cluster):
    assert not cluster.has_platform_pod("deis-controller-0-nobody")


def test_a_silent_api_server_is_no_answer(options):
    with pytest.raises(PlatformError):
        Cluster(Kube("http://127.0.0.1:1"), options).has_platform_pod(NAME)
