"""The trail of changes: who changed what from where. Source: design, section 9; the manual, "The trail of changes"."""

from __future__ import annotations

import json
import uuid
from typing import Any

import psycopg
import pytest

from kit.waiting import wait_for

ADDRESS = "203.0.113.50"
AGENT = "Deis Client v3"
SECRET = "hunter2-of-the-trail"
PUBLIC = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAATRAI paula"


@pytest.fixture(scope="module")
def paula(controller, admin):
    client = controller.register("paula")
    client.headers.update({"X-Forwarded-For": ADDRESS, "User-Agent": AGENT})
    return client


@pytest.fixture(scope="module")
def app(create_app, paula):
    return create_app(paula)


def read(client, path="/v2/audit?limit=1000"):
    answer = client.get(path)
    assert answer.status == 200, answer.body
    return answer.json["results"]


def find(client, action, *, path="/v2/audit?limit=1000", **fields):
    """The newest entry of that action with these fields."""
    wanted = {"action": action, **fields}
    return next((row for row in read(client, path) if wanted.items() <= row.items()), None)


def test_an_entry_says_who_what_when_and_from_where(admin, paula):
    assert paula.post("/v2/keys", {"id": "paula@laptop", "public": PUBLIC}).status == 201
    entry = find(admin, "key.add", actor="paula")
    assert entry["number"] > 0
    assert {name: value for name, value in entry.items() if name not in ("number", "time")} == {
        "actor": "paula",
        "address": ADDRESS,
        "agent": AGENT,
        "action": "key.add",
        "target": "paula@laptop",
        "app": None,
        "outcome": "succeeded",
        "details": {},
        "operation": None,
    }
    assert paula.delete("/v2/keys/paula@laptop").status == 204
    assert find(admin, "key.remove", actor="paula")["target"] == "paula@laptop"


def test_what_was_refused_changed_nothing_and_is_not_told(admin, paula):
    before = len(read(admin, "/v2/audit?actor=paula&limit=1000"))
    assert paula.post("/v2/keys", {"id": "x", "public": "nonsense"}).status == 400
    assert paula.delete("/v2/keys/no-such-key").status == 404
    assert paula.post("/v2/admin/perms", {"username": "paula"}).status == 403
    assert paula.get("/v2/keys").status == 200
    assert len(read(admin, "/v2/audit?actor=paula&limit=1000")) == before


def test_accounts(controller, admin):
    anybody = controller.client(headers={"X-Forwarded-For": ADDRESS})
    fields = {"username": "quinn", "password": SECRET}
    assert anybody.post("/v2/auth/register", {**fields, "email": ""}).status == 201
    assert find(admin, "user.register", actor="quinn", target="quinn", address=ADDRESS)
    assert anybody.post("/v2/auth/login/", {**fields, "password": "wrong"}).status == 400
    assert find(admin, "user.login", actor="quinn") is None
    quinn = controller.client(token=anybody.post("/v2/auth/login/", fields).json["token"])
    assert find(admin, "user.login", actor="quinn", address=ADDRESS)
    assert quinn.post("/v2/auth/passwd", {"password": SECRET, "new_password": f"{SECRET}2"}).status == 200
    assert find(admin, "user.password", actor="quinn")
    assert admin.post("/v2/admin/perms", {"username": "quinn"}).status == 201
    assert find(admin, "admin.grant", actor="admin", target="quinn")
    assert admin.delete("/v2/admin/perms/quinn").status == 204
    assert find(admin, "admin.revoke", actor="admin", target="quinn")
    assert admin.post("/v2/auth/tokens/", {"username": "quinn"}).status == 200
    assert find(admin, "token.regenerate", actor="admin", target="quinn")
    assert admin.delete("/v2/auth/cancel", {"username": "quinn"}).status == 204
    assert find(admin, "user.cancel", actor="admin", target="quinn")
    assert find(admin, "user.register", actor="quinn"), "the trail outlives the user"


def test_a_user_is_told_by_the_name_that_was_stored(controller, admin):
    anybody = controller.client(headers={"X-Forwarded-For": ADDRESS})
    assert (
        anybody.post("/v2/auth/register", {"username": "  tess ", "password": "pw", "email": ""}).status
        == 201
    )
    assert find(admin, "user.register", actor="tess")
    assert anybody.post("/v2/auth/register", {"username": 1234, "password": "pw", "email": ""}).status == 201
    assert find(admin, "user.register", actor="1234")
    assert anybody.post("/v2/auth/login/", {"username": 1234, "password": "pw"}).status == 200
    assert find(admin, "user.login", actor="1234")


