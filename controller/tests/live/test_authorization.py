"""Every route, every verb, every kind of caller, with real requests. Source: API specification, section 2."""

from __future__ import annotations

import pytest

from .tables import MATRIX, Rule, build_path

DENIED = {"detail": "You do not have permission to perform this action."}
NOT_AUTHENTICATED = {"detail": "Authentication credentials were not provided."}
PEOPLE = ("stranger", "former", "friend", "owner", "admin")
"""With a token. ``friend`` is a collaborator, ``former`` was one."""
AUTHENTICATED = frozenset(PEOPLE)
USERS = frozenset({"friend", "owner", "admin"})
OWNERS = frozenset({"owner", "admin"})
EVERYBODY = frozenset({*PEOPLE, "nobody", "builder"})

ALLOWED: dict[Rule, frozenset[str]] = {
    Rule.ANYONE: EVERYBODY,
    Rule.REGISTRATION: EVERYBODY,
    Rule.USER: AUTHENTICATED,
    Rule.TARGET: frozenset({"admin"}),  # asked about somebody else
    Rule.ADMIN: frozenset({"admin"}),
    Rule.BUILDER: frozenset({"builder"}),
    Rule.APP_USER: USERS,
    Rule.APP_OWNER: OWNERS,
    Rule.OPERATION: USERS,
    Rule.GRANTEE: OWNERS,  # asked about somebody else
}
"""Whom a rule lets through. A rule that is missing here fails the walk."""

BODIES: dict[tuple[str, str], dict[str, object]] = {
    ("apps", "POST"): {"id": "-"},
    ("passwd", "POST"): {"username": "granted", "new_password": "x"},
    ("tokens", "POST"): {"username": "granted"},
    ("cancel", "DELETE"): {"username": "granted"},
    ("tls", "POST"): {"https_enforced": "nonsense"},
    ("settings", "POST"): {"maintenance": "nonsense"},
}
"""What is sent, where ``{}`` would change something that matters to another test, or be about the caller."""


@pytest.fixture(scope="module")
def people(controller, create_app, admin, builder):
    """Everybody by role, and the app that they are asked about."""
    clients = {name: controller.register(name) for name in ("stranger", "former", "friend", "owner")}
    controller.register("granted")
    app = create_app(clients["owner"])
    for name in ("friend", "former", "granted"):
        assert clients["owner"].post(f"/v2/apps/{app}/perms", {"username": name}).status == 201
    assert clients["owner"].delete(f"/v2/apps/{app}/perms/former").status == 204
    return app, {**clients, "admin": admin, "nobody": controller.client(), "builder": builder}


def is_refused(answer):
    """By the rules of permission. Every refusal is one of two, whatever the route."""
    if answer.status not in (401, 403):
        return False
    assert answer.json in (DENIED, NOT_AUTHENTICATED), answer.body
    return True


SPECIFIED = [
    # path below the app, verb, then what outsider, collaborator, owner and admin get; None: anything but 401, 403.
    # Taken from the specification, not from our table.
    ("", "GET", 403, None, None, None),
    ("/config", "GET", 403, None, None, None),
    ("/config", "POST", 403, None, None, None),
    ("/builds", "GET", 403, None, None, None),
    ("/builds", "POST", 403, None, None, None),
    ("/builds/x", "GET", 403, None, None, None),
    ("/releases", "GET", 403, None, None, None),
    ("/releases/v1", "GET", 403, None, None, None),
    ("/releases/rollback", "POST", 403, None, None, None),
    ("/pods", "GET", 403, None, None, None),
    ("/pods/web", "GET", 403, None, None, None),
    ("/pods/web/x", "GET", 403, None, None, None),
    ("/usage", "GET", 403, None, None, None),
    ("/usage/web", "GET", 403, None, None, None),
    ("/pods/restart", "POST", 403, None, None, None),
    ("/pods/web/restart", "POST", 403, None, None, None),
    ("/pods/web/x/restart", "POST", 403, None, None, None),
    ("/scale", "POST", 403, None, None, None),
    ("/run", "POST", 403, None, None, None),
    ("/logs", "GET", 403, None, None, None),
    ("/domains", "GET", 403, None, None, None),
    ("/domains", "POST", 403, None, None, None),
    ("/domains/x", "DELETE", 403, 403, None, None),
    ("/settings", "GET", 403, None, None, None),
    ("/settings", "POST", 403, None, None, None),
    ("/whitelist", "GET", 403, None, None, None),
    ("/whitelist", "POST", 403, None, None, None),
    ("/whitelist", "DELETE", 403, 403, None, None),
    ("/tls", "GET", 403, None, None, None),
    ("/perms", "GET", 403, None, None, None),
    ("/perms", "POST", 403, 403, None, None),
    ("/perms/bob", "DELETE", 403, 403, None, None),
    ("/operations/x", "GET", 403, None, None, None),
]


