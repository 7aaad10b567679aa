"""The cluster itself is the server of these tests: they need root and the machine."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from devcluster.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

Call = Callable[..., subprocess.CompletedProcess[str]]


def pytest_collection_modifyitems(items):
    """Those that stop the cluster come last."""
    items.sort(key=lambda item: "test_down" in item.path.name)


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings()


@pytest.fixture(scope="session")
def devcluster() -> Call:
    """Calls the command as a user does, and fails the test if the command fails."""
    if os.geteuid() != 0:
        pytest.fail("these tests have to run as root")

    def call(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        argv = [sys.executable, "-m", "devcluster", *arguments]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=900)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    return call


@pytest.fixture(scope="session")
def cluster(devcluster: Call, settings: Settings) -> Callable[..., str]:
    """Calls kubectl on a running cluster; what it prints is returned."""
    devcluster("up")

    def kubectl(*arguments: str, stdin: str | None = None) -> str:
        argv = [str(settings.bin_dir / "kubectl"), "--kubeconfig", str(settings.kubeconfig), *arguments]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=120, input=stdin)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return kubectl


@pytest.fixture(scope="module")
def namespace(cluster, request):
    """A namespace of the test module's own."""
    name = f"devcluster-{request.module.__name__.rsplit('_', 1)[1]}-{time.time_ns() % 10**9}"
    cluster("create", "namespace", name)
    yield name
    cluster("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session")
def machine_address():
    """The machine's address in the network outside."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("203.0.113.1", 9))  # sends nothing
        return probe.getsockname()[0]
