"""Options and arguments as the usage texts spell them, and the options that many commands share."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

import click

from deis.errors import CliError, LoggedError

F = TypeVar("F", bound=Callable[..., Any])


class Argument(click.Argument):
    """A positional, shown as ``<name>`` in the help."""

    def __init__(self, *names: Any, shown: str, explanation: str, **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.shown = shown
        self.explanation = explanation


class Option(click.Option):
    """An option that is shown as its usage text spells it."""

    def __init__(
        self, *names: Any, shown: str, explanation: str, must_be_given: bool = False, **settings: Any
    ) -> None:
        super().__init__(*names, **settings)
        self.shown = shown
        self.must_be_given = must_be_given
        has_default = isinstance(settings.get("default"), str)
        self.explanation = f"{explanation} [default: {settings['default']}]" if has_default else explanation


def parse_switch(text: str) -> bool:
    """``--login=false``: only this exact word turns it off."""
    return text != "false"


def parse_integer(text: str) -> int:
    """A whole number; the message for anything else is the one scripts know."""
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise CliError(f'strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)


def parse_number(text: str | None) -> int:
    """A whole number; the message for anything else looks like a line of a log."""
    try:
        return parse_integer(text or "")
    except CliError as error:
        moment = time.strftime("%Y/%m/%d %H:%M:%S")
        raise LoggedError(f"{moment} could not convert {text or ''} to int: {error}") from error


def option(shown: str, explanation: str, name: str | None = None, **settings: Any) -> Callable[[F], F]:
    """An option by its usage text: ``-a --app=<app>`` takes a value, ``-f --force`` does not."""
    words = shown.replace("=", " ").replace(",", " ").split()
    flags = [word for word in words if word.startswith("-")]
    declared = [*flags, name] if name else flags
    is_flag = len(words) == len(flags)
    if is_flag:
        settings["is_flag"] = True
    return click.option(*declared, cls=Option, shown=shown, explanation=explanation, **settings)


def argument(shown: str, explanation: str, name: str, **settings: Any) -> Callable[[F], F]:
    """A positional by its usage text, required unless told otherwise."""
    return click.argument(name, cls=Argument, shown=shown, explanation=explanation, **settings)


def app_option(function: F) -> F:
    return option("-a --app=<app>", "the application; without it, that of the git remote or the directory")(
        function
    )


def limit_option(function: F) -> F:
    return option("-l --limit=<num>", "how many results to show at most", type=parse_integer)(function)
