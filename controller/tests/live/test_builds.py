"""Builds and releases as clients see them. A Procfile without ``web`` starts no pod, so a deploy is quick.

Source: API specification, sections 8.1, 8.3, 10 and 16.
"""

import base64
import json
import re

import pytest

from kit.kube import SECRETS, Kube

from .conftest import BUILDER_KEY, KUBECONFIG

BUILD = {"owner", "created", "updated", "app", "dockerfile", "image", "procfile", "sha", "uuid"}
RELEASE = {
    "uuid", "owner", "created", "updated", "app", "build", "config", "summary", "version", "failed", "exception",
}  # fmt: skip
WRONG_TYPE = {"procfile": ["Process types can only contain lowercase alphanumeric characters"]}
WORKER = {"worker": "exec sleep 1000"}

pytestmark = pytest.mark.timeout(150)


@pytest.fixture
def app(create_app, alice):
    return create_app(alice)


@pytest.fixture
def push(app, builder):
    """Tells the controller of a build, as the builder does."""

    def push(user="alice", procfile=WORKER):
        body = {"receive_user": user, "receive_repo": app, "dockerfile": "", "procfile": procfile}
        slug = {"sha": "0123abcd", "image": f"home/{app}:git-0123abcd/push/slug.tgz"}
        return builder.post("/v2/hooks/build/", body | slug)

    return push


@pytest.fixture
def build(app, push, alice):
    """Deploys the app's slug again, by hand."""
    assert push().status == 200

    def build(client=alice, **changes):
        slug = f"home/{app}:git-0123abcd/push/slug.tgz"
        return client.post(
            f"/v2/apps/{app}/builds", {"image": slug, "sha": "0123abcd", "procfile": WORKER, **changes}
        )

    return build


def list_releases(client, app):
    return client.get(f"/v2/apps/{app}/releases").json["results"]


def test_a_push_makes_a_release(app, push, alice):
    answer = push()
    assert (answer.status, answer.json) == (200, {"release": {"version": 2}})
    (made,) = alice.get(f"/v2/apps/{app}/builds").json["results"]
    assert (made["procfile"], made["dockerfile"], made["sha"]) == (WORKER, "", "0123abcd")
    newest, first = list_releases(alice, app)
    assert set(newest) == RELEASE
    assert (newest["summary"], newest["build"]) == ("alice deployed 0123abc", made["uuid"])
    assert newest["config"] == first["config"]
    assert alice.get(f"/v2/apps/{app}").json["structure"] == {}
    assert alice.get(f"/v2/apps/{app}/pods").json["count"] == 0


def test_a_build_is_answered_as_it_is_shown(app, build, alice):
    answer = build()
    assert (answer.status, set(answer.json)) == (201, BUILD)
    assert alice.get(f"/v2/apps/{app}/builds/{answer.json['uuid']}").json == answer.json
    assert alice.get(f"/v2/apps/{app}/builds").json["results"][0] == answer.json
    for verb in ("PUT", "PATCH", "DELETE"):
        assert alice.call(verb, f"/v2/apps/{app}/builds").status == 405
        assert alice.call(verb, f"/v2/apps/{app}/releases").status == 405
    assert alice.post(f"/v2/apps/{app}/releases").status == 405


def test_each_change_is_one_release_and_changes_one_part_of_it(app, build, alice):
    assert alice.post(f"/v2/apps/{app}/config", {"values": {"NEW_URL": "http://x"}}).status == 201
    assert build().status == 201
    built, configured, pushed, first = list_releases(alice, app)
    assert [each["version"] for each in (first, pushed, configured, built)] == [1, 2, 3, 4]
    assert configured["summary"] == "alice added NEW_URL"
    assert (configured["build"], built["config"]) == (pushed["build"], configured["config"])
    assert configured["config"] != pushed["config"]
    assert built["build"] != configured["build"]


def test_a_rollback_takes_build_and_config_along(app, build, alice, bob):
    for value in ("1", "2"):
        assert alice.post(f"/v2/apps/{app}/config", {"values": {"A": value}}).status == 201
    path = f"/v2/apps/{app}/releases/rollback"
    answer = alice.post(path)
    assert (answer.status, answer.json) == (201, {"version": 5})
    newest, _, third, second, _ = list_releases(alice, app)
    assert (newest["build"], newest["config"]) == (third["build"], third["config"])
    assert newest["summary"] == "alice rolled back to v3"
    assert alice.get(f"/v2/apps/{app}/config").json["values"] == {"A": "1"}
    assert alice.post(path, {"version": 2}).json == {"version": 6}
    assert list_releases(alice, app)[0]["config"] == second["config"]
    assert alice.get(f"/v2/apps/{app}/config").json["values"] == {}
    assert bob.post(path).status == 403