def test_an_operation_of_an_app_that_does_not_exist_yet_can_be_cancelled(paula, admin, postgres):
    """It waits for one that somebody else is at."""
    name = f"ct-{uuid.uuid4().hex[:8]}"
    with postgres.connect("controller") as connection:
        connection.execute(
            "INSERT INTO deis_operation (uuid, app_id, kind, state, phase, message, cause, requested_by, priority, input,"
            " facts, owner, attempt, lease_until, created) VALUES (gen_random_uuid(), %s, 'create', 'running', '', '', '',"
            " '', 0, '{}', '{}', 'somebody', 1, 'infinity', now())",
            [name],
        )
        asked = paula.post("/v2/apps", {"id": name}, Prefer="respond-async")
        assert asked.status == 202, asked.body
        answer = paula.post(f"{asked.json['url']}/cancel")
        assert (answer.status, answer.json["state"]) == (200, "cancelled")
        connection.execute("DELETE FROM deis_operation WHERE app_id = %s AND owner = 'somebody'", [name])
    entry = find(admin, "operation.cancel", actor="paula")
    assert (entry["app"], entry["target"]) == (name, asked.json["uuid"])


def test_everything_about_an_app(app, paula, bob, builder):
    mine = f"/v2/apps/{app}"
    trail = f"{mine}/audit?limit=1000"
    created = find(paula, "app.create", path=trail)
    assert (created["actor"], created["address"], created["app"]) == ("paula", ADDRESS, app)
    domain = f"{app}.example.com"
    steps: list[tuple[str, str, Any, int, dict[str, Any]]] = [
        ("POST", "perms", {"username": "bob"}, 201, {"action": "permission.grant", "target": "bob"}),
        ("POST", "domains", {"domain": domain}, 201, {"action": "domain.add", "target": domain}),
        ("DELETE", f"domains/{domain}", None, 204, {"action": "domain.remove", "target": domain}),
        (
            "POST",
            "settings",
            {"maintenance": True, "label": {"a": SECRET}},
            201,
            {
                "action": "settings.change",
                "details": {"fields": ["label", "maintenance"], "maintenance": True},
            },
        ),
        (
            "POST",
            "whitelist",
            {"addresses": ["1.2.3.4"]},
            201,
            {"action": "whitelist.add", "details": {"addresses": ["1.2.3.4"]}},
        ),
        (
            "DELETE",
            "whitelist",
            {"addresses": ["1.2.3.4"]},
            204,
            {"action": "whitelist.remove", "details": {"addresses": ["1.2.3.4"]}},
        ),
        (
            "POST",
            "tls",
            {"https_enforced": True},
            201,
            {"action": "tls.change", "details": {"https_enforced": True}},
        ),
        ("POST", "", {}, 200, {"action": "app.update"}),
    ]
    for verb, path, data, status, entry in steps:
        answer = paula.call(verb, f"{mine}/{path}".rstrip("/"), data)
        assert answer.status == status, (path, answer.body)
        expected = {**entry, "actor": "paula", "app": app, "address": ADDRESS}
        newest = read(paula, trail)[0]
        assert expected.items() <= newest.items(), newest
    newest = read(paula, trail)[0]
    assert paula.post(f"{mine}/run", {"command": f"echo {SECRET}"}).status == 400  # there is no code yet
    assert paula.post(f"{mine}/run", {"command": f"echo {SECRET}", "interactive": True}).status == 400
    assert read(paula, trail)[0] == newest, "what was refused is not told"
    assert paula.delete(f"{mine}/perms/bob").status == 204
    assert find(paula, "permission.revoke", path=trail, target="bob")


def test_operations_are_told_when_they_end(app, paula, admin):
    config = {"values": {"PASSWORD": SECRET, "PORT": "5000"}, "registry": {"password": SECRET}}
    answer = paula.post(f"/v2/apps/{app}/config", config)
    assert answer.status == 201, answer.body
    entry = read(paula, f"/v2/apps/{app}/audit")[0]
    assert (entry["action"], entry["actor"], entry["address"]) == ("config.change", "paula", ADDRESS)
    assert entry["outcome"] == "succeeded"
    names = {"set": {"registry": ["password"], "values": ["PASSWORD", "PORT"]}, "unset": {}}
    assert entry["details"] == {**names, "release": "v2"}
    assert paula.get(f"/v2/apps/{app}/operations/{entry['operation']}").json["kind"] == "config"
    assert paula.post(f"/v2/apps/{app}/config", config).status == 409  # nothing changes
    assert read(paula, f"/v2/apps/{app}/audit")[0] == entry


