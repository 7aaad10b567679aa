"""Renders the chart with the real Helm; the devcluster's API server judges what comes out."""

from __future__ import annotations

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
