"""Operations that are asked for later: what they are up to, what came of them, and how they are stopped."""

from __future__ import annotations

import time

import pytest

from kit.waiting import wait_for

from .test_slice import IDLE, IMAGE, SERVER

CRASH = "echo starting; exit 3"
ENDED = ("succeeded", "failed", "superseded", "cancelled")
ASYNC = {"Prefer": "respond-async"}

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def app(create_app, alice):
    name = create_app(alice)
    values = {"PORT": "5000", "DEIS_DEPLOY_TIMEOUT": "60"}
    assert alice.post(f"/v2/apps/{name}/config", {"values": values}).status == 201
    return name


@pytest.fixture(scope="module")
def serving(app, alice):
    """The app with a release that serves."""
    answer = alice.post(f"/v2/apps/{app}/builds", {"image": IMAGE, "procfile": {"web": SERVER}}, **ASYNC)
    assert wait_for_end(alice, answer)["state"] == "succeeded"
    return app


def ask_build(client, app, procfile):
    answer = client.post(f"/v2/apps/{app}/builds", {"image": IMAGE, "procfile": procfile}, **ASYNC)
    assert (answer.status, answer.headers["Preference-Applied"]) == (202, "respond-async")
    return answer


def wait_for_end(client, answer):
    assert answer.status == 202, answer.body
    url = answer.headers["Location"]

    def find():
        operation = client.get(url).json
        return operation if operation["state"] in ENDED else None

    return wait_for(find, what=f"the end of {url}", timeout=120)


def wait_until(client, answer, check, what):
    def find():
        operation = client.get(answer.headers["Location"]).json
        return operation if check(operation) else None

    return wait_for(find, what=what, timeout=60)


def test_a_deploy_is_accepted_at_once_and_tells_its_steps(serving, alice):
    began = time.monotonic()
    answer = ask_build(alice, serving, {"web": SERVER})
    assert time.monotonic() - began < 1
    assert answer.headers["Location"] == f"/v2/apps/{serving}/operations/{answer.json['uuid']}"
    assert answer.json["state"] in ("queued", "running")
    assert answer.json["created"] <= answer.json["updated"]
    end = wait_for_end(alice, answer)
    assert (end["state"], end["error"], end["kind"]) == ("succeeded", None, "build")
    assert end["progress"] == {"ready": 1, "wanted": 1}
    assert end["pods"] == []
    phases = [event["phase"] for event in end["events"]]
    assert phases == ["publishing", "preparing", "rolling out", "switching", "cleaning up", "succeeded"]
    assert end["result"]["version"] == alice.get(f"/v2/apps/{serving}/releases").json["results"][0]["version"]
    assert end["created"] <= end["started"] <= end["finished"] == end["updated"]


def test_a_client_may_wait_a_little(serving, alice):
    data = {"values": {"WAITED": str(time.time_ns())}}
    answer = alice.post(f"/v2/apps/{serving}/config", data, Prefer="respond-async, wait=60", timeout=70)
    assert answer.status == 201
    assert answer.json["values"]["WAITED"] == data["values"]["WAITED"]
    answer = alice.post(f"/v2/apps/{serving}/scale", {"web": 1}, **ASYNC)
    assert answer.status == 204


def test_a_crash_is_seen_while_it_goes_on(create_app, alice):
    app = create_app(alice)
    assert alice.post(f"/v2/apps/{app}/config", {"values": {"PORT": "5000"}}).status == 201
    end = wait_for_end(alice, ask_build(alice, app, {"web": CRASH}))
    assert (end["state"], end["error"]["status"]) == ("failed", 400)
    assert "Process type web crashes: exit code 3" in end["error"]["detail"]
    assert end["error"]["body"] == {"detail": end["error"]["detail"]}
    (pod,) = end["pods"]
    assert (pod["type"], pod["reason"], pod["message"]) == ("web", "Crashed", "exit code 3")
    assert end["progress"] == {"ready": 0, "wanted": 1}
    assert end["events"][-1]["message"] == end["error"]["detail"]


def test_a_pod_without_a_node_says_so(create_app, alice):
    app = create_app(alice)
    config = {"values": {"PORT": "5000"}, "cpu": {"web": "900"}}
    assert alice.post(f"/v2/apps/{app}/config", config).status == 201
    answer = ask_build(alice, app, {"web": SERVER})

    def is_told(operation):
        return operation["pods"] and operation["pods"][0]["reason"] == "Unschedulable"

    seen = wait_until(alice, answer, is_told, "why the pod is pending")
    assert "Insufficient cpu" in seen["pods"][0]["message"]
    assert seen["state"] == "running"
    stopped = alice.post(f"{answer.headers['Location']}/cancel")
    assert (stopped.status, stopped.json["state"]) == (200, "cancelled")


