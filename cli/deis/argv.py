"""From the words of the shell to a command, before anything is imported or read.

Source: cli specification, section 2. The order of the steps is part of the contract.
"""

from __future__ import annotations

from typing import NamedTuple

from deis.errors import UsageError

USAGE = "Usage: deis <command> [<args>...]"

SHORTCUTS = {
    "create": "apps:create",
    "destroy": "apps:destroy",
    "info": "apps:info",
    "login": "auth:login",
    "logout": "auth:logout",
    "logs": "apps:logs",
    "open": "apps:open",
    "passwd": "auth:passwd",
    "pull": "builds:create",
    "register": "auth:register",
    "rollback": "releases:rollback",
    "run": "apps:run",
    "scale": "ps:scale",
    "sharing": "perms:list",
    "sharing:add": "perms:create",
    "sharing:list": "perms:list",
    "sharing:remove": "perms:delete",
    "whoami": "auth:whoami",
}


class Call(NamedTuple):
    """What to run: a noun, perhaps one of its verbs, and the words that follow."""

    noun: str
    verb: str | None
    """None if the first word has no colon; ``apps:`` has the empty verb."""
    words: tuple[str, ...] = ()
    config: str | None = None
    """Value of ``-c``/``--config``, None if not given or empty."""


def parse_argv(argv: list[str]) -> Call:
    """Return the call that the words after the program's name ask for.

    Raises:
        UsageError: no word at all, or an option before the command.
    """
    words = _move_help(list(argv))
    if not words:
        raise UsageError(USAGE)
    first = SHORTCUTS.get(words[0], words[0])
    noun, colon, verb = first.partition(":")
    _refuse_leading_option(noun)
    config, rest = extract_config(words[1:])
    return Call(noun, verb if colon else None, tuple(rest), config)


def _move_help(words: list[str]) -> list[str]:
    """``--help`` and ``--version`` alone are commands; ``help create`` is ``create --help``."""
    if len(words) == 1:
        alone = {"--help": "help", "-h": "help", "--version": "version", "-v": "version"}
        return [alone.get(words[0], words[0])]
    if words and words[0] in ("help", "--help", "-h"):
        return [*words[1:], "--help"]
    return words


def _refuse_leading_option(name: str) -> None:
    """An option never stands before the command, not even ``-c``."""
    if not name.startswith("-") or name in ("-", "--"):
        return
    wanting = "-c" if name == "-c" else "--config" if len(name) > 2 and "--config".startswith(name) else ""
    if wanting:
        line = f"{wanting} requires argument"
        raise UsageError(line, f"{line}\n{USAGE}")
    raise UsageError(f"{USAGE}\n")


def extract_config(words: list[str]) -> tuple[str | None, list[str]]:
    """Take every ``-c VALUE`` and ``--config=VALUE`` out; the first one counts.

    A lone ``-c`` at the end is dropped. What follows ``--`` belongs to the remote command and
    is left alone, so that ``deis run -- bash -c 'echo hi'`` works.
    """
    found: list[str] = []
    rest: list[str] = []
    position = 0
    while position < len(words):
        word = words[position]
        if word == "--":
            rest += words[position:]
            break
        if word == "-c":
            found += words[position + 1 : position + 2]
            position += 1
        elif word.startswith("--config="):
            found.append(word.removeprefix("--config="))
        else:
            rest.append(word)
        position += 1
    return (found[0] or None) if found else None, rest


def build_plugin_arguments(call: Call) -> list[str]:
    """The words a plugin is run with: the rest of the first word, then the others."""
    return [*([call.verb] if call.verb else []), *call.words]
