"""Images built here reach the nodes."""

import json
import subprocess

import pytest

NAME = "localhost/devcluster-test/loaded:1"


@pytest.fixture
def image(cluster, tmp_path):
    """An image in buildah's store, different each time."""
    (tmp_path / "file").write_text(str(tmp_path))
    (tmp_path / "Dockerfile").write_text("FROM debian:trixie-slim\nCOPY file /file\n")
    argv = ["buildah", "bud", "--isolation=chroot", "--tag", NAME, str(tmp_path)]
    subprocess.run(argv, check=True, capture_output=True, timeout=60)
    yield NAME
    subprocess.run(["buildah", "rmi", NAME], check=True, capture_output=True, timeout=60)


def test_a_loaded_image_is_pushed_once_and_runs(cluster, devcluster, image, namespace, tmp_path):
    remote = "198.19.255.1:5000/devcluster-test/loaded:1"
    assert devcluster("load", image).stdout == f"{remote}: pushed\n"
    assert devcluster("load", image).stdout == f"{remote}: already there\n"
    overrides = json.dumps({"spec": {"terminationGracePeriodSeconds": 0}})
    run = ("run", "loaded", "--image-pull-policy=Always", "--restart=Never", f"--image={remote}")
    cluster(*run, "--namespace", namespace, f"--overrides={overrides}", "--", "cat", "/file")
    pod = ("--namespace", namespace, "pod/loaded")
    cluster("wait", *pod, "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")
    assert cluster("logs", *pod) == str(tmp_path)


def test_an_image_that_was_never_built_is_a_sentence(cluster, devcluster):
    done = devcluster("load", "localhost/devcluster-test/nothing:1", check=False)
    assert done.returncode == 5
    assert done.stderr == (
        "devcluster: There is no image localhost/devcluster-test/nothing:1 on this machine; build it first.\n"
    )
