"""What the builder calls. Source: API specification, section 9.7; build specification, section 6."""

import uuid

import pytest

PUBLIC = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQ== bob"


@pytest.fixture(scope="module")
def fingerprint(bob):
    return bob.post("/v2/keys", {"id": "hooks", "public": PUBLIC}).json["fingerprint"]


def test_only_the_builder(controller, admin, builder):
    paths = [("GET", "/v2/hooks/key/aa"), ("GET", "/v2/hooks/keys/x"), ("POST", "/v2/hooks/config/")]
    for method, path in paths:
        assert controller.client().call(method, path).status == 401
        assert admin.call(method, path).status == 403
        wrong = {"X_Deis_Builder_Auth": "wrong"}
        assert controller.client().call(method, path, **wrong).status == 401
        assert builder.call(method, path, Authorization="token nope").status == 401


def test_whose_key(app, create_app, fingerprint, bob, builder):
    mine = create_app(bob)
    answer = builder.get(f"/v2/hooks/key/{fingerprint}")
    assert answer.status == 200
    assert answer.json["username"] == "bob"
    assert mine in answer.json["apps"]
    assert app not in answer.json["apps"]
    assert list(answer.json["app_uuids"]) == answer.json["apps"]
    assert answer.json["app_uuids"][mine] == bob.get(f"/v2/apps/{mine}").json["uuid"]
    answer = builder.get("/v2/hooks/key/00:11")
    assert (answer.status, answer.json) == (404, "No Key matches the given query.")


def test_keys_of_an_app(create_app, fingerprint, alice, bob, builder):
    app = create_app(alice)
    assert builder.get(f"/v2/hooks/keys/{app}").json == {}
    assert builder.get(f"/v2/hooks/keys/{app}/bob").status == 403
    alice.post(f"/v2/apps/{app}/perms", {"username": "bob"})
    wanted = {"bob": [{"key": PUBLIC, "fingerprint": fingerprint}]}
    assert builder.get(f"/v2/hooks/keys/{app}/").json == wanted
    assert builder.get(f"/v2/hooks/keys/{app}/bob").json == wanted
    answer = builder.get(f"/v2/hooks/keys/{app}/admin")
    assert (answer.status, answer.json) == (404, {"detail": "No Keys match the given query."})
    assert builder.get(f"/v2/hooks/keys/{app}/nobody").json == "No User matches the given query."
    assert builder.get("/v2/hooks/keys/nope-1").json == "No App matches the given query."


def test_config(app, alice, bob, builder):
    data = {"receive_user": "alice", "receive_repo": app}
    answer = builder.post("/v2/hooks/config/", data)
    assert (answer.status, answer.json) == (200, alice.get(f"/v2/apps/{app}/config").json)
    assert builder.post("/v2/hooks/config", {**data, "receive_user": "bob"}).status == 403
    assert builder.post("/v2/hooks/config", {**data, "receive_user": "nobody"}).status == 404
    assert builder.post("/v2/hooks/config", {**data, "receive_repo": "nope-1"}).status == 404
    assert builder.post("/v2/hooks/config", {}).status == 400


def test_a_push_to_an_app_that_has_gone_does_not_reach_the_next_one_of_its_name(app, alice, builder):
    data = {"receive_user": "alice", "receive_repo": app}
    current = alice.get(f"/v2/apps/{app}").json["uuid"]
    assert builder.post("/v2/hooks/config", {**data, "receive_uuid": current}).status == 200
    earlier = {**data, "receive_uuid": str(uuid.uuid4())}
    said = {"detail": f"{app} was destroyed and created again since this push began. Push again."}
    answer = builder.post("/v2/hooks/config", earlier)
    assert (answer.status, answer.json) == (404, said)
    answer = builder.post("/v2/hooks/build", {**earlier, "image": "x"})
    assert (answer.status, answer.json) == (404, said)


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({}, {"image": ["This field is required."]}),
        ({"image": ""}, {"image": ["This field may not be blank."]}),
        ({"image": "x", "procfile": None}, {"procfile": ["This field may not be null."]}),
        (
            {"image": "x", "procfile": {"worker_test": "x"}},
            {"procfile": ["Process types can only contain lowercase alphanumeric characters"]},
        ),
        (
            {"image": "x", "procfile": {"web": ""}},
            {"procfile": ["Command can't be empty for process type"]},
        ),
        (
            {"image": "x", "sha": "a" * 41},
            {"sha": ["Ensure this field has no more than 40 characters."]},
        ),
    ],
)
def test_malformed_builds(app, alice, builder, fields, problems):
    answer = builder.post("/v2/hooks/build/", {"receive_user": "alice", "receive_repo": app, **fields})
    assert (answer.status, answer.json) == (400, problems)
    answer = alice.post(f"/v2/apps/{app}/builds", fields)
    assert (answer.status, answer.json) == (400, problems)


@pytest.mark.parametrize(
    "key", ["home/{app}:git-0123abcd/push/slug.tgz", "home/{app}:x/../other:git-0123abcd/push/slug.tgz"]
)
def test_a_user_can_not_name_a_slug_that_the_app_never_had(app, alice, key):
    """It may be a destroyed app's of the same name."""
    before = alice.get(f"/v2/apps/{app}/releases").json["count"]
    image = key.format(app=app)
    answer = alice.post(
        f"/v2/apps/{app}/builds", {"image": image, "sha": "0123abcd", "procfile": {"web": "x"}}
    )
    assert (answer.status, answer.json) == (400, {"detail": f"The slug {image} does not belong to {app}"})
    assert alice.get(f"/v2/apps/{app}/releases").json["count"] == before
