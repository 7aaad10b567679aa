"""What may stand for the last word of a command line: a command, an option, a value of a certain kind.

The line is read by the grammar that runs it, so completion and command agree about what a word is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from deis.argv import SHORTCUTS, extract_config, parse_argv
from deis.dispatch import load_noun
from deis.errors import UsageError
from deis.grammar import GrammarError, parse_words
from deis.helptexts import HELP, NOUNS

if TYPE_CHECKING:
    from deis.program import Command

HELP_WORDS = ("help", "--help", "-h")
FILES = "files"
"""Names that the shell knows by itself."""
PROFILES = "profiles"
"""Settings files in ``~/.deis``. All other kinds of names are the controller's."""
_MARK = "\0"
"""Stands for the word that is being typed; no word of a shell has this character."""

OPTION_VALUES: dict[str, str | tuple[str, ...]] = {
    "--app": "apps",
    "--confirm": "apps",
    "--file": FILES,
    "--login": ("true", "false"),
    "--output": ("json", "yaml"),
    "--process": "types",
    "--sort": ("cpu", "memory", "name"),
    "--ssl-verify": ("true", "false"),
    "--type": "types",
}
"""What stands behind an option, whatever the command: a kind of names, or the words themselves."""

ARGUMENT_VALUES: dict[tuple[str, str], str | tuple[str, ...]] = {
    ("autoscale:set", "kind"): "types",
    ("autoscale:unset", "kind"): "types",
    ("certs:add", "cert"): FILES,
    ("certs:add", "key"): FILES,
    ("certs:attach", "domain"): "domains",
    ("certs:attach", "name"): "certificates",
    ("certs:detach", "domain"): "domains",
    ("certs:detach", "name"): "certificates",
    ("certs:info", "name"): "certificates",
    ("certs:remove", "name"): "certificates",
    ("completion", "shell"): ("bash", "zsh", "fish"),
    ("config:set", "pairs"): "variables=",
    ("config:unset", "keys"): "variables",
    ("domains:remove", "domain"): "domains",
    ("healthchecks:set", "health_type"): ("liveness", "readiness"),
    ("healthchecks:set", "probe_type"): ("httpGet", "tcpSocket", "exec"),
    ("healthchecks:unset", "health_types"): ("liveness", "readiness"),
    ("keys:add", "name"): FILES,
    ("keys:add", "path"): FILES,
    ("keys:remove", "key"): "keys",
    ("labels:set", "pairs"): "labels=",
    ("labels:unset", "keys"): "labels",
    ("limits:set", "pairs"): "types=",
    ("limits:unset", "kinds"): "types",
    ("operations:cancel", "uuid"): "operations",
    ("operations:info", "uuid"): "operations",
    ("operations:wait", "uuid"): "operations",
    ("perms:delete", "username"): "users",
    ("ps:restart", "target"): "types",
    ("ps:scale", "targets"): "types=",
    ("registry:set", "pairs"): ("username=", "password="),
    ("registry:unset", "keys"): ("username", "password"),
    ("releases:info", "version"): "releases",
    ("releases:rollback", "version"): "releases",
    ("services:add", "kind"): "types",
    ("services:remove", "kind"): "types",
    ("tags:set", "pairs"): "tags=",
    ("tags:unset", "keys"): "tags",
    ("timeouts:set", "pairs"): "types=",
    ("timeouts:unset", "kinds"): "types",
    ("top", "process_type"): "types",
    ("whitelist:remove", "addresses"): "addresses",
}
"""The same for positionals, by the command and the name of its argument; ``=`` stands behind names that get a value."""


class Candidate(NamedTuple):
    """A whole word, and what it means."""

    text: str
    about: str = ""


class Slot(NamedTuple):
    """A place for a name of some kind. ``before`` is what the word has already: ``--app=``."""

    kind: str
    before: str = ""
    app: str = ""
    """The app and the settings file that the line names."""
    config: str | None = None