WALK = [(route, verb) for route, verbs in MATRIX.items() for verb in verbs]


@pytest.mark.parametrize(("route", "verb"), WALK, ids=[f"{verb} {route}" for route, verb in WALK])
def test_the_whole_table(controller, create_app, people, route, verb):
    app, clients = people
    allowed = ALLOWED[MATRIX[route][verb]]
    for who, client in clients.items():
        name = (
            create_doomed(create_app, clients)
            if (route, verb) == ("app", "DELETE") and who in allowed
            else app
        )
        path = build_path(route, app=name, username="granted")
        answer = client.call(verb, path, BODIES.get((route, verb), {}), Prefer="respond-async")
        assert is_refused(answer) == (who not in allowed), (who, answer.status, answer.body)
        assert answer.status < 500 or route == "logs", (who, answer.body)  # there is no logger here
        restore(clients, app, route=route)
    without = clients["nobody"].call(verb, path, {}, X_Deis_Builder_Auth="wrong")
    assert is_refused(without) == ("nobody" not in allowed)
    forged = controller.client(token="0" * 40).call(verb, path, {}, Prefer="respond-async")
    assert forged.status == 401 or "nobody" in allowed


def create_doomed(create_app, clients):
    return create_app(clients["owner"])


def restore(clients, app, *, route):
    """What a permitted caller took away."""
    if route == "perm":
        clients["owner"].post(f"/v2/apps/{app}/perms", {"username": "granted"})
    if route == "cancel":
        fields = {"username": "granted", "password": "pw-granted", "email": ""}
        clients["nobody"].post("/v2/auth/register", fields)
        clients["owner"].post(f"/v2/apps/{app}/perms", {"username": "granted"})


@pytest.mark.parametrize(
    ("path", "verb", *[f"as_{who}" for who in ("stranger", "friend", "owner", "admin")]), SPECIFIED
)
def test_app_routes(people, path, verb, as_stranger, as_friend, as_owner, as_admin):
    app, clients = people
    path = f"/v2/apps/{app}{path.replace('bob', 'granted')}"
    assert clients["nobody"].call(verb, path).status == 401
    expected = {"stranger": as_stranger, "friend": as_friend, "owner": as_owner, "admin": as_admin}
    for who, status in expected.items():
        found = clients[who].call(verb, path, {} if verb != "GET" else None, Prefer="respond-async").status
        assert found == status if status else found not in (401, 403), (who, found)
        restore(clients, app, route="perm")


@pytest.mark.parametrize("route", MATRIX)
def test_verbs_without_an_entry(people, route):
    """Nobody is told anything before saying who it is; whoever the route is for learns that there is no such verb."""
    app, clients = people
    path = build_path(route, app=app, username="granted")
    first = next(iter(MATRIX[route].values()))
    open_to_all = first in (Rule.ANYONE, Rule.REGISTRATION)
    whom = {Rule.ADMIN: "admin", Rule.BUILDER: "builder"}.get(first, "stranger")
    for verb in ("PUT", "PATCH", *({"POST", "DELETE"} - set(MATRIX[route]))):
        assert clients["nobody"].call(verb, path).status == (405 if open_to_all else 401), verb
        assert clients[whom].call(verb, path).status == 405, verb
        if first in (Rule.ADMIN, Rule.BUILDER):
            assert clients["owner"].call(verb, path).status == 403, verb
    if "GET" in MATRIX[route]:
        get, head = (clients["stranger"].call(verb, path).status for verb in ("GET", "HEAD"))
        assert head == get
    assert clients["nobody"].call("OPTIONS", path).status == (200 if open_to_all else 401)


