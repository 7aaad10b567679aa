"""Apps and permissions over HTTP. Source: API specification, sections 6.3, 6.4 and 16."""

import pytest

WRONG_NAME = (
    "App name must start with an alphabetic character, cannot end with a hyphen "
    "and can only contain a-z (lowercase), 0-9 and hyphens."
)
WRONG_SLUG = 'Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.'
NO_APP = "No App matches the given query."
APP = {"uuid", "id", "owner", "structure", "procfile_structure", "created", "updated"}
DENIED = {"detail": "You do not have permission to perform this action."}


@pytest.mark.parametrize(
    ("name", "problems"),
    [
        ("a" * 64, ["Ensure this field has no more than 63 characters."]),
        ("camelCase", [WRONG_NAME]),
        ("123name-starts-with-numbers", [WRONG_NAME]),
        ("name-ends-with-hyphen-", [WRONG_NAME]),
        ("with.dot", [WRONG_NAME, WRONG_SLUG]),
        ("", ["This field may not be blank."]),
        ("deis", ["deis is a reserved name."]),
        ("deis-builder", ["deis-builder is a reserved name."]),
    ],
)
def test_names_that_can_not_be(alice, name, problems):
    answer = alice.post("/v2/apps", {"id": name})
    assert (answer.status, answer.json) == (400, {"id": problems})


def test_a_namespace_of_that_name_exists(alice):
    answer = alice.post("/v2/apps", {"id": "kube-system"})
    detail = "kube-system already exists as a namespace in this kuberenetes setup"
    assert (answer.status, answer.json) == (409, {"detail": detail})
    assert alice.get("/v2/apps/kube-system").status == 404


def test_structure_must_be_counts(alice):
    for structure in ({"web": -1}, [1], {"web": "x"}):
        assert "structure" in alice.post("/v2/apps", {"id": "x1", "structure": structure}).json


def test_an_app_without_a_name_gets_one(alice):
    answer = alice.post("/v2/apps")
    assert answer.status == 201
    assert set(answer.json) == APP
    adjective, noun = answer.json["id"].split("-")
    assert (len(adjective), len(noun), answer.json["structure"]) == (6, 8, {})
    path = f"/v2/apps/{answer.json['id']}"
    assert alice.get(path).json == answer.json
    assert alice.delete(path).status == 204
    for below in ("", "/containers", "/config", "/releases", "/builds", "/pods", "/logs"):
        answer = alice.get(path + below)
        if below != "/containers":
            assert (answer.status, answer.json) == (404, NO_APP)


def test_a_procfile_may_be_given_with_a_new_app(alice):
    """Source: API specification, section 15."""
    answer = alice.post("/v2/apps", {"procfile_structure": {"web": "./serve", "of any": ["form"]}})
    assert answer.json["procfile_structure"] == {"web": "./serve", "of any": ["form"]}
    path = f"/v2/apps/{answer.json['id']}"
    assert alice.get(path).json == answer.json
    assert alice.delete(path).status == 204
    answer = alice.post("/v2/apps", {"procfile_structure": "web"})
    assert (answer.status, list(answer.json)) == (400, ["procfile_structure"])


def test_a_taken_name(app, bob):
    answer = bob.post("/v2/apps", {"id": app})
    assert (answer.status, answer.json) == (400, {"id": ["Application with this id already exists."]})


def test_what_a_new_app_has(app, alice):
    release = alice.get(f"/v2/apps/{app}/releases/v1").json
    assert release["summary"] == "alice created initial release"
    assert (release["build"], release["failed"]) == (None, False)
    assert [d["domain"] for d in alice.get(f"/v2/apps/{app}/domains").json["results"]] == [app]
    assert alice.get(f"/v2/apps/{app}/pods").json == {"results": [], "count": 0}
    assert alice.get(f"/v2/apps/{app}/builds").json["count"] == 0
    assert alice.get(f"/v2/apps/{app}/tls").json["https_enforced"] is None


def test_without_a_build(app, alice):
    for path, data, detail in (
        ("scale", {"web": 1}, "No build associated with this release"),
        ("run", {"command": "ls"}, "No build associated with this release to run this command"),
        ("run", {}, "command is a required field"),
        ("releases/rollback", None, "version cannot be below 0"),
        ("releases/rollback", {"version": 1}, "Cannot roll back to initial release."),
        ("releases/rollback", {"version": 99}, "Release matching query does not exist."),
        ("releases/rollback", {"version": "v2"}, "invalid literal for int() with base 10: 'v2'"),
    ):
        answer = alice.post(f"/v2/apps/{app}/{path}", data)
        assert (answer.status, answer.json) == (400, {"detail": detail}), path


