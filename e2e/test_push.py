"""A push of each example: the build streams, the app answers at once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from drive import Platform, Repository, User, fetch
from waiting import wait_for

EXAMPLES = ("python", "nodejs", "static", "go", "java", "rust", "procfile-only", "dockerfile")
CLOSING = ("Use 'deis open' to view this application in your browser", "To learn more, use 'deis help'")


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_served_at_once_after_its_push(
    example: str, make_app: Callable[..., Repository]
) -> None:
    repository = make_app(example, example=example)
    seen = repository.must_push(2)
    answer = repository.fetch()
    assert (answer.status, answer.body.strip() != "") == (200, True), answer
    assert "Starting build... but first, coffee!" in seen
    assert "Build complete." in seen
    assert "Launching App..." in seen
    assert re.search(r"Took \d+ s: .* building", seen)
    for line in CLOSING:
        assert line in seen


def test_a_second_push_replaces_what_is_served(make_app: Callable[..., Repository]) -> None:
    repository = make_app("again", example="static")
    repository.must_push(2)
    (page,) = repository.path.rglob("index.html")
    repository.write({str(page.relative_to(repository.path)): "<p>the second edition</p>\n"})
    repository.must_push(3)
    new = "the second edition"
    wait_for(lambda: new in repository.fetch().body or None, what="the second edition", timeout=5)


def test_a_clone_brings_back_what_was_pushed(make_app: Callable[..., Repository], owner: User) -> None:
    repository = make_app("clone", example="static")
    repository.must_push(2)
    head = repository.git("rev-parse", "HEAD").out
    done = owner.git(
        "clone", "--quiet", "--branch", "master", owner.platform.remote(repository.app), "cloned"
    )
    assert done.code == 0, done.err
    assert owner.git("rev-parse", "HEAD", cwd=owner.home / "cloned").out == head


def test_the_same_commit_again_is_up_to_date(make_app: Callable[..., Repository]) -> None:
    repository = make_app("same", example="static")
    repository.must_push(2)
    again = repository.push()
    assert again.code == 0
    assert "Everything up-to-date" in again.text


def test_platform_hosts_that_name_no_app_answer_404(platform: Platform, owner: User) -> None:
    assert fetch(platform.url(platform.name("nobody-has-this"))).status == 404
