"""Fixtures: a home directory of its own, the program run in it, and a server that says what a test wants."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from .scripted import Scripted, serve

PACKAGE = Path(__file__).parent.parent


class Done(NamedTuple):
    code: int
    out: str
    err: str


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the last program at the other end is gone
        return b""


class Program:
    """`deis` as a user's shell runs it, in one home and one directory."""

    def __init__(self, home: Path, directory: Path) -> None:
        self.home = home
        self.directory = directory
        self.env = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PACKAGE),
            "PYTHONPYCACHEPREFIX": sys.pycache_prefix or "",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": str(directory.parent),
        }

    def __call__(self, *argv: str, stdin: str | None = None, **env: str) -> Done:
        """Standard input is ``/dev/null``, or a pipe with the given text."""
        return self.run([sys.executable, "-m", "deis", *argv], stdin=stdin, **env)

    def run(self, command: list[str], *, stdin: str | None = None, **env: str) -> Done:
        done = subprocess.run(
            command,
            cwd=self.directory,
            env=self.env | env,
            capture_output=True,
            encoding="utf-8",
            timeout=50,
            check=False,
            **({"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}),
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def show(self, *argv: str, **env: str) -> str:
        """What a terminal gets to show, both streams of output together."""
        ours, theirs = os.openpty()
        command = [sys.executable, "-m", "deis", *argv]
        with subprocess.Popen(
            command,
            cwd=self.directory,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        ) as process:
            os.close(theirs)
            shown = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
        assert process.returncode in (0, 1)
        return shown.decode().replace("\r\n", "\n")

    def log_in(self, controller: str = "http://deis.example.com", *, token: str = "t0ken") -> Path:
        """Write a settings file as a login does, without one."""
        path = self.home / ".deis/client.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f'{{"username":"bob","ssl_verify":true,"controller":"{controller}","token":"{token}","response_limit":0}}'
        )
        return path


@pytest.fixture
def new_program(tmp_path: Path) -> Callable[[str], Program]:
    """Makes `deis` for a user of that name, with a home and a directory ``Shop`` of their own."""

    def build(name: str) -> Program:
        home, directory = tmp_path / name / "home", tmp_path / name / "Shop"
        home.mkdir(parents=True)
        directory.mkdir()
        return Program(home, directory)

    return build


@pytest.fixture
def deis(new_program: Callable[[str], Program]) -> Program:
    return new_program("me")


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """No controller: what it answers is the test's to say."""
    with serve() as server:
        yield server


@pytest.fixture
def stranger() -> Iterator[Scripted]:
    """Another host, that nobody is logged in to."""
    with serve() as server:
        yield server


@pytest.fixture
def bob(deis: Program, scripted: Scripted) -> Program:
    """`deis`, logged in to the scripted server."""
    deis.log_in(scripted.url)
    return deis
