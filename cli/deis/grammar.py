"""The option grammar that users of `deis` have in their fingers and scripts.

click parses options in its own way; this module turns what was typed into what click reads
without doubt (``--long=value``, then ``--``, then the positionals), or says what is wrong.

Source: cli specification, section 2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class GrammarError(Exception):
    """The words do not fit. The message may be empty: then the usage line alone is shown."""


class OptionShape(NamedTuple):
    long: str
    short: str = ""
    takes_value: bool = False
    required: bool = False
    newer: bool = False
    """The old client had no such option: no prefix that meant an old one may mean this."""


class Grammar(NamedTuple):
    """The form of one command's arguments."""

    options: tuple[OptionShape, ...] = ()
    least: int = 0
    """Positionals that must be there."""
    most: int | None = 0
    """Positionals that may be there; None means any number."""
    dashes_at: int | None = None
    """Index among the positionals at which one ``--`` is swallowed; None where usage has no ``[--]``."""
    exclusive: tuple[tuple[str, str], ...] = ()
    """Pairs of options that exclude each other."""
    needs: tuple[tuple[str, str], ...] = ()
    """Pairs of options of which the first needs the second."""


class Words(NamedTuple):
    """Recognised words: options by long name (None for a flag), positionals in order."""

    options: tuple[tuple[str, str | None], ...]
    positionals: tuple[str, ...]
    wants_help: bool = False


def parse_words(grammar: Grammar, words: Sequence[str]) -> Words:
    """Sort the words into options and positionals, unknown options included.

    Raises:
        GrammarError: an ambiguous prefix, a value missing, a value for a flag.
    """
    options: list[tuple[str, str | None]] = []
    positionals: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            positionals += [word, *left]
            break
        if word.startswith("--"):
            options.append(_parse_long(grammar, word, left))
        elif word.startswith("-") and word != "-":
            options += _parse_shorts(grammar, word, left)
        else:
            positionals.append(word)
    wants_help = any(name in ("--help", "-h") for name, _ in options)
    return Words(tuple(options), tuple(positionals), wants_help)


def check_words(grammar: Grammar, words: Words) -> Words:
    """Return the words with the swallowed ``--`` and empty values gone, fit for click.

    Raises:
        GrammarError: unknown or repeated options, a wrong number of positionals.
    """
    names = [name for name, _ in words.options]
    known = {option.long for option in grammar.options}
    if len(names) != len(set(names)) or not known.issuperset(names):
        raise GrammarError
    if any(option.required and option.long not in names for option in grammar.options):
        raise GrammarError
    if any(first in names and second in names for first, second in grammar.exclusive):
        raise GrammarError
    if any(first in names and second not in names for first, second in grammar.needs):
        raise GrammarError
    positionals = _swallow_dashes(grammar, words.positionals)
    if len(positionals) < grammar.least or (grammar.most is not None and len(positionals) > grammar.most):
        raise GrammarError
    given = tuple((name, value) for name, value in words.options if value != "")
    return Words(given, positionals)


def render_for_click(words: Words) -> list[str]:
    """The same words in the one spelling that click cannot take otherwise."""
    options = [name if value is None else f"{name}={value}" for name, value in words.options]
    return [*options, "--", *words.positionals]


def _swallow_dashes(grammar: Grammar, positionals: tuple[str, ...]) -> tuple[str, ...]:
    index = grammar.dashes_at
    if index is None or positionals[index : index + 1] != ("--",):
        return positionals
    return positionals[:index] + positionals[index + 1 :]


def _parse_long(grammar: Grammar, word: str, left: list[str]) -> tuple[str, str | None]:
    typed, equals, value = word.partition("=")
    option = _find_long(grammar, typed)
    if option is None:
        return typed, value if equals else None
    if not option.takes_value:
        if equals:
            raise GrammarError(f"{option.long} must not have an argument")
        return option.long, None
    return option.long, value if equals else _take_value(option.long, left)


def _find_long(grammar: Grammar, typed: str) -> OptionShape | None:
    """The option of that name or, if it is unambiguous, with that prefix; old options come first."""
    exact = [option for option in grammar.options if option.long == typed]
    alike = [option for option in grammar.options if option.long.startswith(typed)]
    similar = [option for option in alike if not option.newer] or exact or alike
    if len(similar) > 1:
        names = ", ".join(option.long for option in similar)
        raise GrammarError(f"{typed} is not a unique prefix: {names}?")
    return similar[0] if similar else None


def _parse_shorts(grammar: Grammar, word: str, left: list[str]) -> list[tuple[str, str | None]]:
    """``-fa foo`` is ``-f -a foo``; what follows an option with a value is the value."""
    found: list[tuple[str, str | None]] = []
    letters = word[1:]
    while letters:
        short, letters = f"-{letters[0]}", letters[1:]
        option = next((option for option in grammar.options if option.short == short), None)
        if option is None or not option.takes_value:
            found.append((option.long if option else short, None))
            continue
        found.append((option.long, letters or _take_value(short, left)))
        break
    return found


def _take_value(name: str, left: list[str]) -> str:
    if not left or left[0] == "--":
        raise GrammarError(f"{name} requires argument")
    return left.pop(0)