def test_a_restart_tells_how_far_it_is(serving, alice):
    end = wait_for_end(alice, alice.post(f"/v2/apps/{serving}/pods/web/restart", **ASYNC))
    assert (end["kind"], end["state"], end["progress"]) == ("restart", "succeeded", {"ready": 1, "wanted": 1})
    assert [event["message"] for event in end["events"]] == ["Restarting web", ""]
    assert [pod["state"] for pod in end["result"]["pods"]] == ["up"]


def test_a_cancelled_deploy_goes_back_to_what_served(serving, alice):
    before = alice.get(f"/v2/apps/{serving}/releases").json["results"][0]
    answer = ask_build(alice, serving, {"web": IDLE})
    wait_until(alice, answer, lambda operation: operation["phase"] == "rolling out", "the roll-out")
    began = time.monotonic()
    stopped = alice.post(f"{answer.headers['Location']}/cancel")
    assert time.monotonic() - began < 5
    assert (stopped.status, stopped.json["state"]) == (200, "cancelled")
    assert stopped.json["cancelled_by"] == "alice"
    assert stopped.json["error"] == {
        "status": 409,
        "detail": "It was cancelled by alice",
        "body": {"detail": "It was cancelled by alice"},
    }
    newest = alice.get(f"/v2/apps/{serving}/releases").json["results"][0]
    assert (newest["version"], newest["failed"]) == (before["version"] + 1, True)

    def is_back():
        pods = alice.get(f"/v2/apps/{serving}/pods").json["results"]
        found = {(pod["release"], pod["state"]) for pod in pods}
        return found == {(f"v{before['version']}", "up")} or None

    wait_for(is_back, what="the old release alone", timeout=60)
    again = alice.post(f"{answer.headers['Location']}/cancel")
    assert (again.status, again.json) == (409, {"detail": "The operation is over: it was cancelled"})


def test_operations_are_listed_newest_first(app, alice, bob):
    for number in range(2):
        answer = alice.post(f"/v2/apps/{app}/config", {"values": {"N": str(number)}}, **ASYNC)
        wait_for_end(alice, answer)
    page = alice.get(f"/v2/apps/{app}/operations?limit=2").json
    assert page["results"][0]["uuid"] == answer.json["uuid"]
    assert page["count"] > 2
    assert page["next"].endswith(f"/v2/apps/{app}/operations?limit=2&offset=2")
    everything = alice.get(f"/v2/apps/{app}/operations?limit=1000").json["results"]
    assert everything[-1]["kind"] == "create"
    assert not any("input" in operation for operation in everything)
    path = f"/v2/apps/{app}/operations/{answer.json['uuid']}"
    for method, target in (("GET", f"/v2/apps/{app}/operations"), ("GET", path), ("POST", f"{path}/cancel")):
        assert bob.call(method, target).status == 403


def test_who_asked_learns_of_an_app_that_is_not_there(create_app, alice, bob):
    app = create_app(alice)
    answer = alice.delete(f"/v2/apps/{app}", **ASYNC)
    end = wait_for_end(alice, answer)
    assert (end["kind"], end["state"]) == ("destroy", "succeeded")
    assert alice.get(f"/v2/apps/{app}/operations").status == 404
    other = bob.get(answer.headers["Location"])
    assert (other.status, other.json) == (404, "No App matches the given query.")


def test_a_new_app_of_an_old_name_does_not_show_what_was_before(create_app, alice, bob):
    app = create_app(alice)
    answer = alice.delete(f"/v2/apps/{app}", **ASYNC)
    wait_for_end(alice, answer)
    created = wait_for_end(bob, bob.post("/v2/apps", {"id": app}, **ASYNC))
    assert created["state"] == "succeeded", created
    listed = bob.get(f"/v2/apps/{app}/operations").json["results"]
    assert [operation["kind"] for operation in listed] == ["create"]
    other = bob.get(answer.headers["Location"])
    assert (other.status, other.json) == (404, "No Operation matches the given query.")
    assert bob.delete(f"/v2/apps/{app}").status == 204
