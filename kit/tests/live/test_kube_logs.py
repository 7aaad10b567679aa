"""Logs of real pods. The image is the one that the devcluster always has."""

import queue
import threading

import pytest

from kit.kube import PODS, KubeInvalid, KubeNotFound
from kit.waiting import wait_for

IMAGE = "docker.io/library/debian:trixie-slim"


@pytest.fixture
def run_pod(kube, namespace):
    """Start a pod of one shell command and wait until it has the phase."""

    def run(command, *, phase="Running"):
        container = {"name": "main", "image": IMAGE, "command": ["/bin/sh", "-c", command]}
        spec = {
            "containers": [container],
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
        }
        kube.create(PODS, {"metadata": {"name": "pod"}, "spec": spec}, namespace=namespace)
        wait_for(lambda: read_phase(kube, namespace) == phase, what=f"the pod to be {phase}", timeout=50)
        return "pod"

    return run


def read_phase(kube, namespace):
    return kube.get(PODS, "pod", namespace=namespace)["status"].get("phase")


def test_a_log_is_read_whole_or_from_its_end(kube, namespace, run_pod):
    pod = run_pod("echo one; echo two; echo drei ✓", phase="Succeeded")
    assert kube.read_log(pod, namespace=namespace) == "one\ntwo\ndrei ✓\n"
    assert kube.read_log(pod, namespace=namespace, container="main", tail=1) == "drei ✓\n"


def test_a_log_is_followed_to_its_end(kube, namespace, run_pod):
    pod = run_pod("echo first; sleep 1; echo last")
    with kube.stream_log(pod, namespace=namespace) as log:
        assert b"".join(log) == b"first\nlast\n"


def test_a_quiet_log_can_be_closed_by_another_thread(kube, namespace, run_pod):
    log = kube.stream_log(run_pod("sleep 300"), namespace=namespace)
    ends: queue.Queue[bytes] = queue.Queue()
    reader = threading.Thread(target=lambda: ends.put(b"".join(log)))
    reader.start()
    log.close()
    assert ends.get(timeout=5) == b""
    reader.join(5)


def test_a_container_that_has_not_started_has_no_log_yet(kube, namespace):
    spec = {"containers": [{"name": "main", "image": "none.invalid/none"}], "restartPolicy": "Never"}
    kube.create(PODS, {"metadata": {"name": "pod"}, "spec": spec}, namespace=namespace)
    with pytest.raises(KubeInvalid) as caught:
        wait_for(lambda: kube.read_log("pod", namespace=namespace), what="the refusal", timeout=20)
    assert caught.value.reason == "BadRequest"


def test_a_missing_pod_has_no_log(kube, namespace):
    with pytest.raises(KubeNotFound):
        kube.stream_log("none", namespace=namespace)
