"""Servers for the live tests: the development cluster, and object stores on loopback."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kit.errors import PlatformError
from kit.kube import NAMESPACES, Kube
from stores import Server, get_program, run_azurite, run_google, run_versitygw, wait_for_answer

DEVCLUSTER = "/var/lib/devcluster/kubeconfig"


@pytest.fixture(scope="session")
def kubeconfig() -> str:
    path = os.environ.get("KUBECONFIG") or DEVCLUSTER
    if not Path(path).exists():
        pytest.fail(f"no cluster: there is no {path}; start one, make cluster")
    return path


@pytest.fixture(scope="session")
def kube(kubeconfig: str) -> Iterator[Kube]:
    client = Kube.load({"KUBECONFIG": kubeconfig})
    try:
        client.version()
    except PlatformError as error:
        pytest.fail(f"no cluster: {error}; start it, make cluster")
    yield client
    client.close()


@pytest.fixture
def namespace(kube: Kube) -> Iterator[str]:
    """A namespace of the test's own, gone afterwards."""
    name = f"ct-kit-{uuid.uuid4().hex[:8]}"
    kube.create(NAMESPACES, {"metadata": {"name": name}})
    yield name
    kube.delete(NAMESPACES, name)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_versitygw(tmp_path_factory.mktemp("versitygw")) as server:
        yield server


@pytest.fixture(scope="session")
def google(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_google(tmp_path_factory.mktemp("google")) as server:
        yield server


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_azurite(tmp_path_factory.mktemp("azurite")) as server:
        yield server


@pytest.fixture(scope="session")
def find_program() -> Callable[[str], str]:
    return get_program


@pytest.fixture(scope="session")
def wait_until_answers() -> Callable[[str, subprocess.Popen[bytes]], None]:
    return wait_for_answer
