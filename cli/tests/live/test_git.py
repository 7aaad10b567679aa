"""git remotes in real repositories."""

from __future__ import annotations

import pytest

from .conftest import need

URL = "ssh://git@deis-builder.example.com:2222/{}.git"
NO_REPOSITORY = "fatal: not a git repository (or any of the parent directories): .git\n"


@pytest.fixture(autouse=True)
def git():
    return need("git")


@pytest.fixture
def repository(deis):
    deis.log_in()
    assert deis.run(["git", "init", "-q"]).code == 0
    return deis.directory


def add(deis, name, url):
    assert deis.run(["git", "remote", "add", name, url]).code == 0


def remotes(deis):
    return deis.run(["git", "remote"]).out.split()


def test_a_remote_is_added_once(deis, repository):
    created = "Git remote deis successfully created for app a1.\n"
    assert deis("git:remote", "-a", "a1") == (0, created, "")
    assert deis.run(["git", "remote", "get-url", "deis"]).out.strip() == URL.format("a1")
    again = "Remote deis already exists and is correctly configured for app a1.\n"
    assert deis("git:remote", "-a", "a1") == (0, again, "")


def test_another_remote_is_replaced_by_force_only(deis, repository):
    add(deis, "deis", URL.format("old"))
    refused = (
        "Error: Remote deis already exists, please run 'deis git:remote -f' to overwrite\n"
        f"Existing remote URL: {URL.format('old')}\n"
        f"When forced, will overwrite with: {URL.format('a1')}\n"
    )
    assert deis("git:remote", "-a", "a1") == (1, "", refused)
    forced = "Deleting git remote deis.\nGit remote deis successfully created for app a1.\n"
    assert deis("git:remote", "-fa", "a1") == (0, forced, "")


def test_every_remote_of_the_app_is_removed(deis, repository):
    add(deis, "deis", URL.format("a1"))
    add(deis, "two", URL.format("a1"))
    add(deis, "other", URL.format("a2"))
    assert deis("git:remove", "-a", "a1") == (0, "Git remotes for app a1 removed.\n", "")
    assert remotes(deis) == ["other"]
    none = "Error: Could not find remote matching app in 'git remote -v'\n"
    assert deis("git:remove", "-a", "a1") == (1, "", none)


def test_the_first_remote_names_the_app(deis, repository):
    add(deis, "b", URL.format("second"))
    add(deis, "a", URL.format("first"))
    add(deis, "0", "ssh://git@github.com/x/y.git")
    assert deis("git:remote").out == "Git remote deis successfully created for app first.\n"


def test_outside_a_repository(deis):
    deis.log_in()
    error = f"Error: Error when running 'git remote -v'\n{NO_REPOSITORY}"
    assert deis("git:remote", "-a", "a1") == (1, "", error)
    assert deis("git:remove", "-a", "a1") == (1, "", error)


def test_without_git(deis):
    deis.log_in()
    done = deis("git:remote", "-a", "a1", PATH=str(deis.home))
    assert done == (1, "", 'Error: exec: "git": executable file not found in $PATH\n')