def test_administrators_build_for_others_and_strangers_do_not(app, build, push, admin, bob):
    answer = build(admin)
    assert (answer.status, answer.json["owner"]) == (201, "admin")
    assert push("admin").json == {"release": {"version": 4}}
    assert build(bob).status == 403
    assert push("bob").status == 403


@pytest.mark.parametrize("name", ["worker_test", "Worker-test1", "-", "worker-", "-worker"])
def test_what_is_no_process_type(app, alice, name):
    answer = alice.post(f"/v2/apps/{app}/builds", {"image": "x", "procfile": {name: "x"}})
    assert (answer.status, answer.json) == (400, WRONG_TYPE)


def test_a_process_type_may_have_a_hyphen(push):
    assert push(procfile={"worker-test1": "x"}).status == 200


def test_counts_that_are_none(app, build, alice, bob):
    path = f"/v2/apps/{app}/scale"
    for counts, detail in (
        ({"worker": -1}, "Invalid scaling format: ['Must be greater than or equal to zero']"),
        ({"worker": "one"}, "Invalid scaling format: invalid literal for int() with base 10: 'one'"),
        (
            {"worker": "not_an_int"},
            "Invalid scaling format: invalid literal for int() with base 10: 'not_an_int'",
        ),
    ):
        answer = alice.post(path, counts)
        assert (answer.status, answer.json) == (400, {"detail": detail})
    assert alice.post(path, {"worker": [1]}).status == 400
    answer = alice.post(path, {"clock": 1})
    assert (answer.status, answer.json) == (
        404,
        {"detail": "Container type clock does not exist in application"},
    )
    assert bob.post(path, {"worker": 0}).status == 403
    assert alice.get(f"/v2/apps/{app}").json["structure"] == {}


def test_without_its_key_nobody_pushes(app, controller, admin):
    body = {"receive_user": "alice", "receive_repo": app, "image": "x", "procfile": {}, "dockerfile": ""}
    assert controller.client().post("/v2/hooks/build/", body).status == 401
    assert admin.post("/v2/hooks/build/", body).status == 403
    wrong = {"X_Deis_Builder_Auth": f"{BUILDER_KEY}x"}
    assert controller.client().post("/v2/hooks/build/", body, **wrong).status == 401


TOO_MUCH = "2G/1G"
"""More is asked for than may be had: the cluster refuses."""


def test_a_scale_that_fails_leaves_the_counts_as_they_were(app, build, alice):
    assert alice.post(f"/v2/apps/{app}/config", {"memory": {"worker": TOO_MUCH}}).status == 201
    answer = alice.call("POST", f"/v2/apps/{app}/scale", {"worker": 1}, timeout=100)
    assert answer.status == 503
    assert answer.json["detail"].startswith("(scale): failed to ")
    assert "must be less than or equal to memory limit" in answer.json["detail"]
    assert alice.get(f"/v2/apps/{app}").json["structure"].get("worker", 0) == 0


def test_a_run_that_can_not_start_says_so(app, build, alice):
    assert alice.post(f"/v2/apps/{app}/config", {"memory": {"run": TOO_MUCH}}).status == 201
    answer = alice.call("POST", f"/v2/apps/{app}/run", {"command": "ls"}, timeout=100)
    assert answer.status == 503
    assert re.match(rf"{app}-run-[a-z0-9]{{5}} \(run\): ", answer.json["detail"])
    assert "must be less than or equal to memory limit" in answer.json["detail"]


def test_a_rollback_that_fails_is_a_failed_release(app, build, alice, postgres):
    """The older config has a number in it that is none, from before anybody looked."""
    for value in ("1", "2"):
        assert alice.post(f"/v2/apps/{app}/config", {"values": {"A": value}}).status == 201
    old = alice.get(f"/v2/apps/{app}/releases/v3").json["config"]
    with postgres.connect("controller") as connection:
        values = '{"DEIS_DEPLOY_TIMEOUT": "soon"}'
        changed = connection.execute('UPDATE deis_config SET "values" = %s WHERE uuid = %s', [values, old])
        assert changed.rowcount == 1
    answer = alice.post(f"/v2/apps/{app}/releases/rollback")
    detail = "invalid literal for int() with base 10: 'soon'"
    assert (answer.status, answer.json) == (400, {"detail": detail})
    newest, current, *_ = list_releases(alice, app)
    assert (newest["version"], newest["failed"], current["failed"]) == (5, True, False)
    assert newest["summary"] == "alice performed roll back to a release that failed"
    assert alice.get(f"/v2/apps/{app}/config").json["uuid"] == current["config"]


