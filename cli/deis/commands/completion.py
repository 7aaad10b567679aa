"""``deis completion``: what a shell needs to complete command lines of `deis`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deis.parameters import argument, option
from deis.program import Command, Noun, pass_session
from deis.session import Session
from deis.shells import SCRIPTS, parse_question, parse_shell, render_answer

if TYPE_CHECKING:
    from deis.completion import Candidate, Slot

noun = Noun("completion", default=None, column=0)


@noun.command(
    "completion",
    cls=Command,
    usage="<shell> [options]",
    summary="Prints a script by which bash, zsh or fish completes commands of deis.\n\n"
    "Let .bashrc or .zshrc source it; fish finds it by itself where the example puts it.",
    short_help="",
    documents=False,
)
@argument("<shell>", "bash, zsh or fish", "shell", type=parse_shell)
@option("--ask", "for the script: read a command line from standard input, print what may come next")
@pass_session
def completion(session: Session, shell: str, *, ask: bool) -> None:
    if ask:
        session.console.write(answer(session, shell, session.console.read_all()))
    else:
        session.console.write(SCRIPTS[shell])


def answer(session: Session, shell: str, question: str) -> str:
    """What the shell's script gets to read."""
    from deis.completion import FILES, Slot, complete

    line = parse_question(shell, question)
    found = complete(line.words, line.current)
    if not isinstance(found, Slot):
        return render_answer(shell, line, found)
    if found.kind == FILES:
        return f"{FILES}\n"
    return render_answer(shell, line, fill(session, found, line.current))


def fill(session: Session, slot: Slot, current: str) -> list[Candidate]:
    """The names that may stand in a place for a name, as whole words."""
    from deis.completion import PROFILES, Candidate
    from deis.names import find_names
    from deis.profiles import list_profiles

    kind, equals, _ = slot.kind.partition("=")
    typed = current.removeprefix(slot.before)
    if kind == PROFILES:
        names = list_profiles(session.settings.home)
    else:
        asker = Session(session.settings, session.console, config=slot.config)
        names = find_names(asker, kind, app=slot.app, typed=typed)
    words = sorted(f"{slot.before}{name}{equals}" for name in names)
    return [Candidate(word) for word in words if word.startswith(current)]
