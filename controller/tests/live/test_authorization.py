"""Every route, every verb, every kind of caller."""

import pytest

ROUTES = [
    # path below the app, verb, then what outsider, collaborator, owner and admin get; None: anything but 401, 403
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


@pytest.fixture(scope="module")
def people(controller, create_app, admin):
    owner, friend, stranger = (controller.register(name) for name in ("owner", "friend", "stranger"))
    controller.register("granted")
    app = create_app(owner)
    for name in ("friend", "granted"):
        assert owner.post(f"/v2/apps/{app}/perms", {"username": name}).status == 201
    return app, stranger, friend, owner, admin


@pytest.mark.parametrize(
    ("path", "verb", *[f"as_{who}" for who in ("stranger", "friend", "owner", "admin")]), ROUTES
)
def test_app_routes(controller, people, path, verb, as_stranger, as_friend, as_owner, as_admin):
    app, *clients = people
    path = f"/v2/apps/{app}{path.replace('bob', 'granted')}"
    assert controller.client().call(verb, path).status == 401
    for client, expected in zip(clients, (as_stranger, as_friend, as_owner, as_admin), strict=True):
        if "perms/granted" in path and expected is None and client is not clients[-1]:
            continue
        status = client.call(verb, path, {} if verb != "GET" else None).status
        assert status == expected if expected else status not in (401, 403), (client.username, status)


def test_unknown_apps_are_told_apart_from_forbidden_ones(people):
    _, stranger, *_ = people
    answer = stranger.get("/v2/apps/no-such-app/config")
    assert (answer.status, answer.json) == (404, "No App matches the given query.")