LIKE_AN_APP = ["{app}-", "{app}0", "-{app}", "{short}", "{app}-x", "x{app}"]
UNLIKE_A_NAME = [
    "{app}%00",
    "{app}%0a",
    "{app}%20",
    "%20{app}",
    "{app}.",
    "{upper}",
    "{app}%2fconfig%2f..",
]


@pytest.mark.parametrize("shape", LIKE_AN_APP + UNLIKE_A_NAME)
def test_an_app_whose_name_is_like_anothers_is_another_app(people, shape):
    app, clients = people
    name = shape.format(app=app, short=app[:-1], upper=app.upper())
    for who in ("owner", "friend", "stranger"):
        for path in (f"/v2/apps/{name}", f"/v2/apps/{name}/config"):
            assert clients[who].get(path).status == 404, path


def test_a_permission_is_for_one_app_and_one_user_exactly(controller, people, create_app):
    app, clients = people
    owner = clients["owner"]
    longer = create_app_named(clients["stranger"], f"{app}-x")
    try:
        for who in ("owner", "friend"):
            assert clients[who].get(f"/v2/apps/{longer}/config").json == DENIED
        assert clients["stranger"].get(f"/v2/apps/{app}/config").json == DENIED
        for name in ("frien", "friend2", "Friend", "friend.", "friend@x"):
            alike = controller.register(name)
            assert alike.get(f"/v2/apps/{app}").json == DENIED
            assert app not in [row["id"] for row in alike.get("/v2/apps?limit=1000").json["results"]]
        assert owner.post(f"/v2/apps/{app}/perms", {"username": "FRIEND"}).status == 404
        assert owner.post(f"/v2/apps/{app}/perms", {"username": " friend"}).status == 404
        assert owner.delete(f"/v2/apps/{app}/perms/frien").json == DENIED
        assert clients["friend"].get(f"/v2/apps/{app}").status == 200
    finally:
        assert clients["stranger"].delete(f"/v2/apps/{longer}").status == 204


def create_app_named(client, name):
    answer = client.post("/v2/apps", {"id": name})
    assert answer.status == 201, answer.body
    return name


def test_objects_of_another_app_are_not_found_below_ones_own(people, create_app, postgres):
    """By ids that exist, asked for by somebody who may use the one app and not the other."""
    app, clients = people
    stranger = clients["stranger"]
    own = create_app(stranger)
    with postgres.connect("controller") as connection:
        build = connection.execute(
            "INSERT INTO deis_build (uuid, app_id, owner_id, image, sha, procfile, dockerfile, created, updated)"
            " VALUES (gen_random_uuid(), %s, 'owner', 'x', '', '{}', '', now(), now()) RETURNING uuid",
            [app],
        ).fetchone()[0]
        operation = connection.execute("SELECT uuid FROM deis_operation WHERE app_id = %s", [app]).fetchone()[
            0
        ]
    assert clients["owner"].get(f"/v2/apps/{app}/builds/{build}").status == 200
    assert clients["owner"].get(f"/v2/apps/{app}/operations/{operation}").status == 200
    for path, text in (
        (f"builds/{build}", "No Build matches the given query."),
        (f"operations/{operation}", "No Operation matches the given query."),
    ):
        for client in (stranger, clients["admin"]):
            answer = client.get(f"/v2/apps/{own}/{path}")
            assert (answer.status, answer.json) == (404, text)
        assert stranger.get(f"/v2/apps/{app}/{path}").json == DENIED
    answer = stranger.post(f"/v2/apps/{own}/operations/{operation}/cancel", {})
    assert answer.status == 404
    answer = stranger.delete(f"/v2/apps/{own}/domains/{app}")
    assert answer.status == 404
    assert [row["domain"] for row in clients["owner"].get(f"/v2/apps/{app}/domains").json["results"]] == [app]
    with postgres.connect("controller") as connection:
        connection.execute("DELETE FROM deis_build WHERE uuid = %s", [build])


