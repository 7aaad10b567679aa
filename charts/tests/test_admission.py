"""The controller is held to namespaces of apps by the API server itself."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kit.waiting import wait_for

CHART = Path(__file__).resolve().parents[1] / "workflow"
Manifest = dict[str, Any]
Run = Callable[..., subprocess.CompletedProcess[str]]
Act = Callable[..., subprocess.CompletedProcess[str]]
KINDS = ("ClusterRole", "ClusterRoleBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
REFUSED = "may change namespaces of apps only"


@pytest.fixture(scope="module")
def place(kubectl: Run) -> Iterator[str]:
    """A namespace that is no app's; two more begin with its name: an app's, and another that is none."""
    name = f"e2e-admission-{secrets.token_hex(3)}"
    for suffix in ("", "-app", "-other"):
        assert kubectl("create", "namespace", f"{name}{suffix}").returncode == 0
    assert kubectl("label", "namespace", f"{name}-app", "heritage=deis").returncode == 0
    yield name
    kubectl("delete", "namespace", name, f"{name}-app", f"{name}-other", "--wait=false")


def rename(found: Manifest, place: str) -> Manifest:
    """No installed platform has one of this name. The role that is bound keeps its own: no name is looked up."""
    text = yaml.safe_dump(found).replace("name: deis:deis-controller", f"name: {place}")
    renamed: Manifest = yaml.safe_load(text)
    renamed["metadata"]["name"] = f"{place}-{found['metadata']['name'].replace(':', '-')}"
    if "policyName" in renamed.get("spec", {}):
        renamed["spec"]["policyName"] = f"{place}-{renamed['spec']['policyName']}"
    if found["kind"] == "ClusterRoleBinding":
        renamed["roleRef"]["name"] = f"{place}-deis-deis-controller"
    return renamed


@pytest.fixture(scope="module")
def act(place: str, helm: Run, kubectl: Run) -> Iterator[Act]:
    """``kubectl`` as the controller of a platform in ``place``, without consequences, once the policy is in force."""
    done = helm("template", "workflow", str(CHART), "--namespace", place)
    assert done.returncode == 0, done.stderr
    objects = [found for found in yaml.safe_load_all(done.stdout) if found and found["kind"] in KINDS]
    mine = [found for found in objects if found["metadata"]["labels"]["app"] == "deis-controller"]
    text = yaml.safe_dump_all(rename(found, place) for found in mine)
    account = f"system:serviceaccount:{place}:deis-controller"

    def run(*argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return kubectl(*argv, "--as", account, "--dry-run=server", stdin=stdin)

    try:
        created = kubectl("create", "--filename", "-", stdin=text)
        assert created.returncode == 0, created.stderr
        wait_for(lambda: REFUSED in delete(run, f"{place}-other").stderr, what="the policy", timeout=30)
        yield run
    finally:
        kubectl("delete", "--wait=false", "--ignore-not-found", "--filename", "-", stdin=text)


def delete(act: Act, namespace: str) -> subprocess.CompletedProcess[str]:
    return act("delete", "namespace", namespace, "--wait=false")


def bind(act: Act, namespace: str) -> subprocess.CompletedProcess[str]:
    manifest = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "taken", "namespace": namespace},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "deis:app-operator",
        },
        "subjects": [{"kind": "ServiceAccount", "name": "deis-controller", "namespace": "deis"}],
    }
    return act("create", "--filename", "-", stdin=yaml.safe_dump(manifest))


def make(act: Act, name: str, labels: dict[str, str]) -> subprocess.CompletedProcess[str]:
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    return act("create", "--filename", "-", stdin=yaml.safe_dump(manifest))


@pytest.mark.parametrize("suffix", ["", "-other"])
def test_the_controller_neither_deletes_nor_enters_a_namespace_that_is_no_apps(
    place: str, suffix: str, act: Act
) -> None:
    for done in (delete(act, f"{place}{suffix}"), bind(act, f"{place}{suffix}")):
        assert done.returncode != 0
        assert REFUSED in done.stderr


def test_the_controller_deletes_and_enters_an_apps_namespace(place: str, act: Act) -> None:
    for done in (delete(act, f"{place}-app"), bind(act, f"{place}-app")):
        assert done.returncode == 0, done.stderr


def test_the_controller_makes_namespaces_of_apps_only(place: str, act: Act) -> None:
    assert make(act, f"{place}-new", {"heritage": "deis"}).returncode == 0
    assert REFUSED in make(act, f"{place}-new", {}).stderr


def test_nobody_else_is_held(place: str, kubectl: Run) -> None:
    done = kubectl("delete", "namespace", f"{place}-other", "--dry-run=server", "--wait=false")
    assert done.returncode == 0, done.stderr
