"""Who gets to an app, and how, is changed by one command and seen in the router's next answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drive import Answer, Repository, fetch
from waiting import wait_for

FOREIGN = "203.0.113.7"
"""Nobody has this address: it is for documentation."""


@pytest.fixture
def app(make_app: Callable[..., Repository], prebuilt: str, request: pytest.FixtureRequest) -> Repository:
    """An app of the test's own that serves."""
    word = request.node.name.removeprefix("test_").partition("_")[0]
    repository = make_app(word)
    repository.user.must("builds:create", prebuilt, "--app", repository.app)
    assert repository.fetch().status == 200
    return repository


def wait_for_answer(app: Repository, status: int) -> Answer:
    """The first answer with this status; redirects are not followed."""
    url = app.user.platform.url(app.app)

    def ask() -> Answer | None:
        answer = fetch(url, follow=False)
        return answer if answer.status == status else None

    return wait_for(ask, what=f"{url} to answer {status}", timeout=10)


def test_maintenance_shows_its_page_until_it_is_over(app: Repository) -> None:
    def read_state() -> str:
        return app.user.must("maintenance", "--app", app.app)

    app.user.must("maintenance:on", "--app", app.app)
    assert "maintenance" in wait_for_answer(app, 503).body.lower()
    assert read_state() == "Maintenance mode is on.\n"
    app.user.must("maintenance:off", "--app", app.app)
    wait_for_answer(app, 200)
    assert read_state() == "Maintenance mode is off.\n"


def test_routing_leads_nobody_to_an_app_where_it_is_disabled(app: Repository) -> None:
    app.user.must("routing:disable", "--app", app.app)
    wait_for_answer(app, 404)
    assert app.user.must("routing", "--app", app.app) == "Routing is disabled.\n"
    app.user.must("routing:enable", "--app", app.app)
    wait_for_answer(app, 200)
    assert app.user.must("routing", "--app", app.app) == "Routing is enabled.\n"


def test_whitelist_lets_in_who_is_on_it_and_everybody_when_it_is_empty(app: Repository) -> None:
    app.user.must("whitelist:add", FOREIGN, "--app", app.app)
    wait_for_answer(app, 403)
    app.user.must("whitelist:add", "0.0.0.0/0", "--app", app.app)
    wait_for_answer(app, 200)
    listed = app.user.must("whitelist:list", "--app", app.app).splitlines()
    assert (listed[0], sorted(listed[1:])) == (f"=== {app.app} Whitelisted Addresses", ["0.0.0.0/0", FOREIGN])
    app.user.must("whitelist:remove", "0.0.0.0/0", "--app", app.app)
    wait_for_answer(app, 403)
    app.user.must("whitelist:remove", FOREIGN, "--app", app.app)
    wait_for_answer(app, 200)


def test_tls_is_enforced_by_a_redirect(app: Repository) -> None:
    app.user.must("tls:enable", "--app", app.app)
    assert wait_for_answer(app, 301).location.startswith(f"https://{app.app}.")
    assert "HTTPS Enforced: true" in app.user.must("tls", "--app", app.app)
    app.user.must("tls:disable", "--app", app.app)
    wait_for_answer(app, 200)
    assert "HTTPS Enforced: false" in app.user.must("tls", "--app", app.app)
