"""A second user gets nothing of another's app: every command, push and clone is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drive import Repository, User

PERMISSION = "You do not have permission to perform this action."
GIT_REFUSAL = "fatal: Could not read from remote repository."
NO_LOGS = "There are currently no log messages."
COMMANDS = (
    ("info",),
    ("config:list",),
    ("config:set", "A=1"),
    ("config:unset", "A"),
    ("scale", "web=2"),
    ("ps:list",),
    ("ps:restart", "web"),
    ("releases:list",),
    ("rollback", "v1"),
    ("builds:list",),
    ("builds:create", "example/image"),
    ("run", "env"),
    ("domains:list",),
    ("domains:add", "stolen.example.com"),
    ("domains:remove", "stolen.example.com"),
    ("perms:list",),
    ("maintenance:on",),
    ("destroy", "--confirm={app}"),
)


@pytest.fixture(scope="module")
def app(make_module_app: Callable[..., Repository]) -> Repository:
    repository = make_module_app("private", example="static")
    repository.must_push(2)
    return repository


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_each_command_is_refused(command: tuple[str, ...], app: Repository, stranger: User) -> None:
    done = stranger.deis(*(word.format(app=app.app) for word in command), "--app", app.app)
    assert done.code == 1, done.text
    assert PERMISSION in done.err


def test_logs_show_nothing(app: Repository, stranger: User) -> None:
    done = stranger.deis("logs", "--app", app.app)
    assert done.code == 1
    assert NO_LOGS in done.err
    assert done.out == ""


def test_the_app_is_not_listed(app: Repository, stranger: User) -> None:
    assert app.app not in stranger.must("apps:list")


def test_a_push_is_refused(app: Repository, stranger: User) -> None:
    done = stranger.git("push", stranger.platform.remote(app.app), "HEAD:refs/heads/master", cwd=app.path)
    assert done.code == 128, done.text
    assert GIT_REFUSAL in done.err


def test_a_clone_is_refused(app: Repository, stranger: User) -> None:
    done = stranger.git("clone", stranger.platform.remote(app.app), "stolen")
    assert done.code == 128, done.text
    assert GIT_REFUSAL in done.err
    assert not (stranger.home / "stolen").exists()


def test_a_name_that_is_part_of_an_apps_name_opens_nothing(app: Repository, owner: User) -> None:
    done = owner.git("clone", owner.platform.remote(app.app.removesuffix("ate")), "part")
    assert done.code == 128, done.text
    assert GIT_REFUSAL in done.err


def test_the_app_is_as_it_was(app: Repository) -> None:
    assert app.fetch().status == 200
    listed = app.user.must("releases:list", "--app", app.app)
    assert "v2" in listed
    assert "v3" not in listed