def test_keys_of_others_do_not_exist_for_anybody_else(people):
    _, clients = people
    key = {"id": "owners-key", "public": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAOWNE owner"}
    assert clients["owner"].post("/v2/keys", key).status == 201
    for who in ("stranger", "friend", "admin"):
        for verb in ("GET", "DELETE"):
            answer = clients[who].call(verb, "/v2/keys/owners-key")
            assert (answer.status, answer.json) == (404, "No Key matches the given query.")
        assert "owners-key" not in [
            row["id"] for row in clients[who].get("/v2/keys?limit=1000").json["results"]
        ]
    assert clients["owner"].delete("/v2/keys/owners-key").status == 204


def test_the_key_of_the_builder_opens_the_hooks_and_nothing_else(people, builder):
    app, _ = people
    for route, verbs in MATRIX.items():
        for verb, rule in verbs.items():
            if "builder" not in ALLOWED[rule]:
                answer = builder.call(verb, build_path(route, app=app, username="granted"), {})
                assert (answer.status, answer.json) == (401, NOT_AUTHENTICATED), (route, verb)


HOOKS = [
    (route, verb) for route, verbs in MATRIX.items() for verb, rule in verbs.items() if rule is Rule.BUILDER
]


@pytest.mark.parametrize(("route", "verb"), HOOKS, ids=[route for route, _ in HOOKS])
def test_every_hook_without_the_key(controller, people, builder, route, verb):
    app, clients = people
    path = build_path(route, app=app, username="owner")
    data = {"receive_user": "owner", "receive_repo": app}
    key = builder.headers["X-Deis-Builder-Auth"]
    for wrong in ("", "wrong", key[:-1], f"{key}x", key.upper(), f"x{key}", "кey".encode().decode("latin1")):
        answer = controller.client().call(verb, path, data, X_Deis_Builder_Auth=wrong)
        assert (answer.status, answer.json) == (401, NOT_AUTHENTICATED), wrong
        for who in PEOPLE:
            answer = clients[who].call(verb, path, data, X_Deis_Builder_Auth=wrong)
            assert (answer.status, answer.json) == (403, DENIED), (who, wrong)
    assert controller.client(token=key).call(verb, path, data).status == 401
    assert builder.call(verb, path, data, Authorization=f"token {'0' * 40}").status == 401
    assert builder.call(verb, path, data).status not in (401, 403)


def test_hooks_know_users_and_apps_by_their_exact_names(people, builder):
    app, _ = people
    assert builder.post("/v2/hooks/config", {"receive_user": "friend", "receive_repo": app}).status == 200
    for user, repo, status in (
        ("stranger", app, 403),
        ("former", app, 403),
        ("frie", app, 404),
        ("FRIEND", app, 404),
        ("friend ", app, 404),
        ("friend", app[:-1], 404),
        ("friend", f"{app}/", 404),
        ("friend", f"../{app}", 404),
        ("friend", app.upper(), 404),
        (["friend"], app, 400),
        ("friend", {"id": app}, 400),
    ):
        answer = builder.post("/v2/hooks/config", {"receive_user": user, "receive_repo": repo})
        assert answer.status == status, (user, repo, answer.body)
    assert builder.get(f"/v2/hooks/keys/{app}/stranger").json == DENIED


def test_anybody_may_ask_about_oneself(controller, admin):
    olga = controller.register("olga")
    assert (
        olga.post("/v2/auth/passwd", {"new_password": "x", "password": "pw-olga", "username": "olga"}).status
        == 200
    )
    assert olga.post("/v2/auth/tokens/", {"username": "olga"}).json == DENIED  # as it always was
    olga.token = olga.post("/v2/auth/tokens/").json["token"]
    assert olga.delete("/v2/auth/cancel", {"username": "olga"}).status == 204


def test_unknown_apps_are_told_apart_from_forbidden_ones(people):
    _, clients = people
    answer = clients["stranger"].get("/v2/apps/no-such-app/config")
    assert (answer.status, answer.json) == (404, "No App matches the given query.")
