"""``deis shortcuts``: short names of commands."""

from __future__ import annotations

from deis.argv import SHORTCUTS
from deis.program import Noun, pass_session
from deis.session import Session

noun = Noun("shortcuts", default="list", column=21)


@noun.verb(
    "list",
    about="list all relevant shortcuts for the CLI",
    summary="Lists all relevant shortcuts for the CLI",
)
@pass_session
def list_shortcuts(session: Session) -> None:
    session.console.answer(dict(sorted(SHORTCUTS.items())))
    for name in sorted(SHORTCUTS):
        session.console.print(f"{name} -> {SHORTCUTS[name]}")
    session.console.print()
