"""Options and arguments as the usage texts spell them, and the options that many commands share."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

import click

from deis.errors import CliError, LoggedError
from deis.session import Session

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
        self,
        *names: Any,
        shown: str,
        explanation: str,
        must_be_given: bool = False,
        newer: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(*names, **settings)
        self.shown = shown
        self.must_be_given = must_be_given
        self.newer = newer
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


def wait_options(function: F) -> F:
    """How long a change is waited for."""
    for shown, explanation in (
        ("--deadline=<seconds>", "wait for the end, but not longer; what was begun goes on (exit code 124)"),
        ("--no-wait", "do not wait for the end: print the operation's name and go"),
        ("--wait", "wait for the end and tell how it goes, also when the output is no terminal"),
    ):
        function = option(shown, explanation, newer=True, expose_value=False, callback=_be_patient)(function)
    return function


def _be_patient(context: click.Context, param: click.Parameter, value: str | bool | None) -> None:
    session = context.ensure_object(Session)
    said = session.patience
    if param.name == "deadline" and isinstance(value, str):
        said = said._replace(deadline=parse_seconds(value))
    elif value:
        said = said._replace(wait=param.name == "wait")
    session.patience = said


def parse_seconds(text: str) -> float:
    """A time to wait, in seconds."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise CliError(f"{text} is not a number of seconds")
    return seconds
