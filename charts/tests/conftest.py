"""Renders the chart with the real Helm; the devcluster's API server judges what comes out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

CHART = Path(__file__).resolve().parents[1] / "workflow"
PROGRAMS = "/var/lib/devcluster/bin"
KUBECONFIG = "/var/lib/devcluster/kubeconfig"
GATEWAY_API = "sigs.k8s.io/gateway-api@v1.4.0"
GATEWAY_API_SUM = "h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ="
Manifest = dict[str, Any]


@pytest.fixture(scope="session")
def env() -> dict[str, str]:
    env = os.environ | {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", "KUBECONFIG": KUBECONFIG}
    if not shutil.which("helm", path=env["PATH"]):
        pytest.fail("helm is missing: run `make cluster`, which builds it.")
    return env


@pytest.fixture(scope="session")
def helm(env: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(("helm", *argv), env=env, text=True, capture_output=True, check=False)

    return run


@pytest.fixture(scope="session")
def render(helm: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., list[Manifest]]:
    """Objects of the chart with the given options of ``helm template``."""

    def render(*options: str) -> list[Manifest]:
        done = helm("template", "workflow", str(CHART), "--namespace", "deis", *options)
        assert done.returncode == 0, done.stderr
        return [document for document in yaml.safe_load_all(done.stdout) if document]

    return render


@pytest.fixture(scope="session")
def kubectl(env: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ("kubectl", *argv), env=env, text=True, capture_output=True, input=stdin, check=False
        )

    return run


@pytest.fixture(scope="session")
def gateway_api(kubectl: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """The definitions of the Gateway API, from its own Go module; the cluster keeps them."""
    done = subprocess.run(
        ("go", "mod", "download", "-json", GATEWAY_API), text=True, capture_output=True, cwd="/", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    module = json.loads(done.stdout)
    assert module["Sum"] == GATEWAY_API_SUM
    definitions = (
        Path(module["Dir"]) / "config" / "crd" / "standard" / "gateway.networking.k8s.io_httproutes.yaml"
    )
    applied = kubectl("apply", "--server-side", "--force-conflicts", "--filename", str(definitions))
    assert applied.returncode == 0, applied.stderr
    waited = kubectl("wait", "--for=condition=Established", "--timeout=30s", "--filename", str(definitions))
    assert waited.returncode == 0, waited.stderr
