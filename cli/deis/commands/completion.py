"""``deis completion``: what a shell needs to complete command lines of `deis`."""

from __future__ import annotations

from deis.parameters import argument, option
from deis.program import Command, Noun, pass_session
from deis.session import Session
from deis.shells import SCRIPTS, parse_question, parse_shell, render_answer

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
        session.console.write(answer(shell, session.console.read_all()))
    else:
        session.console.write(SCRIPTS[shell])


def answer(shell: str, question: str) -> str:
    """What the shell's script gets to read."""
    from deis.completion import FILES, Slot, complete

    line = parse_question(shell, question)
    found = complete(line.words, line.current)
    if isinstance(found, Slot):
        return f"{FILES}\n" if found.kind == FILES else render_answer(shell, line, [])
    return render_answer(shell, line, found)
