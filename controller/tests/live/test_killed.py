"""kill -9 of the whole controller in the middle of a deploy: the deploy ends all the same, once."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from pathlib import Path

import pytest

from kit.waiting import wait_for

from .conftest import Controller, build_controller_env
from .test_slice import IMAGE, SERVER

KILLS = 6


@pytest.fixture(scope="module")
def own(postgres, router, tmp_path_factory, kubeconfig):
    """A controller that may be killed, with a database of its own."""
    postgres.create_database("killed")
    log = tmp_path_factory.mktemp("killed") / "log"
    server = Controller(build_controller_env(postgres, "killed", router=router), log=log).start()
    yield server
    server.stop()
    print(log.read_text()[-20000:])


@pytest.fixture(scope="module")
def app(own):
    client = own.register("killer")
    name = f"ct-{uuid.uuid4().hex[:8]}"
    assert client.post("/v2/apps", {"id": name}).status == 201
    assert client.post(f"/v2/apps/{name}/config", {"values": {"PORT": "5000"}}).status == 201
    yield client, name
    assert client.delete(f"/v2/apps/{name}").status == 204


def push(client, app, key):
    """What the builder does: the same request with the same key until there is an answer."""

    def attempt():
        try:
            data = {"image": IMAGE, "procfile": {"web": SERVER}}
            answer = client.call("POST", f"/v2/apps/{app}/builds", data, timeout=60, Idempotency_Key=key)
        except OSError:
            return None
        return answer if answer.status not in (502, 503, 504) else None

    return wait_for(attempt, what="an answer", timeout=110, interval=0.2)


def push_and_kill(own, client, app, *, key, after):
    """Kill the controller so many seconds after a push began; say whether it was at it."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(push(client, app, key)))
    thread.start()
    thread.join(after)
    was_hit = thread.is_alive()
    own.kill()
    own.start()
    thread.join(120)
    assert [answer.status for answer in answers] == [201], answers
    return was_hit


def find_worker(own):
    children = Path(f"/proc/{own.process.pid}/task/{own.process.pid}/children").read_text()
    return int(children.split()[0])


@pytest.mark.timeout(120)
def test_a_dead_worker_holds_nobody_up(own, app):
    client, name = app
    before = client.get(f"/v2/apps/{name}/releases").json["count"]
    answers = []
    thread = threading.Thread(target=lambda: answers.append(push(client, name, "worker")))
    thread.start()
    path = f"/v2/apps/{name}/releases"
    wait_for(lambda: client.get(path).json["count"] > before or None, what="the release", timeout=10)
    os.kill(find_worker(own), signal.SIGKILL)
    thread.join(60)
    assert [answer.status for answer in answers] == [201]


def wait_for_version(client, app, version):
    """One good release a push, and one pod, of the last one."""
    releases = client.get(f"/v2/apps/{app}/releases").json["results"]
    assert [release["version"] for release in releases] == list(range(version, 0, -1))
    assert not any(release["failed"] for release in releases)
    wait_for(lambda: is_new(client, app, f"v{version}"), what=f"one pod of v{version}", timeout=20)


@pytest.mark.timeout(500)
def test_every_deploy_ends_once(own, app):
    client, name = app
    assert push(client, name, "first").status == 201
    began = time.monotonic()
    assert push(client, name, "second").status == 201
    length = time.monotonic() - began
    version = client.get(f"/v2/apps/{name}/releases").json["count"]
    hits = 0
    for number in range(KILLS):
        after = length * (number + 0.5) / KILLS
        hits += push_and_kill(own, client, name, key=f"kill-{number}", after=after)
        wait_for_version(client, name, version + number + 1)
    assert hits >= KILLS * 0.8, hits


def is_new(client, name, version):
    pods = client.get(f"/v2/apps/{name}/pods").json["results"]
    return [(pod["release"], pod["state"]) for pod in pods] == [(version, "up")] or None