def test_what_makes_no_release(app, build, alice, bob):
    path = f"/v2/apps/{app}"
    before = list_releases(alice, app)
    for verb, below, body, status in (
        ("POST", "/domains", {"domain": f"{app}.example.com"}, 201),
        ("DELETE", f"/domains/{app}.example.com", None, 204),
        ("POST", "/settings", {"maintenance": True}, 201),
        ("POST", "/whitelist", {"addresses": ["1.2.3.4"]}, 201),
        ("POST", "/tls", {"https_enforced": True}, 201),
        ("POST", "/pods/restart", None, 200),
        ("POST", "/perms", {"username": "bob"}, 201),
        ("POST", "", {"owner": "bob"}, 200),
    ):
        answer = alice.call(verb, f"{path}{below}", body)
        assert answer.status == status, (below, answer.body)
    assert [each["version"] for each in list_releases(bob, app)] == [each["version"] for each in before]
    assert bob.post(path, {"owner": "alice"}).status == 200


def test_what_is_done_to_an_app_is_in_its_log(app, build, controller, alice, bob):
    """In the form by which the logger files a line under the app."""
    path, host = f"/v2/apps/{app}", f"{app}.example.com"
    config = alice.post(f"{path}/config", {"values": {"A": "1"}}).json["uuid"]
    settings = alice.post(f"{path}/settings", {"maintenance": True}).json["uuid"]
    made = build().json["uuid"]
    for verb, below, body in (
        ("POST", "/domains", {"domain": host}),
        ("DELETE", f"/domains/{host}", None),
        ("POST", "/perms", {"username": "bob"}),
        ("DELETE", "/perms/bob", None),
        ("DELETE", "", None),
    ):
        assert alice.call(verb, f"{path}{below}", body).status in (201, 204)
    said = controller.log.read_text().splitlines()
    for message in (
        "alice created initial release",
        f"domain {app} added",
        f"config {app}-{config[:7]} updated",
        "alice added A",
        f"appsettings {app}-{settings[:7]} updated",
        f"build {app}-{made[:7]} created",
        "alice deployed 0123abc",
        f"domain {host} added",
        f"domain {host} removed",
        f"User bob was granted access to {app}",
        f"User bob was revoked access to {app}",
        "deleting environment",
    ):
        assert f"INFO [{app}]: {message}" in said


def test_an_account_at_a_registry_is_in_the_apps_namespace(app, push, alice):
    registry = {"username": "bob", "password": "s3", "hostname": "r.example.com"}
    config = {"registry": registry, "values": {"PORT": "5000"}}
    assert alice.post(f"/v2/apps/{app}/config", config).status == 201
    assert push().status == 200
    kube = Kube.load({"KUBECONFIG": str(KUBECONFIG)})
    secret = kube.get(SECRETS, "private-registry", namespace=app)
    kube.close()
    assert secret["type"] == "kubernetes.io/dockerconfigjson"
    told = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))
    assert told == {"auths": {"r.example.com": {"auth": base64.b64encode(b"bob:s3").decode()}}}


def test_a_failed_release_says_why_and_the_app_what_its_procfile_was(create_app, alice):
    """Source: API specification, section 15."""
    path = f"/v2/apps/{create_app(alice)}"
    assert alice.get(path).json["procfile_structure"] == {}
    assert (
        alice.post(f"{path}/config", {"values": {"PORT": "5000", "DEIS_DEPLOY_TIMEOUT": "soon"}}).status
        == 201
    )
    procfile = {"web": "./serve", "worker": "./work"}
    answer = alice.post(f"{path}/builds", {"image": "example/shop:1", "procfile": procfile})
    assert answer.status == 400
    newest, configured, first = alice.get(f"{path}/releases").json["results"]
    assert newest["exception"] == f"error: {answer.json['detail']}"
    assert newest["exception"] == "error: invalid literal for int() with base 10: 'soon'"
    assert (configured["exception"], first["exception"]) == (None, None)
    assert alice.get(path).json["procfile_structure"] == procfile
