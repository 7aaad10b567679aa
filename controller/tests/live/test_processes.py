"""Processes as clients see them: counted, listed, restarted. Nothing of these apps listens, so nothing is waited for.

Source: API specification, sections 8.2 to 8.4, 10.3 and 16; Kubernetes specification, sections 18, 19 and 29.
"""

from __future__ import annotations

import re

import pytest

from kit.waiting import wait_for

from .test_slice import IMAGE

SLEEP = "sleep 1000"
PROCFILE = {"cmd": SLEEP, "worker": f"exec {SLEEP}"}
NO_PORT = "PORT needs to be set in the application config when using a private registry"

pytestmark = pytest.mark.timeout(200)


def build(client, path, procfile):
    return client.call("POST", f"{path}/builds", {"image": IMAGE, "procfile": procfile}, timeout=150)


def scale(client, path, **counts):
    answer = client.call("POST", f"{path}/scale", counts, timeout=100)
    assert (answer.status, answer.body) == (204, b"")
    assert counts.items() <= client.get(path).json["structure"].items()


def list_types(client, path):
    return sorted(pod["type"] for pod in client.get(f"{path}/pods").json["results"])


@pytest.fixture(scope="module")
def deploy(create_app, alice):
    """Makes an app of two process types."""

    def deploy():
        path = f"/v2/apps/{create_app(alice)}"
        assert alice.post(f"{path}/settings", {"routable": False}).status == 201
        answer = build(alice, path, PROCFILE)
        assert answer.status == 201, answer.body
        return path

    return deploy


@pytest.fixture(scope="module")
def path(deploy):
    return deploy()


@pytest.fixture
def three(path, alice):
    """The app's pods by name, with one ``cmd`` and two ``worker``."""
    scale(alice, path, cmd=1, worker=2)
    pods = alice.get(f"{path}/pods").json["results"]
    assert sorted(pod["type"] for pod in pods) == ["cmd", "worker", "worker"]
    return {pod["name"]: pod for pod in pods}


def test_an_image_outside_needs_a_port_unless_nothing_is_routed_to_it(create_app, alice):
    path = f"/v2/apps/{create_app(alice)}"
    answer = build(alice, path, PROCFILE)
    assert answer.status == 400
    assert NO_PORT in answer.json["detail"]
    assert alice.get(f"{path}/releases").json["results"][0]["failed"] is True
    assert alice.post(f"{path}/settings", {"routable": False}).status == 201
    assert build(alice, path, PROCFILE).status == 201
    assert list_types(alice, path) == ["cmd"]


def test_pods_are_listed_by_type_and_by_name(path, three, alice):
    app = path.rpartition("/")[2]
    for name, pod in three.items():
        assert re.fullmatch(rf"{app}-{pod['type']}-[a-z0-9]{{6,10}}-[a-z0-9]{{5}}", name)
        assert (pod["release"], pod["state"]) == ("v2", "up")
        assert alice.get(f"{path}/pods/{pod['type']}/{name}").json == {"results": [pod], "count": 1}
    assert alice.get(f"{path}/pods/worker").json["count"] == 2
    assert alice.get(f"{path}/pods/clock").json == {"results": [], "count": 0}


def test_restart_all_or_a_type_or_one_by_its_long_or_short_name(path, three, alice):
    app = path.rpartition("/")[2]

    def restart(below, count):
        before = {pod["name"] for pod in alice.get(f"{path}/pods").json["results"]}
        answer = alice.call("POST", f"{path}/pods{below}/restart", timeout=100)
        assert answer.status == 200
        fresh = [pod for pod in answer.json if pod["state"] == "up" and pod["name"] not in before]
        assert len(fresh) == count, answer.json
        return fresh

    restart("", 3)
    for pod in restart("/worker", 2):
        assert pod["type"] == "worker"
    (pod,) = restart(f"/cmd/{list_names(alice, path, 'cmd')[0]}", 1)
    (pod,) = restart(f"/cmd/{pod['name'].removeprefix(f'{app}-')}", 1)
    assert pod["type"] == "cmd"


def list_names(client, path, process_type):
    return [pod["name"] for pod in client.get(f"{path}/pods/{process_type}").json["results"]]


