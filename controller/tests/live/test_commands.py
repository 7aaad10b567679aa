"""Management commands. Source: API specification, section 13.4; Kubernetes specification, section 26."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import uuid

import pytest

from kit.kube import HPAS, ROLES, SECRETS, SERVICES

from ..pairs import make_pair  # noqa: TID252 - both tiers use it, and tests are no package
from .conftest import build_controller_env

pytestmark = pytest.mark.timeout(150)  # each command is a process of its own


@pytest.fixture
def manage(controller, postgres):
    """Runs a command as an operator does in the controller's pod."""

    def run(*arguments, stdin="", **env):
        done = subprocess.run(
            [sys.executable, "-m", "controller", "manage", *arguments],
            env={**os.environ, **build_controller_env(postgres, "controller"), **env},
            input=stdin,
            capture_output=True,
            text=True,
            start_new_session=True,  # without a terminal passwords are read from stdin
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_healthchecks(manage):
    said = "Checking if database is alive\nDatabase is alive!\n"
    assert manage("healthchecks")[:2] == (0, said)


def test_healthchecks_without_a_database(manage):
    status, out, _ = manage("healthchecks", DEIS_DATABASE_SERVICE_PORT="1")
    first, second, *reason = out.splitlines()
    assert status == 1
    assert first == "Checking if database is alive"
    assert second == "There was a problem connecting to the database"
    assert "port 1" in " ".join(reason)


def test_the_frameworks_own_checks_pass(manage):
    status, out, error = manage("check")
    assert (status, out) == (0, "System check identified no issues (0 silenced).\n"), error
    status, out, error = manage("makemigrations", "--check", "--dry-run")
    assert (status, out) == (0, "No changes detected\n"), error
    assert manage("migrate")[0] == 0


def test_an_administrator_made_on_the_command_line_logs_in(manage, controller, admin):
    name = f"root-{uuid.uuid4().hex[:6]}"
    options = ("--noinput", f"--username={name}", "--email=root@example.com")
    status, _, error = manage("createsuperuser", *options, DJANGO_SUPERUSER_PASSWORD="from-the-shell")
    assert status == 0, error

    def log_in(password):
        answer = controller.client().post("/v2/auth/login/", {"username": name, "password": password})
        return answer.json.get("token")

    client = controller.client(token=log_in("from-the-shell"))
    assert client.get("/v2/auth/whoami").json["is_superuser"] is True
    assert client.get("/v2/users").status == 200
    status, out, error = manage("changepassword", name, stdin="quite-another-1\nquite-another-1\n")
    assert status == 0, out + error
    assert (log_in("from-the-shell"), bool(log_in("quite-another-1"))) == (None, True)


def test_a_key_prints_short(manage, alice):
    """Source: API specification, section 16."""
    name, blob = f"k-{uuid.uuid4().hex[:8]}", base64.b64encode(uuid.uuid4().bytes * 4).decode()
    public = f"ssh-rsa {blob} alice@host.example.com"
    assert alice.post("/v2/keys", {"id": name, "public": public}).status == 201
    asked = f"from controller.model.models import Key; print(Key.objects.get(id={name!r}))"
    status, out, error = manage("shell", "--no-imports", "-c", asked)
    assert (status, out) == (0, f"ssh-rsa {blob[:10]}...{public[-31:]}\n"), error
    assert alice.delete(f"/v2/keys/{name}").status == 204


def test_an_unknown_command(manage):
    status, _, error = manage("reticulate")
    assert status != 0
    assert "Unknown command: 'reticulate'" in error


def test_the_state_of_the_database_is_published_by_hand(manage, create_app, alice, kube):
    app = create_app(alice)
    certificate, pair = f"c-{uuid.uuid4().hex[:8]}", make_pair("foo.com")
    body = {"name": certificate, "certificate": pair.certificate, "key": pair.key}
    assert alice.post("/v2/certs", body).status == 201
    assert alice.post(f"/v2/certs/{certificate}/domain/", {"domain": app}).status == 201
    autoscale = {"web": {"min": 2, "max": 5, "cpu_percent": 45}}
    assert alice.post(f"/v2/apps/{app}/settings", {"autoscale": autoscale, "maintenance": True}).status == 201
    objects = (
        (SERVICES, app),
        (SECRETS, f"{certificate}-cert"),
        (HPAS, f"{app}-web"),
        (ROLES, "deis-router"),
    )
    before = {name: kube.get(resource, name, namespace=app) for resource, name in objects}
    releases = alice.get(f"/v2/apps/{app}/releases").json["count"]
    for resource, name in objects:
        kube.delete(resource, name, namespace=app)

    status, out, error = manage("load_db_state_to_k8s")
    assert status == 0, error
    lines = out.splitlines()
    assert lines[0] == "Publishing DB state to kubernetes..."
    assert lines[-1] == "Done Publishing DB state to kubernetes."
    assert "Deploying available applications" in lines
    assert f"WARNING: {app} has no build associated with its latest release. Skipping deployment..." in lines
    after = {name: kube.get(resource, name, namespace=app) for resource, name in objects}
    for name in before:
        for part in ("data", "rules"):
            assert after[name].get(part) == before[name].get(part)
    assert after[app]["metadata"]["annotations"] == before[app]["metadata"]["annotations"]
    assert after[f"{app}-web"]["spec"] == before[f"{app}-web"]["spec"]
    assert alice.get(f"/v2/apps/{app}/releases").json["count"] == releases

    again = manage("load_db_state_to_k8s")
    assert again[0] == 0
    unchanged = {name: kube.get(resource, name, namespace=app) for resource, name in objects}
    for name, found in unchanged.items():
        assert describe_writes(found) == describe_writes(after[name]), name
    alice.delete(f"/v2/certs/{certificate}")


def describe_writes(found):
    """The version; of an autoscaler, whose status changes all the time, what else is written, and when by whom."""
    if found["kind"] != HPAS.kind:
        return found["metadata"]["resourceVersion"]
    fields = [entry for entry in found["metadata"]["managedFields"] if entry.get("subresource") != "status"]
    written = {name: part for name, part in found.items() if name not in ("status", "metadata")}
    return written, fields, found["metadata"].get("annotations"), found["metadata"].get("labels")


def test_an_app_that_no_node_may_run_any_more_is_named(manage, create_app, alice, postgres):
    app = create_app(alice)
    with postgres.connect("controller") as connection:
        connection.execute('UPDATE deis_config SET tags = \'{"rack": "gone"}\' WHERE app_id = %s', [app])
    status, out, _ = manage("load_db_state_to_k8s")
    (line,) = [line for line in out.splitlines() if f"Config for {app}-" in line]
    assert status == 0
    assert line.startswith(f"ERROR: Problem saving to model Config for {app}-")
    assert line.endswith("due to No nodes matched the provided labels: rack=gone")
