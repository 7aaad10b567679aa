"""Build pods on a real cluster: how one that can't build ends, in words, and that nothing stays behind."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builder.buildpods import BuildJob
from builder.errors import BuildFailed, Cancelled, PodTimeout
from builder.operations import Cancellation
from builder.output import PusherOutput
from builder.podruns import PodRunner
from builder.settings import PodSettings
from builder.sweeping import sweep
from kit.kube import NAMESPACES, PODS, SECRETS, Kube
from kit.settings import Secret
from kit.waiting import wait_for

IMAGE = "docker.io/library/debian:trixie-slim"


@pytest.fixture(scope="module")
def namespace(kube: Kube) -> Iterator[str]:
    name = f"ct-builder-{uuid.uuid4().hex[:8]}"
    kube.create(NAMESPACES, {"metadata": {"name": name}})
    yield name
    kube.delete(NAMESPACES, name)


Run = Callable[..., str]


@pytest.fixture
def run(kube: Kube, namespace: str, tmp_path: Path) -> Iterator[Run]:
    """Run a job until it raises; return what the pusher saw."""
    shown = tmp_path / "shown"

    def run(*, pod_wait: float = 45.0, cancellation: Cancellation | None = None, **fields: object) -> str:
        runner = PodRunner(
            kube=kube,
            settings=PodSettings(namespace=namespace, builder="gone"),
            pod_wait=pod_wait,
            idle_interval=1.0,
        )
        job = build_job(**fields)
        output = PusherOutput(os.open(shown, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
        try:
            runner.run(
                job,
                urls={"tar-get": Secret("http://nobody.invalid/")},
                config={},
                output=output,
                cancellation=cancellation or Cancellation(),
            )
        finally:
            output.close()
            run.shown = shown.read_text()  # type: ignore[attr-defined]
        return shown.read_text()

    yield run
    wait_for(
        lambda: not kube.list(PODS, namespace=namespace) and not kube.list(SECRETS, namespace=namespace),
        what="everything to be gone",
        timeout=40,
    )


def build_job(**fields: object) -> BuildJob:
    defaults = {
        "kind": "slugbuild",
        "pod_name": f"slugbuild-shop-12345678-{uuid.uuid4().hex[:8]}",
        "app": "shop",
        "short": "12345678",
        "image": IMAGE,
        "pull_policy": "IfNotPresent",
    }
    return BuildJob(**{**defaults, **fields})  # type: ignore[arg-type]


def test_a_container_that_can_not_run_its_program(run):
    with pytest.raises(BuildFailed, match=r"^Build pod exited with code \d+, stopping build\.$"):
        run()
    assert "python3" in run.shown


def test_no_node_fits(run):
    with pytest.raises(PodTimeout) as error:
        run(pod_wait=3.0, node_selector={"nowhere": "at-all"})
    assert str(error.value) == (
        "watching events for builder pod startup (timed out waiting for the condition)"
    )
    assert "No node can take the build pod: " in run.shown
    assert "...\n" in run.shown


def test_an_image_that_is_not_there(run):
    with pytest.raises(PodTimeout):
        run(pod_wait=15.0, image="127.0.0.1:1/nobody/nothing:1")
    assert "The image for the build can't be pulled: " in run.shown


def test_a_cancelled_build_leaves_nothing(run):
    cancellation = Cancellation()
    cancellation.cancel("enough")
    with pytest.raises(Cancelled, match=r"^enough$"):
        run(cancellation=cancellation)


def test_what_an_earlier_builder_left_is_swept(kube, namespace):
    labels = {"component": "build", "builder": "deis-builder-gone"}
    kube.create(SECRETS, {"metadata": {"name": "left", "namespace": namespace, "labels": labels}})
    kube.create(SECRETS, {"metadata": {"name": "other", "namespace": namespace}})
    sweep(kube, PodSettings(namespace=namespace, builder="me"), namespace=namespace)
    assert kube.find(SECRETS, "left", namespace=namespace) is None
    assert kube.find(SECRETS, "other", namespace=namespace) is not None
    kube.delete(SECRETS, "other", namespace=namespace)
