"""What commands about an app answer, and what the app's log says of them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from drive import Repository, User
from waiting import wait_for


def test_limits_are_shown_back_as_they_were_given(make_app: Callable[..., Repository]) -> None:
    app = make_app("limits")
    for argv, shown in (
        (("cmd=64M",), r"--- Memory\ncmd +64M\n"),
        (("cmd=0/100M",), r"--- Memory\ncmd +0/100M\n"),
        (("--cpu", "cmd=500m"), r"--- CPU\ncmd +500m\n"),
    ):
        printed = app.user.must("limits:set", *argv, "--app", app.app)
        assert re.search(shown, printed), printed
        assert re.search(shown, app.user.must("limits", "--app", app.app))
    app.user.must("limits:unset", "cmd", "--app", app.app)
    app.user.must("limits:unset", "--cpu", "cmd", "--app", app.app)
    listed = app.user.must("limits", "--app", app.app)
    assert listed == f"=== {app.app} Limits\n\n--- Memory\nUnlimited\n\n--- CPU\nUnlimited\n"


def test_a_tag_that_no_node_has_is_refused(make_app: Callable[..., Repository]) -> None:
    app = make_app("tags")
    refused = app.user.deis("tags:set", "rack=nowhere", "--app", app.app)
    assert (refused.code, refused.err.splitlines()[-1]) == (1, "Error: No nodes matched the provided labels")
    assert app.user.must("tags", "--app", app.app) == f"=== {app.app} Tags\n"


def test_who_gives_an_app_away_may_not_look_at_it_any_more(
    make_app: Callable[..., Repository], stranger: User
) -> None:
    app = make_app("given")
    printed = app.user.must("apps:transfer", stranger.name, "--app", app.app)
    assert printed == f"Transferring {app.app} to {stranger.name}... done\n"
    refused = app.user.deis("info", "--app", app.app)
    assert (refused.code, refused.err) == (1, "Error: You do not have permission to perform this action.\n")
    assert f"owner:    {stranger.name}" in stranger.must("info", "--app", app.app)
    stranger.must("apps:transfer", app.user.name, "--app", app.app)
    assert f"owner:    {app.user.name}" in app.user.must("info", "--app", app.app)


@pytest.fixture
def logged(make_app: Callable[..., Repository], prebuilt: str) -> Repository:
    """An app that was made and deployed."""
    app = make_app("logged")
    app.user.must("builds:create", prebuilt, "--app", app.app)
    return app


def test_the_log_tells_what_was_done_to_an_app(logged: Repository) -> None:
    app = logged.app
    wanted = (
        rf"config {app}-[0-9a-f]{{7}} updated",
        rf"{logged.user.name} created initial release",
        rf"appsettings {app}-[0-9a-f]{{7}} updated",
        rf"domain {app} added",
        rf"build {app}-[0-9a-f]{{7}} created",
    )

    def all_there() -> bool | None:
        printed = logged.user.deis("logs", "--lines=500", "--app", app).out
        return all(re.search(rf"deis\[controller\]: INFO {line}\b", printed) for line in wanted) or None

    wait_for(all_there, what=f"all of {wanted} in deis logs", timeout=30)
