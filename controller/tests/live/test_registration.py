"""Who may register, who becomes an administrator, and a token for everybody anew.

Each needs a platform of its own. Source: API specification, sections 6.1 and 16.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from .conftest import Controller, build_controller_env

NOT_AUTHENTICATED = {"detail": "Authentication credentials were not provided."}
DENIED = {"detail": "You do not have permission to perform this action."}


@pytest.fixture
def platform(postgres, tmp_path) -> Iterator[Controller]:
    """A controller in front of an empty database, not yet started."""
    name = f"registration_{uuid.uuid4().hex[:8]}"
    postgres.create_database(name)
    server = Controller(build_controller_env(postgres, name), log=tmp_path / "log")
    yield server
    server.stop()
    print(server.log.read_text()[-20000:])


def sign_up(client, username):
    return client.post("/v2/auth/register", {"username": username, "password": f"pw-{username}"})


def test_only_administrators_register_users_once_there_is_one(platform):
    platform.start(REGISTRATION_MODE="admin_only")
    anybody = platform.client()
    root = platform.register("root")
    assert root.get("/v2/auth/whoami").json["is_superuser"] is True
    answer = sign_up(anybody, "second")
    assert (answer.status, answer.json) == (403, NOT_AUTHENTICATED)
    answer = sign_up(root, "second")
    assert (answer.status, answer.json["is_superuser"]) == (201, False)
    body = {"username": "second", "password": "pw-second"}
    second = platform.client(token=anybody.post("/v2/auth/login/", body).json["token"])
    answer = sign_up(second, "third")
    assert (answer.status, answer.json) == (403, DENIED)


def test_nobody_registers_where_registration_is_disabled(platform):
    platform.start(REGISTRATION_MODE="enabled")
    root = platform.register("root")
    platform.stop()
    platform.start(REGISTRATION_MODE="disabled")
    for client in (platform.client(), root):
        answer = sign_up(client, "second")
        assert (answer.status, answer.json) == (403, {"detail": "Registration is disabled"})
    assert [user["username"] for user in root.get("/v2/users").json["results"]] == ["root"]


def test_after_a_new_token_for_everybody_no_old_one_is_good(platform):
    platform.start()
    root, user = platform.register("root"), platform.register("user")
    answer = root.post("/v2/auth/tokens/", {"all": True})
    assert (answer.status, answer.body) == (200, b'""')
    for client in (root, user):
        answer = client.get("/v2/auth/whoami")
        assert (answer.status, answer.json) == (401, {"detail": "Invalid token."})
    body = {"username": "user", "password": "pw-user"}
    token = platform.client().post("/v2/auth/login/", body).json["token"]
    assert platform.client(token=token).get("/v2/auth/whoami").json["username"] == "user"
