from pathlib import Path

from kit.names import build_object_name
from log_shipper.containers import list_containers


def make_pod(
    name: str, *, namespace: str, labels: dict[str, str], containers: list[str]
) -> dict[str, object]:
    return {
        "metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}", "labels": labels},
        "spec": {"nodeName": "n1", "containers": [{"name": each} for each in containers]},
    }


def test_app_processes_and_the_controller_are_shipped_and_nothing_else() -> None:
    app = {"app": "foo", "heritage": "deis", "type": "web", "version": "v2"}
    pods = [
        make_pod("foo-web-1-a", namespace="foo", labels=app, containers=["foo-web", "sidecar"]),
        make_pod(
            "deis-controller-1", namespace="deis", labels={"heritage": "deis"}, containers=["deis-controller"]
        ),
        make_pod("deis-router-1", namespace="deis", labels={"heritage": "deis"}, containers=["deis-router"]),
        make_pod("coredns", namespace="kube-system", labels={}, containers=["coredns"]),
        make_pod("fake", namespace="foo", labels={"app": "foo"}, containers=["deis-controller"]),
    ]
    found = {
        each.metadata["container_name"]: each
        for each in list_containers(pods, logs=Path("/logs"), namespace="deis")
    }
    assert set(found) == {"foo-web", "deis-controller"}
    assert found["foo-web"].directory == Path("/logs/foo_foo-web-1-a_uid-foo-web-1-a/foo-web")
    assert found["foo-web"].metadata["labels"] == app
    assert found["foo-web"].wants("anything")
    assert found["deis-controller"].wants("INFO [foo]: deployed")
    assert not found["deis-controller"].wants("INFO started")


def test_a_container_whose_name_had_to_be_shortened_is_shipped() -> None:
    labels = {"app": "a" * 60, "heritage": "deis", "type": "worker"}
    name = build_object_name("a" * 60, "worker")
    pod = make_pod("pod", namespace="foo", labels=labels, containers=[name])
    (found,) = list_containers([pod], logs=Path("/logs"), namespace="deis")
    assert found.metadata["container_name"] == name
