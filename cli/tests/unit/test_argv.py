from __future__ import annotations

import pytest

from deis.argv import SHORTCUTS, Call, build_plugin_arguments, extract_config, parse_argv
from deis.errors import UsageError

USAGE = "Usage: deis <command> [<args>...]"


@pytest.mark.parametrize(
    ("argv", "call"),
    [
        (["--help"], Call("help", None)),
        (["-h"], Call("help", None)),
        (["help"], Call("help", None)),
        (["--version"], Call("version", None)),
        (["-v"], Call("version", None)),
        (["help", "test"], Call("test", None, ("--help",))),
        (["--help", "test"], Call("test", None, ("--help",))),
        (["-h", "apps", "create"], Call("apps", None, ("create", "--help"))),
        (["help", "create"], Call("apps", "create", ("--help",))),
        (["help", "help"], Call("help", None, ("--help",))),
        (["apps:create", "test", "foo"], Call("apps", "create", ("test", "foo"))),
        (["users:list"], Call("users", "list")),
        (["apps:"], Call("apps", "")),
        (["accounts:a:b"], Call("accounts", "a:b")),
        (["sharing:add", "bob"], Call("perms", "create", ("bob",))),
        (["-"], Call("-", None)),
    ],
)
def test_words_become_a_call(argv: list[str], call: Call) -> None:
    assert parse_argv(argv) == call


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        ([], USAGE),
        (["--debug", "apps"], f"{USAGE}\n"),
        (["--config=x", "apps"], f"{USAGE}\n"),
        (["-x"], f"{USAGE}\n"),
        (["--version", "x"], f"{USAGE}\n"),
        (["-c", "x", "apps"], f"-c requires argument\n{USAGE}\n-c requires argument"),
        (["--config", "x"], f"--config requires argument\n{USAGE}\n--config requires argument"),
    ],
)
def test_no_option_stands_before_the_command(argv: list[str], text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_argv(argv)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("words", "config", "rest"),
    [
        (["a", "--config=x"], "x", ["a"]),
        (["-c", "x", "a"], "x", ["a"]),
        (["-c", "x", "--config=y", "a", "-c", "z"], "x", ["a"]),
        (["a", "-c"], None, ["a"]),
        (["--config="], None, []),
        (["-cx", "--config", "y"], None, ["-cx", "--config", "y"]),
        (["-c", "p", "--", "bash", "-c", "echo hi"], "p", ["--", "bash", "-c", "echo hi"]),
    ],
)
def test_the_configuration_option_is_taken_out(words: list[str], config: str | None, rest: list[str]) -> None:
    assert extract_config(words) == (config, rest)


@pytest.mark.parametrize(
    ("argv", "arguments"),
    [
        (["ssh"], []),
        (["accounts:list", "--debug", "x"], ["list", "--debug", "x"]),
        (["accounts:a:b"], ["a:b"]),
        (["help", "accounts:list"], ["list", "--help"]),
        (["accounts", "-c", "x", "--config=y", "z"], ["z"]),
    ],
)
def test_a_plugin_gets_the_rest(argv: list[str], arguments: list[str]) -> None:
    assert build_plugin_arguments(parse_argv(argv)) == arguments


def test_there_are_eighteen_shortcuts() -> None:
    assert len(SHORTCUTS) == 18
    assert SHORTCUTS["pull"] == "builds:create"
