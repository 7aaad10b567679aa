"""From a call to the command, the help text or the plugin that answers it.

Source: cli specification, sections 1, 2 and 11.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from deis import __version__
from deis.argv import SHORTCUTS, Call, parse_argv
from deis.console import Console
from deis.errors import NoMatchingCommand, UsageError
from deis.helptexts import HELP, NEWER, NOUNS
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
    if call.noun not in NOUNS or call.noun in NEWER:
        run_plugin(call, path=settings.path)
    if call.noun not in NOUNS:
        raise NoMatchingCommand(1, suggest_noun(call))
    return _run_noun(load_noun(call.noun), call, settings=settings, console=console)


def load_noun(name: str) -> Noun:
    """Import the one module that knows this noun."""
    noun: Noun = import_module(f"deis.commands.{name}").noun
    return noun


def _run_noun(noun: Noun, call: Call, *, settings: Settings, console: Console) -> int:
    if noun.name in noun.commands:
        return _run_single(noun, call, settings=settings, console=console)
    if call.verb is None and (noun.default is None or call.words[:1] in (("-h",), ("--help",))):
        console.write(noun.render_help())
        return 0
    command = noun.find_verb(noun.default or "" if call.verb is None else call.verb)
    if command is None:
        raise NoMatchingCommand(0, suggest_verb(noun, call.verb or ""))
    return run_command(command, call, settings=settings, console=console)


def _run_single(noun: Noun, call: Call, *, settings: Settings, console: Console) -> int:
    """A noun without verbs, such as ``version``."""
    command: Command = next(iter(noun.commands.values()))  # type: ignore[assignment]
    if call.verb is not None:
        raise UsageError(command.usage)
    return run_command(command, call, settings=settings, console=console)


def suggest_noun(call: Call) -> str:
    """What the user may have meant instead of a noun that does not exist; empty if nothing is like it."""
    noun = find_similar(call.noun, [*NOUNS, *(name for name in SHORTCUTS if ":" not in name), "help"])
    return f"{noun}:{call.verb}" if noun and call.verb and noun in NOUNS else noun


def suggest_verb(noun: Noun, verb: str) -> str:
    names = {name.partition(":")[2]: name for name in noun.commands}
    return names.get(find_similar(verb, list(names)), "")


def find_similar(word: str, words: list[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(word.lower(), words, n=1, cutoff=0.7)), "")


def run_command(command: Command, call: Call, *, settings: Settings, console: Console) -> int:
    """Let click read the words and call the function; what it returns is the exit code."""
    import click

    from deis.errors import OperationAccepted
    from deis.session import Session

    session = Session(settings, console, config=call.config)
    try:
        with command.make_context(command.name, list(call.words), obj=session) as context:
            result = command.invoke(context)
            console.close_document()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except OperationAccepted as accepted:
        console.print(str(accepted))
        console.answer(accepted.operation)
        console.close_document()
        return 0
    return result if isinstance(result, int) else 0
