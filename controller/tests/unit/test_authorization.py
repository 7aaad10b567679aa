"""The table of permissions has an entry for everything that is served, and refuses the rest."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from controller.api.authorization import ASKED_BY_SERVICES, MATRIX, Rule, find_rule
from controller.api.routes import ROUTES, Route
from controller.api.views import PlatformView
from controller.model.models import User

VERBS = ("get", "post", "put", "patch", "delete")


def list_served(routes):
    return {(route.name, verb.upper()) for route in routes for verb in VERBS if hasattr(route.view, verb)}


def list_entries():
    return {(route, verb) for route, verbs in MATRIX.items() for verb in verbs}


def test_every_route_and_verb_has_an_entry():
    assert list_served(ROUTES) == list_entries()


class ForgottenView(PlatformView):
    """A view of a route that nobody wrote into the table."""

    def get(self, _: Request) -> Response:
        return Response({"secret": "shown"})


def test_a_route_without_an_entry_is_noticed():
    forgotten = Route("forgotten", "forgotten", ForgottenView)
    assert list_served((*ROUTES, forgotten)) - list_entries() == {("forgotten", "GET")}


def test_a_route_without_an_entry_lets_nobody_in():
    view = ForgottenView.as_view(route="forgotten")
    request = APIRequestFactory().get("/v2/forgotten")
    assert view(request).status_code == 401
    force_authenticate(request, user=User(username="admin", is_superuser=True, is_staff=True))
    assert view(request).status_code == 403


def test_every_route_is_one_of_ours():
    assert all(issubclass(route.view, PlatformView) for route in ROUTES)
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_what_has_no_entry_is_refused():
    assert find_rule("apps", "DELETE", is_served=True) is None
    assert find_rule("unheard-of", "GET", is_served=True) is None
    assert find_rule("unheard-of", "GET", is_served=False) is None


def test_no_rule_is_left_to_the_services_unless_it_says_so():
    decided = {Rule.ANYONE, Rule.REGISTRATION, Rule.ADMIN, Rule.BUILDER, Rule.APP_USER, Rule.APP_OWNER}
    assert set(Rule) == decided | ASKED_BY_SERVICES
    assert not decided & ASKED_BY_SERVICES


def test_a_verb_nobody_serves_is_told_to_whom_the_route_is_for():
    assert find_rule("apps", "PUT", is_served=False) is Rule.USER
    assert find_rule("users", "PUT", is_served=False) is Rule.ADMIN
    assert find_rule("hook-build", "OPTIONS", is_served=False) is Rule.BUILDER
    assert find_rule("login", "GET", is_served=False) is Rule.ANYONE
    assert find_rule("apps", "HEAD", is_served=True) is Rule.USER


def test_deleting_below_an_app_is_for_its_owner():
    below = {"app", "domain", "whitelist"}
    assert all(MATRIX[name]["DELETE"] is Rule.APP_OWNER for name in below)
