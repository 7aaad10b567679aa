from __future__ import annotations

import pytest

from deis.errors import CliError
from deis.git import Remote, build_builder_host, build_remote_url, find_app, parse_remotes

REMOTES = """\
demo\tssh://git@deis.example.com:2222/demo.git (fetch)
demo\tssh://git@deis.example.com:2222/demo.git (push)
deis\tssh://git@deis-builder.example.com:2222/test.git (fetch)
deis\tssh://git@deis-builder.example.com:2222/test.git (push)
two\tssh://git@deis-builder.example.com:2222/other.git (push)
"""


@pytest.mark.parametrize(
    ("controller", "builder"),
    [
        ("deis.example.com", "deis-builder.example.com"),
        ("deis.10.245.1.3.xip.io:31350", "deis-builder.10.245.1.3.xip.io"),
        ("localhost", "localhost-builder"),
    ],
)
def test_the_builders_host(controller: str, builder: str) -> None:
    assert build_builder_host(controller) == builder


def test_the_remote_url() -> None:
    assert build_remote_url("deis.example.com:80", "app") == "ssh://git@deis-builder.example.com:2222/app.git"


def test_only_push_lines_count() -> None:
    assert [remote.name for remote in parse_remotes(REMOTES)] == ["demo", "deis", "two"]
    assert parse_remotes("") == []
    with pytest.raises(CliError, match="Invalid output in 'git remote -v'"):
        parse_remotes("deis ssh://x (push)")


def test_the_first_remote_of_this_controller_tells_the_app() -> None:
    remotes = parse_remotes(REMOTES)
    assert find_app(remotes, "deis.example.com") == "test"
    assert find_app(remotes, "deis.elsewhere.com") is None
    assert find_app([Remote("x", "ssh://git@deis-builder.example.com/a.b.git")], "deis.example.com") == "a"
