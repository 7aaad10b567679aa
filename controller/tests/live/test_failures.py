"""Deploys that fail are seen, told and undone; what is stuck makes way. Kubernetes specification, sections 16, 25."""

from __future__ import annotations

import threading
import time

import pytest

from kit.waiting import wait_for

from .test_slice import IDLE, IMAGE, SERVER

CRASH = "echo starting; echo 'no database at 10.0.0.9' >&2; exit 3"

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def app(create_app, alice):
    """An app that serves v3."""
    name = create_app(alice)
    values = {"PORT": "5000", "DEIS_DEPLOY_TIMEOUT": "60"}
    assert alice.post(f"/v2/apps/{name}/config", {"values": values}).status == 201
    answer = build(alice, name, {"web": SERVER, "worker": IDLE})
    assert answer.status == 201, answer.body
    return name


def build(client, app, procfile, *, image=IMAGE):
    data = {"image": image, "procfile": procfile}
    return client.call("POST", f"/v2/apps/{app}/builds", data, timeout=250)


def read_newest(client, app):
    return client.get(f"/v2/apps/{app}/releases").json["results"][0]


def find_good(client, app):
    releases = client.get(f"/v2/apps/{app}/releases").json["results"]
    return next(release for release in releases if not release["failed"])


def list_pods(client, app):
    return {
        (pod["type"], pod["release"], pod["state"])
        for pod in client.get(f"/v2/apps/{app}/pods").json["results"]
    }


def wait_for_pods(client, app, pods):
    wait_for(lambda: list_pods(client, app) == pods or None, what=f"{pods}", timeout=60)


def test_a_crash_is_told_and_the_old_release_serves_on(app, alice):
    good = find_good(alice, app)
    answer = build(alice, app, {"web": CRASH, "worker": IDLE})
    assert answer.status == 400
    newest = read_newest(alice, app)
    detail = answer.json["detail"]
    begin = f"(app::deploy): There was a problem deploying v{newest['version']}. Rolling back process types to release "
    assert detail.startswith(f"{begin}v{good['version']}.\n")
    assert "no database at 10.0.0.9" in detail
    assert newest["failed"] is True
    assert newest["summary"] == f"alice deployed {newest['build'][:7]} which failed"
    stored = alice.get(f"/v2/apps/{app}").json
    assert (stored["structure"], stored["procfile_structure"]) == (
        {"web": 1},
        {"web": SERVER, "worker": IDLE},
    )
    wait_for_pods(alice, app, {("web", f"v{good['version']}", "up")})
    assert alice.get(f"/v2/apps/{app}/builds").json["results"][0]["uuid"] == newest["build"]
    assert alice.post(f"/v2/apps/{app}/releases/rollback", {"version": newest["version"]}).json == {
        "detail": "Cannot roll back to failed release."
    }


def test_a_config_that_breaks_the_app(app, alice):
    before = alice.get(f"/v2/apps/{app}/config").json
    answer = alice.post(f"/v2/apps/{app}/config", {"values": {"DEIS_DEPLOY_BATCHES": "x"}})
    assert answer.json == {"detail": "invalid literal for int() with base 10: 'x'"}
    assert answer.status == 400
    newest = read_newest(alice, app)
    assert (newest["failed"], newest["summary"]) == (True, "alice deployed a config that failed")
    assert alice.get(f"/v2/apps/{app}/config").json == before


def test_a_rollback_rescues_what_is_stuck(app, alice):
    answers = []
    stuck = threading.Thread(target=lambda: answers.append(build(alice, app, {"web": IDLE})))
    stuck.start()
    path = f"/v2/apps/{app}/releases"
    good = find_good(alice, app)["version"]
    wait_for(lambda: read_newest(alice, app)["version"] > good + 2 or None, what="the release", timeout=10)
    pending = read_newest(alice, app)
    wait_for(lambda: stuck.is_alive() or None, what="the deploy", timeout=1)
    began = time.monotonic()
    answer = alice.call("POST", f"{path}/rollback", {"version": good}, timeout=100)
    assert (answer.status, answer.json) == (201, {"version": pending["version"] + 1})
    assert time.monotonic() - began < 30
    stuck.join(10)
    assert [each.status for each in answers] == [400]
    assert alice.get(f"{path}/v{pending['version']}").json["failed"] is True
    wait_for_pods(alice, app, {("web", f"v{pending['version'] + 1}", "up")})


