"""The command line of an SSH request and the repository it names.

Source: build specification, 4.3 and 4.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from builder.errors import InvalidRepo
from kit.names import AppName

Verb = Literal["git-receive-pack", "git-upload-pack"]


@dataclass(frozen=True, kw_only=True)
class Ping:
    """Answers ``pong``."""


@dataclass(frozen=True, kw_only=True)
class GitCommand:
    verb: Verb
    argument: str


@dataclass(frozen=True, kw_only=True)
class Illegal:
    command: str


def parse_command(text: str) -> Ping | GitCommand | Illegal:
    """Return what a client asks for; a git command without an argument is illegal too."""
    cleaned = text.replace("$", "").replace("`", "'")
    word, _, argument = cleaned.partition(" ")
    if word == "ping":
        return Ping()
    if word == "git-receive-pack" and argument:
        return GitCommand(verb="git-receive-pack", argument=argument)
    if word == "git-upload-pack" and argument:
        return GitCommand(verb="git-upload-pack", argument=argument)
    return Illegal(command=cleaned)


def parse_repo_name(argument: str) -> AppName:
    """Return the app named by a git command's argument, such as ``'/shop.git'``.

    Quotes, one trailing ``.git`` and one leading slash are dropped. What is left may still be no app's name; it is
    only ever compared with the names a user may use, and never touches a path before that.

    Raises:
        InvalidRepo: nothing is left, or the name contains ``..``.

    Source: build specification, "Repository name, lock, permission".
    """
    if ".." in argument:
        raise InvalidRepo("Cannot change directory in file name.")
    name = argument.replace("'", "").removesuffix(".git").removeprefix("/")
    if not name:
        raise InvalidRepo("Empty repo name.")
    return AppName(name)
