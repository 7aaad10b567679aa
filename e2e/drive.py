"""Drives an installed platform the way its users do: `deis`, `git`, HTTP, `kubectl`. Imports nothing of ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
EXAMPLES = CHECKOUT / "examples"
DEADLINE = 600.0
"""Seconds that any one command may take."""


@dataclass(frozen=True)
class Answer:
    """Status and body of one HTTP request."""

    status: int
    body: str
    location: str = ""
    """Where a redirect leads."""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Makes a redirect an answer like any other."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class Done:
    """What a program ended with."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


def run(*argv: str, env: Mapping[str, str], cwd: Path | None = None, stdin: str = "") -> Done:
    """Run a program to its end, whatever that is."""
    done = subprocess.run(
        argv,
        cwd=cwd,
        env=dict(env),
        input=stdin,
        text=True,
        errors="replace",
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def fetch(url: str, *, timeout: float = 30.0, follow: bool = True) -> Answer:
    """One GET, no retry; status 0 when there is no answer at all.

    Args:
        follow: of a redirect the page that it leads to is returned, not the redirect itself.
    """
    handlers = () if follow else (NoRedirect(),)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)
    try:
        with opener.open(url, timeout=timeout) as response:
            return Answer(response.status, response.read().decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        body = error.read().decode("utf-8", "replace")
        return Answer(error.code, body, location=error.headers.get("Location", ""))
    except OSError as error:
        return Answer(0, str(error))


class Platform:
    """The platform under test, seen by its administrator."""

    def __init__(self, env: Mapping[str, str], *, run: str) -> None:
        self.env, self.run = dict(env), run
        self.controller = env["DEIS_CONTROLLER"]
        scheme, _, host = self.controller.partition("//")
        self.scheme, self.domain = scheme, host.partition(".")[2]

    def name(self, word: str) -> str:
        """The name of an app or user that no other run has used."""
        return f"e2e-{self.run}-{word}"

    def url(self, app: str) -> str:
        """Address of an app, or of anything else that the router serves by its first label."""
        return f"{self.scheme}//{app}.{self.domain}"

    def remote(self, app: str) -> str:
        return f"ssh://git@deis-builder.{self.domain.partition(':')[0]}:2222/{app}.git"

    def kubectl(self, *argv: str) -> Done:
        return run("kubectl", *argv, env=self.env)

    def kubectl_json(self, *argv: str) -> Any:
        done = self.kubectl(*argv, "--output", "json")
        assert done.code == 0, done.err
        return json.loads(done.out)

    def exists(self, *argv: str) -> bool:
        return self.kubectl("get", *argv).code == 0


class User:
    """One user of the platform, with a home, a profile and an SSH key of their own."""

    def __init__(self, platform: Platform, name: str, *, home: Path) -> None:
        self.platform, self.name, self.home = platform, name, home
        self.password = f"{name}-secret-1"
        self.key = home / "id_ed25519"
        self.env = platform.env | {
            "HOME": str(home),
            "DEIS_PROFILE": str(home / "client.json"),
            "GIT_SSH_COMMAND": (
                f"ssh -F none -i {self.key} -o IdentitiesOnly=yes -o BatchMode=yes "
                f"-o UserKnownHostsFile={home / 'known_hosts'} -o StrictHostKeyChecking=accept-new"
            ),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
        }

    def deis(self, *argv: str, cwd: Path | None = None, stdin: str = "") -> Done:
        return run("deis", *argv, env=self.env, cwd=cwd or self.home, stdin=stdin)

    def type(self, command: str, *, keys: str) -> Done:
        """Type keys at a terminal in which the command line runs; its output is what the screen shows."""
        return run("script", "-qec", command, os.devnull, env=self.env, cwd=self.home, stdin=keys)

    def must(self, *argv: str, cwd: Path | None = None) -> str:
        """Run `deis`; it must succeed. Returns what it printed."""
        done = self.deis(*argv, cwd=cwd)
        assert done.code == 0, f"deis {' '.join(argv)}: status {done.code}\n{done.out}\n{done.err}"
        return done.out

    def git(self, *argv: str, cwd: Path | None = None) -> Done:
        return run("git", *argv, env=self.env, cwd=cwd or self.home)

    def register(self) -> None:
        """Register, log in, make an SSH key and add it."""
        credentials = (f"--username={self.name}", f"--password={self.password}")
        self.must("register", self.platform.controller, *credentials, f"--email={self.name}@example.com")
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", self.name, "-f", str(self.key), env=self.env)
        self.must("keys:add", f"{self.key}.pub")

    def create(self, app: str, *, example: str | None = None) -> Repository:
        """A new app with a git repository whose remote ``deis`` is the platform."""
        repository = Repository(self, app, self.home / app)
        repository.path.mkdir()
        repository.git("init", "--quiet", "--initial-branch", "master")
        if example:
            repository.copy(EXAMPLES / example)
        self.must("create", app, cwd=repository.path)
        return repository


class Repository:
    """A user's working tree of one app."""

    def __init__(self, user: User, app: str, path: Path) -> None:
        self.user, self.app, self.path = user, app, path

    def git(self, *argv: str) -> Done:
        return self.user.git(
            "-c", f"user.name={self.user.name}", "-c", "user.email=t@example.com", *argv, cwd=self.path
        )

    def copy(self, source: Path) -> None:
        shutil.copytree(source, self.path, dirs_exist_ok=True)
        self.commit("copied")

    def write(self, files: Mapping[str, str | None]) -> None:
        """Write or (None) remove files, and commit."""
        for name, text in files.items():
            path = self.path / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        self.commit("changed")

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        done = self.git("commit", "--quiet", "--allow-empty", "--message", message)
        assert done.code == 0, done.err

    def push(self) -> Done:
        return self.git("push", "deis", "HEAD:refs/heads/master")

    def must_push(self, version: int) -> str:
        """Push; it must end with the release's closing line. Returns what the pusher saw."""
        done = self.push()
        assert done.code == 0, done.text
        assert f"Done, {self.app}:v{version} deployed to Workflow" in done.text
        return done.text

    def fetch(self) -> Answer:
        return fetch(self.user.platform.url(self.app))
