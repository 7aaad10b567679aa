"""An example app, pushed with git and fetched over HTTP."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from pathlib import Path

from .commands import Commands
from .errors import QuickstartError
from .settings import Settings

APP = "hello"
EXAMPLE = "python"


def ensure_example(commands: Commands, settings: Settings) -> str:
    """Push the example unless its commit is live already; return the body that the app answers with."""
    work = settings.state / "examples" / APP
    make_repository(commands, settings.checkout / "examples" / EXAMPLE, work)
    if not commands.succeeds("deis", "info", "--app", APP):
        commands.run("deis", "create", APP, "--no-remote")
    remote = f"ssh://git@deis-builder.{settings.domain}:2222/{APP}.git"
    if commands.succeeds("git", "remote", "get-url", "deis", cwd=work):
        commands.run("git", "remote", "set-url", "deis", remote, cwd=work)
    else:
        commands.run("git", "remote", "add", "deis", remote, cwd=work)
    commands.run("git", "push", "deis", "HEAD:refs/heads/master", cwd=work, shown=True)
    return fetch(settings.app_url(APP))


def make_repository(commands: Commands, source: Path, work: Path) -> None:
    """A git repository of the example's files, with one commit for each state of them."""
    work.mkdir(parents=True, exist_ok=True)
    for path in work.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(source, work, dirs_exist_ok=True)
    if not (work / ".git").exists():
        commands.run("git", "init", "--quiet", "--initial-branch", "master", cwd=work)
    commands.run("git", "add", "--all", cwd=work)
    if not commands.succeeds("git", "diff", "--cached", "--quiet", cwd=work):
        identity = ("-c", "user.name=Quick Start", "-c", "user.email=quickstart@localhost")
        commands.run("git", *identity, "commit", "--quiet", "--message", "The example", cwd=work)


def fetch(url: str) -> str:
    """The body of one GET; no retry, for an app that was deployed answers.

    Raises:
        QuickstartError: no answer, or another status than 200.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=30) as response:
            return str(response.read().decode("utf-8", "replace")).strip()
    except urllib.error.HTTPError as error:
        raise QuickstartError(f"{url} answered with status {error.code}.") from error
    except OSError as error:
        raise QuickstartError(f"{url} does not answer: {error}.") from error