def test_scaling_what_is_stuck(app, alice):
    answers = []
    stuck = threading.Thread(target=lambda: answers.append(build(alice, app, {"web": IDLE, "worker": IDLE})))
    before = read_newest(alice, app)["version"]
    stuck.start()
    wait_for(lambda: read_newest(alice, app)["version"] > before or None, what="the release", timeout=10)
    answer = alice.call("POST", f"/v2/apps/{app}/scale", {"web": 2, "worker": 1}, timeout=100)
    assert answer.status == 204, answer.body
    stuck.join(10)
    assert [each.status for each in answers] == [400]
    assert alice.get(f"/v2/apps/{app}").json["structure"] == {"web": 2, "worker": 1}
    wait_for_pods(alice, app, {("web", f"v{before}", "up"), ("worker", f"v{before}", "up")})
    answer = alice.post(f"/v2/apps/{app}/scale", {"nope": 1})
    assert (answer.status, answer.json) == (
        404,
        {"detail": "Container type nope does not exist in application"},
    )
    assert alice.post(f"/v2/apps/{app}/scale", {"web": 2}).status == 204


def test_restart(app, alice):
    wait_for(lambda: len(list_pods(alice, app)) == 2 or None, what="pods", timeout=30)
    old = {pod["name"] for pod in alice.get(f"/v2/apps/{app}/pods/web").json["results"]}
    answer = alice.call("POST", f"/v2/apps/{app}/pods/web/restart", timeout=100)
    assert answer.status == 200
    assert {pod["type"] for pod in answer.json} == {"web"}
    serving = {pod["name"] for pod in answer.json if pod["state"] == "up"}
    assert len(serving - old) == 2
    assert alice.post(f"/v2/apps/{app}/pods/nope/restart").json == []


def test_builds_wait_for_their_turn(app, alice):
    answers = []
    versions = read_newest(alice, app)["version"]
    threads = [
        threading.Thread(target=lambda: answers.append(build(alice, app, {"web": SERVER}))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    config = alice.call("POST", f"/v2/apps/{app}/config", {"values": {"TURN": "1"}}, timeout=200)
    for thread in threads:
        thread.join(200)
    assert [answer.status for answer in [*answers, config]] == [201, 201, 201]
    newest = read_newest(alice, app)["version"]
    assert newest == versions + 3
    assert not any(alice.get(f"/v2/apps/{app}/releases/v{versions + n}").json["failed"] for n in (1, 2, 3))


def test_a_first_deploy_that_fails_can_be_followed_by_a_good_one(create_app, alice):
    app = create_app(alice)
    assert alice.post(f"/v2/apps/{app}/config", {"values": {"PORT": "5000"}}).status == 201
    answer = build(alice, app, {}, image=f"{IMAGE}-no-such-tag")
    assert answer.status == 400
    assert answer.json["detail"].startswith("(app::deploy): ")
    assert alice.get(f"/v2/apps/{app}/pods").json["count"] == 0
    answer = build(alice, app, {"web": SERVER})
    assert answer.status == 201, answer.body
    wait_for_pods(alice, app, {("web", "v4", "up")})
    assert alice.get(f"/v2/apps/{app}").json["structure"] == {"cmd": 0, "web": 1}


def test_an_app_that_is_stuck_can_be_destroyed(create_app, alice):
    app = create_app(alice)
    assert alice.post(f"/v2/apps/{app}/config", {"values": {"PORT": "5000"}}).status == 201
    answers = []
    stuck = threading.Thread(target=lambda: answers.append(build(alice, app, {"web": IDLE})))
    stuck.start()
    wait_for(lambda: read_newest(alice, app)["version"] == 3 or None, what="the release", timeout=10)
    assert alice.call("DELETE", f"/v2/apps/{app}", timeout=50).status == 204
    stuck.join(10)
    assert [answer.status for answer in answers] == [400]
    assert alice.get(f"/v2/apps/{app}").status == 404
