"""What a controller finds when it starts: a database older than the cluster, or itself changed. No app's pod goes."""

from __future__ import annotations

import re
import subprocess
import uuid

import pytest

from kit.waiting import wait_for

from .conftest import Controller, build_controller_env, find_program
from .states import CONFIG, Rows, State, read_marks, wait_until_running, write_code

pytestmark = pytest.mark.timeout(150)

DATABASE = "restored"
CHANGED = {
    "SLUGRUNNER_IMAGE_NAME": "registry.example.com/deis/slugrunner:99",
    "IMAGE_PULL_POLICY": "Always",
    "KUBERNETES_POD_TERMINATION_GRACE_PERIOD_SECONDS": "77",
    "KUBERNETES_DEPLOYMENTS_REVISION_HISTORY_LIMIT": "3",
    "DEIS_DEPLOY_BATCHES": "4",
    "DEIS_DEPLOY_TIMEOUT": "99",
    "DEIS_DEBUG": "1",
    "PLATFORM_DOMAIN": "apps.example.com",
    "HTTP_PROXY": "http://proxy.example.com:3128",
    "DEIS_CONTROLLER_SERVICE_PORT": "8080",
}
"""What an upgrade of the platform may change, all of it seen in pod templates or Deployments that are made later."""


@pytest.fixture(scope="module")
def own(postgres, router, tmp_path_factory, kubeconfig):
    postgres.create_database(DATABASE)
    env = build_controller_env(postgres, DATABASE, router=router)
    server = Controller(env, log=tmp_path_factory.mktemp(DATABASE) / "log").start()
    yield server
    server.stop()
    print(server.log.read_text()[-20000:])


@pytest.fixture(scope="module")
def client(own):
    return own.register("keeper")


@pytest.fixture
def make_app(client, namespaces):
    """Apps with a config, v2, and no build."""

    def make():
        name = f"ct-{uuid.uuid4().hex[:8]}"
        namespaces.append(name)
        assert client.post("/v2/apps", {"id": name}).status == 201
        configure(client, name, "0")
        return name

    return make


def configure(client, app, edition):
    answer = client.post(f"/v2/apps/{app}/config", {"values": {"PORT": "5000", CONFIG: edition}})
    assert answer.status == 201, answer.body


def build(client, app, edition):
    answer = client.post(f"/v2/apps/{app}/builds", write_code(edition))
    assert answer.status == 201, answer.body


def list_versions(client, app):
    return [release["version"] for release in client.get(f"/v2/apps/{app}/releases").json["results"]]


def start_anew(server, **env):
    """Start the controller and wait until it has looked at every app; what it said."""
    begin = server.log.stat().st_size
    server.start(**env)

    def read_new():
        text = server.log.read_bytes()[begin:].decode()
        return text if "Done Publishing DB state" in text else None

    return wait_for(read_new, what="the end of the publication", timeout=30)


def run_program(postgres, *argv, **options):
    server = ["--host=127.0.0.1", f"--port={postgres.port}", "--username=deis"]
    program, *arguments = argv
    done = subprocess.run(
        [find_program(program), *server, *arguments], check=False, capture_output=True, timeout=30, **options
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def restore(postgres, dump):
    """Put the database back to what it was."""
    with postgres.connect() as connection:
        connection.execute(f"DROP DATABASE {DATABASE}")
    postgres.create_database(DATABASE)
    run_program(postgres, "psql", "--quiet", "--set=ON_ERROR_STOP=1", DATABASE, input=dump)


def test_an_app_that_is_ahead_of_a_restored_database(own, client, make_app, postgres, kube):
    """It runs on, that is told, and its next release has a number that nothing ever had."""
    ahead, unbuilt = make_app(), make_app()
    build(client, ahead, "1")
    dump = run_program(postgres, "pg_dump", DATABASE)
    configure(client, ahead, "2")
    build(client, unbuilt, "3")
    for app in (ahead, unbuilt):
        wait_until_running(kube, app)
    marks = {app: read_marks(kube, app) for app in (ahead, unbuilt)}
    own.stop()
    restore(postgres, dump)
    said = start_anew(own)
    assert {app: list_versions(client, app) for app in (ahead, unbuilt)} == {
        ahead: [3, 2, 1],
        unbuilt: [2, 1],
    }
    for app, cluster, database in ((ahead, 4, 3), (unbuilt, 3, 2)):
        told = (
            f"WARN [{app}]: the cluster is at v{cluster}, the database knows no release after v{database}: "
        )
        assert told in said
        assert marks[app] == read_marks(kube, app)
    answer = client.post(f"/v2/apps/{ahead}/scale", {"web": 2})
    assert answer.status == 400, answer.body
    assert "The app is at v4 already" in answer.json["detail"]
    assert client.get(f"/v2/apps/{ahead}").json["structure"]["web"] == 1
    assert marks[ahead] == read_marks(kube, ahead)
    configure(client, ahead, "5")
    configure(client, unbuilt, "6")
    assert list_versions(client, ahead) == [5, 3, 2, 1]
    assert list_versions(client, unbuilt) == [4, 2, 1]
    assert wait_until_running(kube, ahead) == State(version=5, config="5", code="1", count=1)
    build(client, unbuilt, "7")
    assert wait_until_running(kube, unbuilt) == State(version=5, config="6", code="7", count=1)


def test_a_restart_and_an_upgrade_touch_no_app(own, client, make_app, postgres, kube):
    app = make_app()
    build(client, app, "1")
    before = State(version=3, config="0", code="1", count=1)
    assert wait_until_running(kube, app) == before
    marks = read_marks(kube, app)
    for env in ({}, CHANGED):
        own.stop()
        said = start_anew(own, **env)
        assert not re.search(rf"(?m)^(WARN|ERROR).*{app}", said)
        assert marks == read_marks(kube, app)
    rows = Rows(postgres, DATABASE)
    kinds = [
        kind for (kind,) in rows.ask("SELECT kind FROM deis_operation WHERE app_id = %s ORDER BY number", app)
    ]
    assert kinds == ["create", "config", "build"]
    rows.close()
    configure(client, app, "2")
    assert wait_until_running(kube, app) == State(version=4, config="2", code="1", count=1)