def test_no_secret_is_ever_in_it(app, paula, admin, postgres):
    assert paula.post(f"/v2/apps/{app}/config", {"values": {"TOKEN": SECRET, "PORT": "5001"}}).status == 201
    with postgres.connect("controller") as connection:
        rows = connection.execute("SELECT to_jsonb(deis_audit)::text FROM deis_audit").fetchall()
    assert rows
    assert [text for (text,) in rows if SECRET in text] == []


def test_who_may_read_it(app, controller, paula, admin, bob):
    paula.post(f"/v2/apps/{app}/perms", {"username": "bob"})
    try:
        assert {entry["actor"] for entry in read(paula, f"/v2/apps/{app}/audit?actor=paula")} == {"paula"}
        assert read(paula, f"/v2/apps/{app}/audit?actor=bob") == []
        assert admin.get(f"/v2/apps/{app}/audit").status == 200
        assert bob.get(f"/v2/apps/{app}/config").status == 200
        assert bob.get(f"/v2/apps/{app}/audit").status == 403
        assert paula.get("/v2/audit").status == 403
        assert controller.client().get("/v2/audit").status == 401
    finally:
        paula.delete(f"/v2/apps/{app}/perms/bob")


def test_it_has_pages(app, paula, admin):
    for number in range(3):
        paula.post("/v2/keys", {"id": f"trail{number}", "public": f"ssh-rsa {'TRAI' * (number + 3)}"})
    first = admin.get("/v2/audit?actor=paula&limit=2").json
    second = admin.get("/v2/audit?actor=paula&limit=2&offset=2").json
    numbers = [row["number"] for row in (*first["results"], *second["results"])]
    assert numbers == sorted(numbers, reverse=True)
    assert (len(numbers), "offset=2" in first["next"], first["count"] > 3) == (4, True, True)
    assert {row["app"] for row in read(admin, f"/v2/audit?app={app}")} == {app}


def test_a_new_app_does_not_show_what_was_done_to_an_old_one_of_its_name(
    controller, create_app, paula, admin
):
    name = create_app(paula)
    paula.post(f"/v2/apps/{name}/perms", {"username": "admin"})
    assert paula.delete(f"/v2/apps/{name}").status == 204
    rita = controller.register("rita")
    wait_for(lambda: rita.post("/v2/apps", {"id": name}).status == 201 or None, what="the name", timeout=40)
    try:
        assert {row["actor"] for row in read(rita, f"/v2/apps/{name}/audit")} == {"rita"}
        actions = [row["action"] for row in read(admin, f"/v2/audit?app={name}")]
        assert actions == ["app.create", "app.destroy", "permission.grant", "app.create"]
    finally:
        assert rita.delete(f"/v2/apps/{name}").status == 204


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE deis_audit SET actor = 'somebody else'",
        "UPDATE deis_audit SET actor = 'somebody else' WHERE false",
        "DELETE FROM deis_audit",
        "DELETE FROM deis_audit WHERE number = 1",
        "TRUNCATE deis_audit",
        (
            "INSERT INTO deis_audit (number, actor, address, agent, action, target, app_id, outcome, details)"
            " SELECT number, 'x', '', '', '', '', '', '', '{}' FROM deis_audit LIMIT 1"
            " ON CONFLICT (number) DO UPDATE SET actor = 'x'"
        ),
    ],
)
def test_the_database_refuses_to_change_what_is_written(postgres, admin, statement):
    with (
        postgres.connect("controller") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"),
    ):
        connection.execute(statement)


def test_a_change_and_its_entry_are_one(controller, postgres, admin):
    """What can't be told is not done."""
    sam = controller.register("sam")
    key = {"id": "sam", "public": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAASAM0 sam"}
    name = f"refuse_{uuid.uuid4().hex}"
    with postgres.connect("controller") as connection:
        connection.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF NEW.actor = 'sam' THEN RAISE 'no'; END IF; RETURN NEW; END $$"
        )
        connection.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON deis_audit FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
        try:
            answer = sam.post("/v2/keys", key)
            assert (answer.status, json.loads(answer.body)) == (500, {"detail": "Server Error"})
            assert sam.get("/v2/keys").json["count"] == 0
        finally:
            connection.execute(f"DROP FUNCTION {name} CASCADE")
    assert sam.post("/v2/keys", key).status == 201
