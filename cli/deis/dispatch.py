"""From a call to the command, the help text or the plugin that answers it.

Source: cli specification, sections 1, 2 and 11.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from deis import __version__
from deis.argv import Call, parse_argv
from deis.console import Console
from deis.errors import NoMatchingCommand, UsageError
from deis.helptexts import HELP, NOUNS
from deis.plugins import run_plugin
from deis.settings import Settings

if TYPE_CHECKING:
    from deis.program import Command, Noun


def run(argv: list[str], *, settings: Settings, console: Console) -> int:
    """Run what the words ask for and return the exit code.

    The two commonest calls that need nothing, help and the bare version, load nothing either.
    """
    call = parse_argv(argv)
    if call.noun == "help":
        console.write(HELP)
        return 0
    if call == Call("version", None):
        console.print(f"v{__version__}")
        return 0
    if call.noun not in NOUNS:
        run_plugin(call, path=settings.path)
        raise NoMatchingCommand(1)
    return _run_noun(load_noun(call.noun), call, settings=settings, console=console)


def load_noun(name: str) -> Noun:
    """Import the one module that knows this noun."""
    noun: Noun = import_module(f"deis.commands.{name}").noun
    return noun


def _run_noun(noun: Noun, call: Call, *, settings: Settings, console: Console) -> int:
    if noun.name == "version":
        return _run_version(noun, call, settings=settings, console=console)
    if call.verb is None and (noun.default is None or call.words[:1] in (("-h",), ("--help",))):
        console.write(noun.render_help())
        return 0
    command = noun.find_verb(noun.default or "" if call.verb is None else call.verb)
    if command is None:
        raise NoMatchingCommand(0)
    return run_command(command, call, settings=settings, console=console)


def _run_version(noun: Noun, call: Call, *, settings: Settings, console: Console) -> int:
    """``version`` is a noun without verbs."""
    command = next(iter(noun.commands.values()))
    if call.verb is not None:
        raise UsageError("Usage: deis version [options]")
    return run_command(command, call, settings=settings, console=console)  # type: ignore[arg-type]


def run_command(command: Command, call: Call, *, settings: Settings, console: Console) -> int:
    """Let click read the words and call the function; what it returns is the exit code."""
    import click

    from deis.session import Session

    session = Session(settings, console, config=call.config)
    try:
        with command.make_context(command.name, list(call.words), obj=session) as context:
            result = command.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    return result if isinstance(result, int) else 0
