from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.errors import InvalidRepo
from builder.gitcommands import GitCommand, Illegal, Ping, parse_command, parse_repo_name


@pytest.mark.parametrize("argument", ["'/foo.git'", "foo.git", "foo", "'foo'", "/foo.git", "/foo"])
def test_every_way_to_write_a_repository_names_the_same_app(argument):
    assert parse_repo_name(argument) == "foo"


@pytest.mark.parametrize("argument", ["", "''", "/", ".git", "'/.git'", "..", "../foo", "foo/../bar", "a..b"])
def test_nothing_and_dots_are_refused(argument):
    with pytest.raises(InvalidRepo):
        parse_repo_name(argument)


@given(st.text())
def test_no_name_leads_upwards(argument):
    try:
        name = parse_repo_name(argument)
    except InvalidRepo:
        return
    assert name
    assert ".." not in name
    assert "'" not in name


def test_ping():
    assert parse_command("ping") == Ping()
    assert parse_command("ping me") == Ping()


@pytest.mark.parametrize("verb", ["git-receive-pack", "git-upload-pack"])
def test_git_commands(verb):
    assert parse_command(f"{verb} '/foo.git'") == GitCommand(verb=verb, argument="'/foo.git'")
    assert parse_command(f"{verb} `/foo.git`") == GitCommand(verb=verb, argument="'/foo.git'")
    assert parse_command(f"{verb} $(foo)") == GitCommand(verb=verb, argument="(foo)")


@pytest.mark.parametrize(
    "command",
    ["", "illegal", "illegal command", "git-receive-pack", "git-upload-pack ", "git receive-pack 'x'"],
)
def test_everything_else_is_illegal(command):
    assert parse_command(command) == Illegal(command=command)
