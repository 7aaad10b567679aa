"""git remotes: which app does this directory belong to, and where is it pushed.

Source: cli specification, sections 6 and 10.21.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from deis.errors import CliError, GitError

BUILDER_PORT = 2222


class Remote(NamedTuple):
    name: str
    url: str


def parse_remotes(text: str) -> list[Remote]:
    """The push remotes in the output of ``git remote -v``, in git's order.

    Raises:
        CliError: a line without a tab.
    """
    remotes: list[Remote] = []
    for line in text.splitlines():
        if not line.endswith("(push)"):
            continue
        name, tab, rest = line.partition("\t")
        if not tab:
            raise CliError("Invalid output in 'git remote -v'")
        remotes.append(Remote(name, rest.partition(" ")[0]))
    return remotes


def build_builder_host(controller_host: str) -> str:
    """``deis.example.com:80`` → ``deis-builder.example.com``."""
    first, dot, rest = controller_host.partition(":")[0].partition(".")
    return f"{first}-builder{dot}{rest}"


def build_remote_url(controller_host: str, app: str) -> str:
    return f"ssh://git@{build_builder_host(controller_host)}:{BUILDER_PORT}/{app}.git"


def find_app(remotes: list[Remote], controller_host: str) -> str | None:
    """The app of the first remote that leads to this controller's builder."""
    host = build_builder_host(controller_host)
    for remote in remotes:
        if host in remote.url:
            return remote.url.rpartition("/")[2].partition(".")[0]
    return None


def detect_app(controller_host: str) -> str:
    """The app of this directory: by its git remote, else by its own name.

    Git's own trouble (no repository, no git) is no trouble here.
    """
    try:
        app = find_app(list_remotes(), controller_host)
    except CliError:
        app = None
    return app or os.path.basename(_get_directory()).lower()


def _get_directory() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        raise CliError("the current directory is gone, name the app with --app") from error


def list_remotes() -> list[Remote]:
    return parse_remotes(run_git("remote", "-v"))


def run_git(*arguments: str) -> str:
    """Run git here and return what it prints.

    Raises:
        GitError: with git's own words.
    """
    import subprocess

    try:
        done = subprocess.run(
            ["git", *arguments],
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except FileNotFoundError as error:
        raise CliError('exec: "git": executable file not found in $PATH') from error
    except OSError as error:
        raise CliError(f"git cannot be run: {error.strerror}") from error
    if done.returncode:
        raise GitError(" ".join(arguments), done.stderr)
    return done.stdout


def add_remote(name: str, url: str, *, app: str) -> None:
    """Add a remote; one of that name that is there already gets its own explanation."""
    try:
        run_git("remote", "add", name, url)
    except GitError as error:
        if f"remote {name} already exists." not in error.stderr:
            raise
        raise CliError(
            f"A git remote with the name {name} already exists. To overwrite this remote run:\n"
            f"deis git:remote --force --remote {name} --app {app}"
        ) from error


def delete_remote(name: str) -> None:
    run_git("remote", "remove", name)


def delete_app_remotes(controller_host: str, app: str) -> list[str]:
    """Remove every remote that is the app's, and return their names.

    Raises:
        CliError: there is none, or git fails.
    """
    url = build_remote_url(controller_host, app)
    names = [remote.name for remote in list_remotes() if remote.url == url]
    if not names:
        raise CliError("Could not find remote matching app in 'git remote -v'")
    for name in names:
        delete_remote(name)
    return names
