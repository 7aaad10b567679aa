"""The table of permissions has an entry for everything that is served, and refuses the rest."""

from controller.api.authorization import MATRIX, Rule, find_rule
from controller.api.routes import ROUTES
from controller.api.views import PlatformView

VERBS = ("get", "post", "put", "patch", "delete")


def list_served():
    return {(route.name, verb.upper()) for route in ROUTES for verb in VERBS if hasattr(route.view, verb)}


def test_every_route_and_verb_has_a_rule():
    shared = {"POST": {"restart", "restart-type", "restart-pod"}}
    assert shared
    assert list_served() == {(route, verb) for route, verbs in MATRIX.items() for verb in verbs}


def test_every_route_is_one_of_ours():
    assert all(issubclass(route.view, PlatformView) for route in ROUTES)
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_what_has_no_entry_is_refused():
    assert find_rule("apps", "DELETE", is_served=True) is None
    assert find_rule("unheard-of", "GET", is_served=True) is None
    assert find_rule("unheard-of", "GET", is_served=False) is None


def test_a_verb_nobody_serves_is_told_to_whom_the_route_is_for():
    assert find_rule("apps", "PUT", is_served=False) is Rule.USER
    assert find_rule("users", "PUT", is_served=False) is Rule.ADMIN
    assert find_rule("hook-build", "OPTIONS", is_served=False) is Rule.BUILDER
    assert find_rule("login", "GET", is_served=False) is Rule.ANYONE
    assert find_rule("apps", "HEAD", is_served=True) is Rule.USER


def test_deleting_below_an_app_is_for_its_owner():
    below = {"app", "domain", "whitelist"}
    assert all(MATRIX[name]["DELETE"] is Rule.APP_OWNER for name in below)