def complete(words: Sequence[str], current: str) -> list[Candidate] | Slot:
    """What may stand for ``current``, after these words; the program's own name is not among them."""
    if not words or (len(words) == 1 and words[0] in HELP_WORDS):
        found: list[Candidate] | Slot = list_commands(current)
    else:
        found = _complete_argument(words, current)
    if isinstance(found, Slot):
        return found
    return [candidate for candidate in found if candidate.text.startswith(current)]


def list_commands(typed: str) -> list[Candidate]:
    """Nouns and shortcuts; the verbs of a noun as soon as only one is meant, as each noun is a module to import."""
    abouts = dict(re.findall(r"^  ([a-z]+) {2,}(\S.*)$", HELP, re.MULTILINE))
    names = [name for name in (*NOUNS, *SHORTCUTS, "help") if name.startswith(typed)]
    nouns = [name for name in NOUNS if name == typed.partition(":")[0]] or [
        name for name in names if name in NOUNS
    ]
    found = {name: abouts.get(name) or _explain_shortcut(name) for name in names}
    if len(nouns) == 1:
        verbs = load_noun(nouns[0]).commands.values()
        found |= {str(verb.name): verb.short_help or abouts.get(nouns[0], "") for verb in verbs}
    return [Candidate(name, about) for name, about in sorted(found.items())]


def _explain_shortcut(name: str) -> str:
    return f"short for {SHORTCUTS[name]}" if name in SHORTCUTS else ""


def find_command(words: Sequence[str]) -> Command | None:
    """The command that the words call."""
    from deis.program import Command

    try:
        call = parse_argv(list(words))
    except UsageError:
        return None
    if call.noun not in NOUNS:
        return None
    noun = load_noun(call.noun)
    single = noun.commands.get(call.noun)
    if isinstance(single, Command):
        return single if call.verb is None else None
    return noun.find_verb(noun.default or "" if call.verb is None else call.verb)


def _complete_argument(words: Sequence[str], current: str) -> list[Candidate] | Slot:
    """An option, its value or a positional. What follows ``--`` is for another program."""
    if words[-1] == "-c":
        return Slot(PROFILES)
    command = find_command(words)
    if command is None or "--" in words:
        return []
    before, equals, _ = current.partition("=")
    if before == "--config" and equals:
        return Slot(PROFILES, "--config=")
    is_value = current.startswith("--") and bool(equals)
    config, rest = extract_config(list(words[1:]))
    try:
        typed = parse_words(command.grammar, [*rest, f"{before}={_MARK}" if is_value else _MARK])
    except GrammarError:
        return []
    given = dict(typed.options)
    option = next((name for name, value in typed.options if value == _MARK), None)
    if option is None and current.startswith("-"):
        return [] if is_value else list_options(command, list(given))
    if option is not None:
        prefix, values = f"{before}=" if is_value else "", OPTION_VALUES.get(option)
    else:
        prefix, values = "", _find_positional(command, len(typed.positionals) - 1)
    if not isinstance(values, str):
        return [Candidate(prefix + value) for value in values or ()]
    return Slot(values, prefix, str(given.get("--app") or ""), config)


def list_options(command: Command, given: Sequence[str]) -> list[Candidate]:
    """The command's options without those that are there already; one with a value ends with ``=``."""
    from deis.parameters import Option

    found = [Candidate("--config=", "the settings file to use"), Candidate("--help", "explain the command")]
    options = [param for param in command.params if isinstance(param, Option)]
    for shape, option in zip(command.grammar.options, options, strict=True):
        if shape.long not in given:
            text = f"{shape.long}=" if shape.takes_value else shape.long
            found.append(Candidate(text, " ".join(option.explanation.split())))
    return sorted(found)


def _find_positional(command: Command, position: int) -> str | tuple[str, ...] | None:
    """What stands at that place among the positionals."""
    from deis.parameters import Argument

    arguments = [param for param in command.params if isinstance(param, Argument)]
    if arguments and position >= len(arguments) and arguments[-1].nargs == -1:
        position = len(arguments) - 1
    if position >= len(arguments):
        return None
    return ARGUMENT_VALUES.get((str(command.name), str(arguments[position].name)))
