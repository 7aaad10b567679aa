"""Bare repositories on the builder's scratch volume.

The volume lasts as long as the pod. What was pushed is kept as a bundle in object storage, from which a missing
repository is restored before it is used.
"""

from __future__ import annotations

import io
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from builder.apps import App
from builder.errors import GitFailed, RepositoryBroken
from builder.slugs import bundle_key
from kit.errors import NotFound
from kit.objectstore import ObjectStore

log = logging.getLogger(__name__)

GIT_TIMEOUT = 600.0
CHUNK = 1 << 18


def build_git_environment(home: Path, *, path: str) -> dict[str, str]:
    """Return the environment of every git process: ``path`` to find programs by, nothing else of the builder's own."""
    return {
        "PATH": path,
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
    }


class Repositories:
    """``home/<uuid>/<name>.git`` for each app that was used since this builder started."""

    def __init__(
        self, home: Path, store: ObjectStore, *, program_path: str, git_timeout: float = GIT_TIMEOUT
    ) -> None:
        self.home = home
        self.environment = build_git_environment(home, path=program_path)
        """Of every git process."""
        self._store = store
        self._git_timeout = git_timeout
        self._guard = threading.Lock()

    def path(self, app: App) -> Path:
        return self.home / app.uuid / f"{app.name}.git"

    def list_names(self) -> set[str]:
        """Return the names of the apps that have a repository here."""
        return {path.name.removesuffix(".git") for path in self.home.glob("*/*.git") if path.is_dir()}

    def ensure(self, app: App) -> Path:
        """Return the app's repository, restored or made if it is missing.

        Raises:
            RepositoryBroken: it can't be had, with the reason.
        """
        path = self.path(app)
        if path.is_dir():
            return path
        if path.exists():
            raise RepositoryBroken("Expected directory, found file.")
        with self._guard:
            if not path.is_dir():
                self._make(app, path)
        return path

    def _make(self, app: App, path: Path) -> None:
        with tempfile.TemporaryDirectory(prefix=".new-", dir=self.home) as scratch:
            fresh = Path(scratch) / "repository"
            self._git(["init", "--quiet", "--bare", "--initial-branch=master", str(fresh)], cwd=self.home)
            self._restore(app, fresh, bundle=Path(scratch) / "bundle")
            fresh.chmod(0o755)
            path.parent.mkdir(exist_ok=True)
            fresh.rename(path)

    def _restore(self, app: App, fresh: Path, *, bundle: Path) -> None:
        """Fetch all refs from the app's bundle, if there is one."""
        try:
            with self._store.open(bundle_key(app)) as body, bundle.open("wb") as target:
                shutil.copyfileobj(body, target, 1 << 20)
        except NotFound:
            return
        self._git(["fetch", "--quiet", str(bundle), "+refs/*:refs/*"], cwd=fresh)
        self.point_head(fresh)
        log.info("[%s]: repository restored from object storage", app)

    def point_head(self, path: Path) -> None:
        """Let HEAD name a branch that exists, so that a clone checks something out."""
        if self._read(["rev-parse", "--quiet", "--verify", "HEAD"], cwd=path):
            return
        branches = self._read(["for-each-ref", "--format=%(refname)", "refs/heads/"], cwd=path).split()
        if branches:
            self._git(["symbolic-ref", "HEAD", branches[0]], cwd=path)

    def store_bundle(self, app: App) -> None:
        """Put the whole repository, as it is now, to object storage.

        Raises:
            GitFailed: git could not write it.
        """
        path = self.path(app)
        if not self._read(["for-each-ref", "--count=1"], cwd=path):
            return
        arguments = ["bundle", "create", "--quiet", "-", "--all"]
        store_output(self._store, bundle_key(app), arguments, cwd=path, environment=self.environment)

    def collect_garbage(self, app: App) -> None:
        """Let git tidy up if it thinks it is time; nothing depends on it.

        Raises:
            RepositoryBroken: git could not.
            GitFailed: it did not end.
        """
        self._git(["gc", "--auto", "--quiet"], cwd=self.path(app))

    def delete(self, name: str, *, but: App | None = None) -> None:
        """Remove the repositories of all apps of this name, but for one of them."""
        for path in self.home.glob(f"*/{name}.git"):
            if but is None or path != self.path(but):
                shutil.rmtree(path.parent, ignore_errors=True)

    def _read(self, arguments: Sequence[str], *, cwd: Path) -> str:
        return self._run(arguments, cwd=cwd).stdout.decode().strip()

    def _git(self, arguments: Sequence[str], *, cwd: Path) -> None:
        result = self._run(arguments, cwd=cwd)
        if result.returncode != 0:
            words = result.stderr.decode(errors="replace").strip()
            raise RepositoryBroken(f"git {arguments[0]} ended with status {result.returncode}: {words}")

    def _run(self, arguments: Sequence[str], *, cwd: Path) -> subprocess.CompletedProcess[bytes]:
        return run_git(arguments, cwd=cwd, environment=self.environment, timeout=self._git_timeout)


def run_git(
    arguments: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    stdin: bytes = b"",
    timeout: float = GIT_TIMEOUT,
) -> subprocess.CompletedProcess[bytes]:
    """Return what git wrote, and its status, whatever it is.

    Raises:
        GitFailed: it did not end within ``timeout`` seconds, and was killed.
    """
    argv = ["git", *arguments]
    try:
        return subprocess.run(
            argv, cwd=cwd, env=dict(environment), input=stdin, capture_output=True, timeout=timeout
        )
    except subprocess.TimeoutExpired as error:
        raise GitFailed(
            f"git {arguments[0]} did not end within {timeout:g} s", status=-signal.SIGKILL
        ) from error


class GitOutput(io.RawIOBase):
    """What a git process writes, to read from.

    Its end is an error if git failed, so that what it wrote until then is not stored as if it were whole.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            raise AssertionError("started without a pipe")
        self._process = process
        self._pipe = process.stdout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # all it is ever given
        content = os.read(self._pipe.fileno(), len(buffer))
        if not content and (status := self._wait()) != 0:
            raise GitFailed(f"git ended with status {status}", status=status)
        buffer[: len(content)] = content
        return len(content)

    def _wait(self) -> int:
        try:
            return self._process.wait(GIT_TIMEOUT)
        except subprocess.TimeoutExpired as error:
            raise GitFailed("git closed its output and did not end", status=-signal.SIGKILL) from error


def store_output(
    store: ObjectStore, key: str, arguments: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
) -> None:
    """Put what git writes to its standard output to object storage, as it comes.

    Raises:
        GitFailed: git ended badly; nothing is stored then.
    """
    argv = ["git", *arguments]
    with subprocess.Popen(
        argv, cwd=cwd, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as git:
        try:
            store.put(key, io.BufferedReader(GitOutput(git), CHUNK))
        finally:
            git.kill()
