"""Servers for the live tests: the development cluster, and VersityGW on loopback."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.errors import PlatformError
from kit.kube import NAMESPACES, Kube

DEVCLUSTER = "/var/lib/devcluster/kubeconfig"


def give_up(sentence: str) -> None:
    """A missing server skips a test on a laptop and fails it in CI."""
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def kubeconfig() -> str:
    path = os.environ.get("KUBECONFIG") or DEVCLUSTER
    if not Path(path).exists():
        give_up("no cluster: neither KUBECONFIG nor the devcluster's file names one")
    return path


@pytest.fixture(scope="session")
def kube(kubeconfig: str) -> Iterator[Kube]:
    client = Kube.load({"KUBECONFIG": kubeconfig})
    try:
        client.version()
    except PlatformError as error:
        give_up(f"no cluster: {error}")
    yield client
    client.close()


@pytest.fixture
def namespace(kube: Kube) -> Iterator[str]:
    """A namespace of the test's own, gone afterwards."""
    name = f"kit-test-{uuid.uuid4().hex[:8]}"
    kube.create(NAMESPACES, {"metadata": {"name": name}})
    yield name
    kube.delete(NAMESPACES, name)
