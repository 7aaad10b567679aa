"""git remotes: which app does this directory belong to, and where is it pushed.

A repository may come from somebody else, its hooks and its configuration, too. Nothing that they name is run here:
git connects to nothing (a missing object would be fetched by a program of the repository's choice) and runs no hook.

Source: cli specification, sections 6 and 10.21.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from deis.errors import CliError, GitError

BUILDER_PORT = 2222
NO_CONNECTIONS = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}", "-c", "hook.reference-transaction.enabled=false")
"""Heeded by the commands that change refs, not by ``git remote`` before 2.49."""
TRACKING = "refs/remotes/"


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


def run_git(
    *arguments: str, options: Sequence[str] = (), text: str = "", env: Mapping[str, str] | None = None
) -> str:
    """Run git here and return what it prints. ``options`` stand before the command, ``text`` is its input.

    Raises:
        GitError: with git's own words.
    """
    import subprocess

    try:
        done = subprocess.run(
            ["git", *options, *arguments],
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="surrogateescape",
            env={**os.environ, **NO_CONNECTIONS, **(env or {})},
            input=text,
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
    """Remove the remote. What git knows of its branches goes first: `git remote` would run hooks for that."""
    if not read_config("--get-all", f"remote.{name}.url")[-1:]:
        raise CliError(f"the remote {name} has no URL of its own: git remote remove {name}")
    rules = read_config("--get-all", f"remote.{name}.fetch")
    refs = run_git("for-each-ref", "--format=%(refname)", TRACKING).split("\n")
    if tracked := find_tracked(refs, rules):
        _delete_refs(tracked)
    run_git("remote", "remove", name)


def read_config(*question: str) -> list[str]:
    """What the configuration says, all the values of it; none if it does not say."""
    try:
        return [value for value in run_git("config", "-z", *question).split("\0") if value]
    except GitError:
        return []


def find_tracked(refs: Sequence[str], rules: Sequence[str]) -> list[str]:
    """The refs that a remote's fetch rules (``+refs/heads/*:refs/remotes/deis/*``) write."""
    places = [rule.partition(":")[2] for rule in rules]
    return [ref for ref in refs if any(is_written(ref, place) for place in places)]


def is_written(ref: str, place: str) -> bool:
    before, star, after = place.partition("*")
    if not star:
        return ref == place
    return len(ref) > len(before + after) and ref.startswith(before) and ref.endswith(after)


def _delete_refs(refs: Sequence[str]) -> None:
    """Without a hook, be it a file or of the configuration (from git 2.54 on)."""
    keys = read_config("--name-only", "--get-regexp", r"^hook\..*\.")
    hooks = {key.partition(".")[2].rpartition(".")[0] for key in keys}
    run_git(
        "update-ref",
        "--no-deref",
        "--stdin",
        options=NO_HOOKS,
        text="".join(f"delete {ref}\n" for ref in refs),
        env=build_settings({f"hook.{hook}.enabled": "false" for hook in sorted(hooks)}),
    )


def build_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Variables by which git takes settings whose names may hold anything; those of the user stay."""
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    first = int(count) if count.isdecimal() else 0
    variables = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings.items(), first):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


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
