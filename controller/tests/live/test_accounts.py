"""Users over HTTP. Source: API specification, sections 2, 6.1, 6.2 and 16."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

USER = {
    "email",
    "username",
    "first_name",
    "last_name",
    "is_superuser",
    "is_staff",
    "groups",
    "user_permissions",
    "last_login",
    "date_joined",
    "is_active",
}
WRONG_USERNAME = (
    "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."
)


def test_first_user_is_admin_and_second_is_not(admin, alice):
    assert admin.get("/v2/auth/whoami").json["is_superuser"] is True
    assert alice.get("/v2/auth/whoami/").json["is_superuser"] is False


def test_registration_ignores_what_a_user_may_not_decide(controller, admin):
    answer = controller.client().post(
        "/v2/auth/register/", {"username": "greedy", "password": "x", "is_superuser": True, "is_staff": True}
    )
    assert answer.status == 201
    assert set(answer.json) == USER
    assert (answer.json["is_superuser"], answer.json["is_staff"], answer.json["email"]) == (False, False, "")


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({}, {"username": ["This field is required."], "password": ["This field is required."]}),
        (
            {"username": "", "password": ""},
            {"username": ["This field may not be blank."], "password": ["This field may not be blank."]},
        ),
        ({"username": "a b", "password": "x"}, {"username": [WRONG_USERNAME]}),
        ({"username": "alice", "password": "x"}, {"username": ["A user with that username already exists."]}),
        (
            {"username": "AnonymousUser", "password": "x"},
            {"username": ["A user with that username already exists."]},
        ),
        (
            {"username": "mail", "password": "x", "email": "nope"},
            {"email": ["Enter a valid email address."]},
        ),
        (
            {"username": "u" * 151, "password": "x"},
            {"username": ["Ensure this field has no more than 150 characters."]},
        ),
    ],
)
def test_registration_refuses(controller, alice, fields, problems):
    answer = controller.client().post("/v2/auth/register", fields)
    assert (answer.status, answer.json) == (400, problems)


def test_login(controller, alice):
    anybody = controller.client()
    wrong = {"non_field_errors": ["Unable to log in with provided credentials."]}
    for username, password in (("alice", "nope"), ("nobody", "pw-alice")):
        answer = anybody.post("/v2/auth/login/", {"username": username, "password": password})
        assert (answer.status, answer.json) == (400, wrong)
    answer = anybody.post("/v2/auth/login/", {"username": "alice"})
    assert answer.json == {"password": ["This field is required."]}
    answer = anybody.post("/v2/auth/login/", {"username": "alice", "password": "pw-alice"})
    token = answer.json["token"]
    assert len(token) == 40
    assert token != alice.token
    for each in (token, alice.token):
        assert controller.client(token=each).get("/v2/").status == 200


def test_tokens_are_not_in_the_database(controller, postgres, alice):
    with postgres.connect("controller") as connection:
        rows = connection.execute("SELECT digest FROM deis_token").fetchall()
    assert alice.token not in {row[0] for row in rows}


def test_passwords(controller, admin):
    carol = controller.register("carol")
    path = "/v2/auth/passwd"
    for data, status, detail in (
        ({}, 400, "new_password is a required field"),
        ({"new_password": "new"}, 400, "password is a required field"),
        ({"new_password": "new", "password": "wrong"}, 401, "Current password does not match"),
        (
            {"new_password": "new", "username": "admin"},
            403,
            "You do not have permission to perform this action.",
        ),
    ):
        answer = carol.post(path, data)
        assert (answer.status, answer.json) == (status, {"detail": detail})
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["WWW-Authenticate"] == ("Token" if status == 401 else None)
    answer = carol.post(path, {"new_password": "new", "password": "pw-carol", "username": "carol"})
    assert (answer.status, answer.json) == (200, {"status": "password set"})
    assert carol.get("/v2/").status == 200
    old = controller.client().post("/v2/auth/login/", {"username": "carol", "password": "pw-carol"})
    assert old.status == 400
    assert admin.post(path, {"new_password": "newer", "username": "carol"}).status == 200
    answer = admin.post(path, {"new_password": "newer", "username": "nobody"})
    assert (answer.status, answer.json) == (404, "No User matches the given query.")


def test_tokens(controller, admin, alice):
    dave = controller.register("dave")
    answer = dave.post("/v2/auth/tokens/")
    assert answer.status == 200
    assert dave.get("/v2/").json == {"detail": "Invalid token."}
    dave.token = answer.json["token"]
    for data in ({"username": "dave"}, {"all": True}):
        assert dave.post("/v2/auth/tokens/", data).status == 403
    answer = admin.post("/v2/auth/tokens/", {"username": "dave"})
    assert controller.client(token=answer.json["token"]).get("/v2/auth/whoami").json["username"] == "dave"
    assert admin.post("/v2/auth/tokens/", {"username": "nobody"}).status == 404
    assert controller.client().post("/v2/auth/tokens/").status == 401


def test_users_leave(controller, admin):
    erin, frank = controller.register("erin"), controller.register("frank")
    assert erin.delete("/v2/auth/cancel/", {"username": "frank"}).status == 403
    assert admin.delete("/v2/auth/cancel", {"username": "frank"}).status == 204
    assert frank.get("/v2/").status == 401
    assert erin.delete("/v2/auth/cancel").status == 204
    assert erin.get("/v2/").status == 401
    answer = admin.delete("/v2/auth/cancel", {"username": "frank"})
    assert (answer.status, answer.json) == (404, "No User matches the given query.")


def test_an_owner_of_apps_can_not_leave(app, alice):
    answer = alice.delete("/v2/auth/cancel")
    detail = "alice still has applications assigned. Delete or transfer ownership"
    assert (answer.status, answer.json) == (409, {"detail": detail})


def test_inactive_users_are_refused(controller, postgres, admin):
    gina = controller.register("gina")
    with postgres.connect("controller") as connection:
        connection.execute("UPDATE deis_user SET is_active = false WHERE username = 'gina'")
    assert gina.get("/v2/").json == {"detail": "User inactive or deleted."}
    answer = controller.client().post("/v2/auth/login/", {"username": "gina", "password": "pw-gina"})
    assert answer.status == 400


def test_lists_for_administrators(admin, alice):
    denied = {"detail": "You do not have permission to perform this action."}
    for path in ("/v2/users", "/v2/users/", "/v2/admin/perms/"):
        assert admin.get(path).status == 200
        answer = alice.get(path)
        assert (answer.status, answer.json) == (403, denied)
    names = [user["username"] for user in admin.get("/v2/users").json["results"]]
    assert names == sorted(names)


def test_administrators_are_made_and_unmade(controller, admin):
    helen = controller.register("helen.of-troy@x")
    assert admin.post("/v2/admin/perms", {"username": helen.username}).status == 201
    listed = admin.get("/v2/admin/perms").json["results"]
    assert {"username": helen.username, "is_superuser": True} in listed
    assert helen.get("/v2/users").status == 200
    assert admin.delete(f"/v2/admin/perms/{helen.username}").status == 204
    assert admin.delete(f"/v2/admin/perms/{helen.username}/").status == 204
    assert helen.get("/v2/users").status == 403
    assert admin.post("/v2/admin/perms", {"username": "nobody"}).status == 404
    assert admin.post("/v2/admin/perms", {}).status == 400
    assert admin.delete("/v2/admin/perms/nobody").status == 404


RSA = "AAAAB3NzaC1yc2EAAAADAQABAAAAgQ"
ED25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIAPYa7ztrkGyl/LSpBxv0DjPej74GCSVItX9Y2+/zxc+"


def test_keys(alice, bob):
    answer = alice.post("/v2/keys", {"id": "alice@x/1", "public": f"  ssh-ed25519 {ED25519} alice@x  "})
    assert answer.status == 201
    assert set(answer.json) == {"uuid", "owner", "created", "updated", "id", "public", "fingerprint"}
    assert answer.json["fingerprint"] == "75:9a:b3:81:13:40:c2:78:32:aa:e3:b4:93:2a:12:c9"
    assert answer.json["public"] == f"ssh-ed25519 {ED25519} alice@x"
    assert alice.get("/v2/keys/alice@x/1").json == answer.json
    for client, key, public, problems in (
        (bob, "alice@x/1", "ssh-rsa AAAA", {"id": ["SSH Key with this id already exists."]}),
        (bob, "bob", f"ssh-ed25519 {ED25519} alice@x", {"public": ["Public Key is already in use"]}),
        (bob, "bob", f"ssh-ed25519 {ED25519} bob@x", {"public": ["Public Key is already in use"]}),
        (bob, "bob", "ssh-rsa foo_bar", {"public": ["Key contains invalid base64 chars"]}),
        (bob, "bob", "onlyone", {"public": ["Key contains invalid base64 chars"]}),
        (bob, "", "", {"id": ["This field may not be blank."], "public": ["This field may not be blank."]}),
    ):
        answer = client.post("/v2/keys/", {"id": key, "public": public})
        assert (answer.status, answer.json) == (400, problems)
    for client in (bob,):
        answer = client.get("/v2/keys/alice@x/1")
        assert (answer.status, answer.json) == (404, "No Key matches the given query.")
    assert alice.delete("/v2/keys/alice@x/1").status == 204
    assert alice.delete("/v2/keys/alice@x/1").status == 404


def make_rsa():
    return rsa.generate_private_key(65537, 2048)


def make_ecdsa():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize("make", [make_rsa, make_ecdsa, ed25519.Ed25519PrivateKey.generate])
def test_keys_of_every_kind_are_taken_from_everybody(admin, bob, make):
    """Fingerprints are MD5, as ``ssh-keygen -E md5`` prints them."""
    for client in (admin, bob):
        public = make().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        name = f"{client.username}@{make.__name__}"
        answer = client.post("/v2/keys", {"id": name, "public": f"{public} {name}"})
        assert answer.status == 201, answer.body
        digest = hashlib.md5(base64.b64decode(public.split()[1]), usedforsecurity=False).hexdigest()
        assert answer.json["fingerprint"] == ":".join(digest[at : at + 2] for at in range(0, 32, 2))
        assert client.delete(f"/v2/keys/{name}").status == 204
