"""Fixtures: a home directory of its own, the program run in it, and a server that says what a test wants."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from .scripted import Scripted, serve
from .zygote import Zygote, start_zygote

PACKAGE = Path(__file__).parent.parent
LONGEST_RUN = 50.0
"""Seconds."""
PIPE = 64 * 1024
"""Bytes that fit into a pipe before anybody reads."""


class Done(NamedTuple):
    code: int
    out: str
    err: str


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the last program at the other end is gone
        return b""


def build_environment(home: Path, directory: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PACKAGE),
        "PYTHONPYCACHEPREFIX": sys.pycache_prefix or "",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(directory.parent),
    }


def open_input(text: str | None) -> int:
    """``/dev/null``, or a pipe that holds the text."""
    if text is None:
        return os.open(os.devnull, os.O_RDONLY)
    ours, theirs = os.pipe()
    data = text.encode()
    assert len(data) < PIPE, "so much needs a process that writes it: deis.run"
    os.write(theirs, data)
    os.close(theirs)
    return ours


def read_all(*sources: int) -> list[bytes]:
    """What comes from each until its end, and closes them.

    Raises:
        TimeoutError: an end does not come.
    """
    found = dict.fromkeys(sources, b"")
    deadline = time.monotonic() + LONGEST_RUN
    with selectors.DefaultSelector() as selector:
        for source in sources:
            selector.register(source, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(deadline - time.monotonic())
            if not ready:
                raise TimeoutError(f"the program goes on after {LONGEST_RUN:.0f} s")
            for key, _ in ready:
                data = os.read(key.fd, PIPE)
                found[key.fd] += data
                if not data:
                    selector.unregister(key.fd)
                    os.close(key.fd)
    return [found[source] for source in sources]


class Program:
    """`deis` as a user's shell runs it, in one home and one directory."""

    def __init__(self, home: Path, directory: Path, *, zygote: Zygote | None = None) -> None:
        self.home = home
        self.directory = directory
        self.env = build_environment(home, directory)
        self._zygote = zygote

    def __call__(self, *argv: str, stdin: str | None = None, **env: str) -> Done:
        """Standard input is ``/dev/null``, or a pipe with the given text."""
        if self._zygote is None:
            return self.run([sys.executable, "-m", "deis", *argv], stdin=stdin, **env)
        return self._fork(self._zygote, argv, stdin=stdin, env=self.env | env)

    def _fork(self, zygote: Zygote, argv: tuple[str, ...], *, stdin: str | None, env: dict[str, str]) -> Done:
        """The same, by a fork of a process that has imported the program already."""
        out, err = os.pipe(), os.pipe()
        inside = open_input(stdin)
        child = zygote.start([*argv], env=env, cwd=self.directory, streams=(inside, out[1], err[1]))
        for stream in (inside, out[1], err[1]):
            os.close(stream)
        try:
            texts = [data.decode() for data in read_all(out[0], err[0])]
        except TimeoutError:
            os.kill(child, signal.SIGKILL)
            zygote.wait()
            raise
        return Done(zygote.wait(), *texts)

    def run(self, command: list[str], *, stdin: str | None = None, **env: str) -> Done:
        done = subprocess.run(
            command,
            cwd=self.directory,
            env=self.env | env,
            capture_output=True,
            encoding="utf-8",
            timeout=LONGEST_RUN,
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


@pytest.fixture(scope="session")
def forks() -> bool:
    """Whether a run is a fork of a process that has the imports done; else it starts from nothing."""
    return False


@pytest.fixture(scope="session")
def zygote(forks: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote | None]:
    if not forks:
        yield None
        return
    home = tmp_path_factory.mktemp("zygote")
    with start_zygote(build_environment(home, home)) as running:
        yield running


@pytest.fixture
def new_program(tmp_path: Path, zygote: Zygote | None) -> Callable[[str], Program]:
    """Makes `deis` for a user of that name, with a home and a directory ``Shop`` of their own."""

    def build(name: str) -> Program:
        home, directory = tmp_path / name / "home", tmp_path / name / "Shop"
        home.mkdir(parents=True)
        directory.mkdir()
        return Program(home, directory, zygote=zygote)

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
