"""A database of the version before goes on with everything in it."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import uuid

import pytest

from .conftest import Controller, build_controller_env

TOKENS = {"ada": "ada0" * 10, "ben": "ben0" * 10}
PASSWORD = "as before"
CONFIG = {
    "values": '{"COLOUR": "blue"}',
    "memory": '{"web": "64M"}',
    "cpu": "{}",
    "tags": "{}",
    "registry": "{}",
}
PUBLIC = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAVVAN ada"

USER = """
    INSERT INTO deis_user (username, password, is_superuser, is_staff, is_active, first_name, last_name, email, date_joined)
    VALUES (%s, %s, %s, %s, true, '', '', 'x@example.com', '2026-01-02T03:04:05Z') RETURNING id
"""
TOKEN = "INSERT INTO deis_token (digest, user_id, created) VALUES (%s, %s, now())"
APP = """
    WITH app AS (INSERT INTO deis_app (id, uuid, owner_id, structure, created, updated)
        VALUES (%(app)s, %(uuid)s, 'ada', '{}', now(), now())),
      config AS (INSERT INTO deis_config
          (uuid, app_id, owner_id, values, memory, cpu, tags, registry, healthcheck, created, updated)
        VALUES (%(config)s, %(app)s, 'ada', %(values)s, %(memory)s, %(cpu)s, %(tags)s, %(registry)s, '{}', now(), now())),
      release AS (INSERT INTO deis_release
          (uuid, app_id, owner_id, version, summary, state, config_id, created, updated)
        VALUES (gen_random_uuid(), %(app)s, 'ada', 1, 'ada created initial release', 'good', %(config)s, now(), now())),
      settings AS (INSERT INTO deis_app_settings
          (uuid, app_id, owner_id, maintenance, routable, whitelist, autoscale, label, created, updated)
        VALUES (gen_random_uuid(), %(app)s, 'ada', false, true, '["1.2.3.4"]', '{}', '{"team": "x"}', now(), now())),
      tls AS (INSERT INTO deis_tls (uuid, app_id, owner_id, https_enforced, created, updated)
        VALUES (gen_random_uuid(), %(app)s, 'ada', true, now(), now())),
      domain AS (INSERT INTO deis_domain (app_id, owner_id, domain, created, updated)
        VALUES (%(app)s, 'ada', %(app)s, now(), now()), (%(app)s, 'ben', %(app)s || '.example.com', now(), now())),
      permission AS (INSERT INTO deis_app_permission (app_id, user_id) VALUES (%(app)s, 'ben')),
      key AS (INSERT INTO deis_key (id, uuid, owner_id, public, fingerprint, created, updated)
        VALUES ('ada@before', gen_random_uuid(), 'ada', %(public)s, '00:01', now(), now())),
      tombstone AS (INSERT INTO deis_tombstone (app_uuid, app_id, created)
        VALUES (gen_random_uuid(), 'long-gone', now()))
    INSERT INTO deis_operation (uuid, app_id, app_uuid, kind, state, phase, message, cause, requested_by, priority,
      input, facts, result, owner, attempt, created, started, finished)
    VALUES (gen_random_uuid(), %(app)s, %(uuid)s, 'create', 'succeeded', '', '', '', 'ada', 0, '{}', '{}', '{}', '', 1,
      now() - interval '2 hours', now() - interval '1 hour', now() - interval '1 hour')
"""


def hash_password():
    digest = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"salt", 10)
    return f"pbkdf2_sha256$10$salt${base64.b64encode(digest).decode()}"


def fill(postgres, app):
    """What the version before wrote."""
    names = {"app": app, "uuid": uuid.uuid4(), "config": uuid.uuid4(), "public": PUBLIC}
    with postgres.connect("upgraded") as connection:
        for name, token in TOKENS.items():
            is_admin = name == "ada"
            found = connection.execute(USER, [name, hash_password(), is_admin, is_admin]).fetchone()
            connection.execute(TOKEN, [hashlib.sha256(token.encode()).hexdigest(), found[0]])
        connection.execute(APP, {**names, **CONFIG})


@pytest.fixture(scope="module")
def app():
    return f"ct-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def own(postgres, router, tmp_path_factory, app):
    postgres.create_database("upgraded")
    env = build_controller_env(postgres, "upgraded", router=router)
    command = [sys.executable, "-m", "controller", "manage", "migrate", "controller", "0001"]
    done = subprocess.run(
        command, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    fill(postgres, app)
    server = Controller(env, log=tmp_path_factory.mktemp("upgraded") / "log").start()
    yield server
    server.stop()
    print(server.log.read_text()[-20000:])


@pytest.fixture(scope="module")
def ada(own):
    return own.client(token=TOKENS["ada"], username="ada")


@pytest.fixture(scope="module")
def ben(own):
    return own.client(token=TOKENS["ben"], username="ben")


def test_tokens_and_passwords_are_as_good_as_before(own, ada, ben):
    assert ada.get("/v2/auth/whoami").json["is_superuser"] is True
    assert ben.get("/v2/auth/whoami").json["date_joined"] == "2026-01-02T03:04:05Z"
    answer = own.client().post("/v2/auth/login/", {"username": "ben", "password": PASSWORD})
    assert own.client(token=answer.json["token"]).get("/v2/auth/whoami").json["username"] == "ben"
    assert ben.get("/v2/auth/whoami").status == 200


def test_an_app_has_all_that_it_had(ada, ben, app):
    mine = f"/v2/apps/{app}"
    assert [row["id"] for row in ben.get("/v2/apps").json["results"]] == [app]
    config = ada.get(f"{mine}/config").json
    assert (config["values"], config["memory"]) == ({"COLOUR": "blue"}, {"web": "64M"})
    assert [row["version"] for row in ada.get(f"{mine}/releases").json["results"]] == [1]
    domains = [row["domain"] for row in ada.get(f"{mine}/domains").json["results"]]
    assert domains == [app, f"{app}.example.com"]
    settings = ada.get(f"{mine}/settings").json
    assert (settings["whitelist"], settings["label"]) == (["1.2.3.4"], {"team": "x"})
    assert ada.get(f"{mine}/tls").json["https_enforced"] is True
    assert ada.get(f"{mine}/perms").json == {"users": ["ben"]}
    assert ada.get("/v2/keys/ada@before").json["public"] == PUBLIC
    operation = ada.get(f"{mine}/operations").json["results"][-1]
    assert (operation["kind"], operation["state"]) == ("create", "succeeded")
    assert operation["created"] < operation["started"] == operation["finished"] == operation["updated"]
    assert ada.get(f"{mine}/audit").json["results"] == []


def test_an_app_goes_on_from_there(ada, ben, app):
    try:
        answer = ben.post(f"/v2/apps/{app}/config", {"values": {"COLOUR": "red"}})
        assert answer.status == 201, answer.body
        assert answer.json["memory"] == {"web": "64M"}
        assert [row["version"] for row in ada.get(f"/v2/apps/{app}/releases").json["results"]] == [2, 1]
        assert ada.get(f"/v2/apps/{app}/audit").json["results"][0]["actor"] == "ben"
    finally:
        assert ada.delete(f"/v2/apps/{app}").status == 204