def test_what_is_at_nothing_stays_there_and_what_the_procfile_drops_goes_there(deploy, alice):
    path = deploy()
    assert alice.call("POST", f"{path}/scale", {"worker": "1"}, timeout=100).status == 204
    assert list_types(alice, path) == ["cmd", "worker"]
    assert build(alice, path, {"cmd": SLEEP}).status == 201
    assert alice.get(path).json["structure"] == {"cmd": 1, "worker": 0}
    assert list_types(alice, path) == ["cmd"]
    scale(alice, path, cmd=0)
    assert build(alice, path, {"cmd": SLEEP}).status == 201
    assert alice.get(path).json["structure"] == {"cmd": 0, "worker": 0}
    assert list_types(alice, path) == []


def test_a_dockerfiles_build_starts_cmd_without_web_in_the_procfile(create_app, alice, builder):
    app = create_app(alice)
    path = f"/v2/apps/{app}"
    assert alice.post(f"{path}/settings", {"routable": False}).status == 201
    body = {"receive_user": "alice", "receive_repo": app, "sha": "0123abcd", "dockerfile": "true"}
    web = {"web": f"exec {SLEEP}", "worker": f"exec {SLEEP}"}
    for procfile, types in ((PROCFILE, ["cmd"]), (web, [])):
        push = {**body, "image": IMAGE, "procfile": procfile}
        answer = builder.call("POST", "/v2/hooks/build/", push, timeout=150)
        assert answer.status == 200, answer.body
        assert list_types(alice, path) == types
    made = alice.get(f"{path}/builds").json["results"][0]
    assert (made["dockerfile"], made["sha"], made["procfile"]) == ("true", "0123abcd", web)


def test_another_kind_of_build_starts_anew_with_its_own_types(create_app, alice):
    """What the Procfile of before had is at nothing."""
    path = f"/v2/apps/{create_app(alice)}"
    assert alice.post(f"{path}/settings", {"routable": False}).status == 201
    procfile = {"web": f"exec {SLEEP}", "worker": f"exec {SLEEP}"}
    build_of_a_dockerfile = {"image": IMAGE, "sha": "0123abcd", "dockerfile": "true", "procfile": procfile}
    answer = alice.call("POST", f"{path}/builds", build_of_a_dockerfile, timeout=150)
    assert answer.status == 201, answer.body
    scale(alice, path, worker=1)
    assert list_types(alice, path) == ["web", "worker"]
    assert build(alice, path, {"cmd": SLEEP}).status == 201
    assert alice.get(path).json["structure"] == {"cmd": 1, "web": 0, "worker": 0}
    assert list_types(alice, path) == ["cmd"]


def test_a_client_that_leaves_does_not_stop_a_scale(deploy, alice):
    path = deploy()
    with pytest.raises(TimeoutError):
        alice.call("POST", f"{path}/scale", {"worker": 2}, timeout=0.2)
    wait_for(
        lambda: list_types(alice, path) == ["cmd", "worker", "worker"] or None, what="the pods", timeout=60
    )
    assert alice.get(path).json["structure"] == {"cmd": 1, "worker": 2}


@pytest.mark.parametrize(
    ("command", "exit_code", "said"),
    [
        ("echo 'it'\"'\"'s' \"ünï\" --leading -dashes", 0, "it's ünï --leading -dashes\n"),
        ("cat /no/such/file", 1, "cat: /no/such/file: No such file or directory\n"),
        ("no-such-program --help", 127, "/bin/bash: line 1: no-such-program: command not found\n"),
    ],
    ids=["quotes and dashes", "no such file", "no such program"],
)
def test_a_command_is_run_as_it_was_typed(path, alice, command, exit_code, said):
    answer = alice.call("POST", f"{path}/run", {"command": command}, timeout=100)
    assert (answer.status, answer.json) == (200, {"exit_code": exit_code, "output": said})
    (told,) = alice.get(f"{path}/audit?limit=1").json["results"]
    assert (told["action"], told["details"]) == ("run.start", {})
    assert "run" not in alice.get(path).json["structure"]
    assert "run" not in list_types(alice, path)
