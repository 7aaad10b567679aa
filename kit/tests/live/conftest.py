"""Servers for the live tests: the development cluster, and object stores on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric import rsa

from kit.errors import PlatformError
from kit.kube import NAMESPACES, Kube
from kit.objectstore import Location
from kit.waiting import wait_for

from .emulators import (
    AZURITE_ACCOUNT,
    AZURITE_KEY,
    Server,
    build_azure_location,
    build_s3_location,
    run_proxy,
    run_token_server,
    write_google_key,
)

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
    """VersityGW."""
    directory = tmp_path_factory.mktemp("versitygw")
    for name in ("objects", "metadata"):
        (directory / name).mkdir()
    with run_proxy() as (proxy, port, address):
        command = [get_program("versitygw"), "--access", "test-access", "--secret", "test-secret"]
        command += ["--port", f"127.0.0.1:{port}", "posix"]
        command += ["--sidecar", str(directory / "metadata"), str(directory / "objects")]
        with run_server(command, address, log=directory / "log"):
            wrong = [("test-access", "wrong"), ("nobody", "test-secret")]
            yield Server(
                proxy=proxy,
                location=build_s3_location(address, "test-access", "test-secret"),
                wrong=[build_s3_location(address, *pair) for pair in wrong],
            )


@pytest.fixture(scope="session")
def google(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """fake-gcs-server, and a token endpoint that knows one service account."""
    directory = tmp_path_factory.mktemp("google")
    key, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    with run_proxy() as (proxy, port, address), run_token_server(key) as token_uri:
        command = [
            get_program("fake-gcs-server"),
            "-scheme",
            "http",
            "-host",
            "127.0.0.1",
            "-port",
            str(port),
        ]
        command += ["-filesystem-root", str(directory / "objects"), "-external-url", address]
        command += ["-public-host", address.removeprefix("http://"), "-log-level", "warn"]
        right = write_google_key(directory / "key.json", key, token_uri=token_uri)
        wrong = write_google_key(directory / "wrong.json", other, token_uri=token_uri)
        with run_server(command, address, log=directory / "log"):
            yield Server(
                proxy=proxy,
                location=Location(storage="gcs", bucket="", key_file=right, endpoint=address),
                wrong=[Location(storage="gcs", bucket="", key_file=wrong, endpoint=address)],
            )


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Azurite, of Azure's storage the part for blobs."""
    directory = tmp_path_factory.mktemp("azurite")
    with run_proxy() as (proxy, port, address):
        command = [get_program("azurite-blob"), "--blobHost", "127.0.0.1", "--blobPort", str(port)]
        command += [
            "--location",
            str(directory / "objects"),
            "--silent",
            "--disableTelemetry",
            "--skipApiVersionCheck",
        ]
        with run_server(command, address, log=directory / "log"):
            yield Server(
                proxy=proxy,
                location=build_azure_location(address, AZURITE_ACCOUNT, AZURITE_KEY),
                wrong=[build_azure_location(address, AZURITE_ACCOUNT, "d3Jvbmc=")],
            )


@contextmanager
def run_server(command: list[str], address: str, *, log: Path) -> Iterator[None]:
    """Run a program for as long as this is entered, from when it answers; then show what it said."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            wait_for_answer(address, process)
            yield
        finally:
            process.terminate()
            process.wait(10)
            print(log.read_text(errors="replace")[-4000:])


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
