"""Servers for the live tests: the development cluster, and VersityGW on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

from kit.errors import PlatformError
from kit.kube import NAMESPACES, Kube
from kit.waiting import wait_for
from loopback import find_port

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


@dataclass(frozen=True)
class Gateway:
    """A running VersityGW."""

    endpoint: str
    access_key: str = "test-access"
    secret_key: str = "test-secret"


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    program = get_program("versitygw")
    directory = tmp_path_factory.mktemp("versitygw")
    gateway = Gateway(endpoint=f"http://127.0.0.1:{find_port()}")
    log = directory / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(build_command(program, gateway, directory), stdout=output, stderr=output)
        try:
            wait_for_answer(gateway.endpoint, process)
            yield gateway
        finally:
            process.terminate()
            process.wait(10)
            print(log.read_text(errors="replace")[-4000:])


def build_command(program: str, gateway: Gateway, directory: Path) -> list[str]:
    for name in ("objects", "metadata"):
        (directory / name).mkdir()
    command = [program, "--access", gateway.access_key, "--secret", gateway.secret_key]
    command += ["--port", gateway.endpoint.removeprefix("http://"), "posix"]
    return [*command, "--sidecar", str(directory / "metadata"), str(directory / "objects")]


@pytest.fixture(scope="session")
def find_program() -> Callable[[str], str]:
    return get_program


@pytest.fixture(scope="session")
def wait_until_answers() -> Callable[[str, subprocess.Popen[bytes]], None]:
    return wait_for_answer


def get_program(name: str) -> str:
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/local/bin")
    if program is None:
        pytest.fail(
            f"{name} is not on the PATH; run the live tests in the test image, python3 scripts/live.py"
        )
    return str(program)


def wait_for_answer(address: str, process: subprocess.Popen[bytes]) -> None:
    wait_for(lambda: is_answering(address, process), what=f"an answer of {process.args!r}", timeout=30)


def is_answering(address: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, f"{process.args!r} ended"
    try:
        urllib3.request("GET", address, timeout=1, retries=False)
    except urllib3.exceptions.HTTPError:
        return False
    return True