def test_lookups_below_an_app(app, alice):
    for path, text in (
        ("releases/v99", "No Release matches the given query."),
        ("builds/nope", "No Build matches the given query."),
        ("operations/nope", "No Operation matches the given query."),
    ):
        answer = alice.get(f"/v2/apps/{app}/{path}")
        assert (answer.status, answer.json) == (404, text)
    answer = alice.delete(f"/v2/apps/{app}/domains/nope.example.com")
    assert (answer.status, answer.json) == (404, "No Domain matches the given query.")


def test_lists_hold_what_one_may_use(create_app, admin, alice, bob):
    mine, theirs = create_app(alice), create_app(bob)

    def names(client):
        return [app["id"] for app in client.get("/v2/apps?limit=1000").json["results"]]

    assert mine in names(alice)
    assert theirs not in names(alice)
    assert {mine, theirs} <= set(names(admin))
    assert names(admin) == sorted(names(admin))


def test_transfer(create_app, controller, admin, alice, bob):
    app = create_app(alice)
    carl = controller.register("carl")
    path = f"/v2/apps/{app}"
    assert alice.post(f"{path}/config", {"values": {"A": "1"}}).status == 201
    assert alice.post(f"{path}/perms", {"username": "bob"}).status == 201
    assert bob.post(f"{path}/config", {"values": {"B": "1"}}).status == 201
    assert bob.post(path, {"owner": "bob"}).status == 403
    assert alice.post(path, {"owner": "nobody"}).status == 404
    answer = alice.post(path, {"owner": "carl"})
    assert (answer.status, answer.body) == (200, b"")
    assert alice.get(path).status == 403
    assert carl.get(path).json["owner"] == "carl"
    assert carl.get(f"{path}/config").json["owner"] == "bob"
    owners = [release["owner"] for release in carl.get(f"{path}/releases").json["results"]]
    assert owners == ["bob", "carl", "carl"]
    assert admin.post(path, {"owner": "alice"}).status == 200
    assert alice.post(path).status == 200


def test_permissions(create_app, admin, alice, bob):
    app = create_app(alice)
    path = f"/v2/apps/{app}/perms"

    def is_listed():
        return app in [each["id"] for each in bob.get("/v2/apps?limit=1000").json["results"]]

    for below in ("", "/builds", "/config", "/pods", "/releases"):
        answer = bob.get(f"/v2/apps/{app}{below}")
        assert (answer.status, answer.json) == (403, DENIED), below
    assert not is_listed()
    assert bob.get(path).status == 403
    answer = alice.post(path, {"username": "bob"})
    assert (answer.status, answer.body) == (201, b"")
    assert alice.post(f"{path}/", {"username": "bob"}).status == 201
    assert alice.post(path, {"username": "nobody"}).status == 404
    assert alice.post(path, {}).status == 400
    assert bob.get(path).json == {"users": ["bob"]}
    assert is_listed()
    for below in ("", "/builds", "/config", "/pods", "/releases"):
        assert bob.get(f"/v2/apps/{app}{below}").status == 200, below
    assert bob.post(path, {"username": "admin"}).status == 403
    assert bob.delete(f"/v2/apps/{app}").status == 403
    assert bob.delete(f"{path}/alice").status == 403
    answer = bob.delete(f"{path}/bob")
    assert (answer.status, answer.body) == (204, b"")
    assert not is_listed()
    assert alice.delete(f"{path}/bob").status == 403
    assert alice.delete(f"{path}/nobody").status == 404
    assert alice.delete(f"{path}/admin").status == 204
    assert bob.get(f"/v2/apps/{app}/releases").json == DENIED


def test_an_operation_can_be_asked_for_later(create_app, alice):
    app = create_app(alice)
    answer = alice.post(f"/v2/apps/{app}/config", {"values": {"A": "1"}}, Prefer="respond-async")
    assert answer.status == 202
    assert answer.headers["Preference-Applied"] == "respond-async"
    operation = alice.get(answer.headers["Location"]).json
    assert (operation["kind"], operation["app"]) == ("config", app)


def test_the_same_key_is_the_same_operation(create_app, alice):
    app = create_app(alice)
    path = f"/v2/apps/{app}/config"
    first = alice.post(path, {"values": {"A": "1"}}, Idempotency_Key="k1")
    again = alice.post(path, {"values": {"A": "1"}}, Idempotency_Key="k1")
    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert alice.get(f"/v2/apps/{app}/releases").json["count"] == 2
    answer = alice.post(f"/v2/apps/{app}/releases/rollback", {"version": 2}, Idempotency_Key="k1")
    assert answer.status == 409
