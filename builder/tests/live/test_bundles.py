"""What becomes of repositories after a push, when git itself does not do as it should."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builder.apps import App
from builder.bundles import BundleKeeper
from builder.repositories import Repositories, run_git
from builder.slugs import bundle_key
from kit.errors import NotFound
from kit.names import AppName
from kit.objectstore import ObjectStore

TIMEOUT = 3.0
GIT = """#!/bin/sh
# git, but for one subcommand in one app's repository
case "$1 $PWD" in "{subcommand} "*/shop.git) {instead} ;; esac
PATH={path} exec git "$@"
"""
AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A"), ("EMAIL", "a@example.com"))
}


@pytest.fixture
def make_repositories(tmp_path: Path, store: ObjectStore) -> Iterator[Callable[..., Repositories]]:
    def make(*, subcommand: str, instead: str) -> Repositories:
        for name in ("git", "bin"):
            (tmp_path / name).mkdir()
        program = tmp_path / "bin" / "git"
        program.write_text(GIT.format(subcommand=subcommand, instead=instead, path=os.environ["PATH"]))
        program.chmod(0o755)
        path = f"{program.parent}:{os.environ['PATH']}"
        return Repositories(tmp_path / "git", store, program_path=path, git_timeout=TIMEOUT)

    store.delete_prefix("home/")
    yield make
    store.delete_prefix("home/")


def make_app(repositories: Repositories, name: str) -> App:
    """An app with one commit in its repository."""
    app = App(name=AppName(name), uuid=str(uuid.uuid4()))
    path = repositories.ensure(app)

    def git(*arguments: str) -> str:
        done = run_git(arguments, cwd=path, environment=repositories.environment | AUTHOR)
        return done.stdout.decode().strip()

    git("update-ref", "refs/heads/master", git("commit-tree", "-m", "first", git("mktree")))
    return app


def keep(repositories: Repositories, *apps: App) -> None:
    keeper = BundleKeeper(repositories)
    for app in apps:
        keeper.keep(app)
    keeper.start()
    keeper.stop(30.0)


def is_stored(store: ObjectStore, app: App) -> bool:
    try:
        with store.open(bundle_key(app)) as body:
            return body.read(2) == b"# "
    except NotFound:
        return False


def test_a_git_that_hangs_in_one_repository_leaves_out_no_other(make_repositories, store, caplog):
    repositories = make_repositories(subcommand="rev-parse", instead="exec tail -f /dev/null")
    shop, blog = make_app(repositories, "shop"), make_app(repositories, "blog")
    keep(repositories, shop, blog)
    assert "[shop]: the repository was not kept in object storage: git rev-parse did not end" in caplog.text
    assert (is_stored(store, shop), is_stored(store, blog)) == (False, True)


@pytest.mark.parametrize(
    ("instead", "told"),
    [
        ("exec tail -f /dev/null", "git gc did not end within 3 s"),
        ("echo disk full >&2; exit 5", "git gc ended with status 5: disk full"),
    ],
)
def test_a_repository_that_can_not_be_tidied_up_is_kept_and_named(
    make_repositories, store, caplog, instead, told
):
    repositories = make_repositories(subcommand="gc", instead=instead)
    shop, blog = make_app(repositories, "shop"), make_app(repositories, "blog")
    keep(repositories, shop, blog)
    assert f"[shop]: the repository was not tidied up: {told}" in caplog.text
    assert is_stored(store, shop)
    assert is_stored(store, blog)
