"""The client as users get it: a wheel and one file, away from the repository, on each Python that is here."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from drive import CHECKOUT, Done, User, run

OLDEST, NEWEST = 10, 14
"""Minor versions of Python 3 that the client says it runs on."""


def find_python(version: str) -> str | None:
    """A Python of that version in PATH, or of pyenv, whose shims in PATH may refuse to run."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    candidates = [shutil.which(f"python{version}"), *map(str, pyenv.glob(f"versions/{version}.*/bin/python"))]
    for candidate in filter(None, candidates):
        command = (candidate, "-c", "import sys, ensurepip; print(sys.executable)")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    return None


def find_pythons(*versions: str) -> list[Any]:
    """Parameters of a test: those that are here."""
    found = {version: find_python(version) for version in versions}
    return [pytest.param(path, id=version) for version, path in found.items() if path]


PYTHONS = find_pythons(*(f"3.{minor}" for minor in range(OLDEST, NEWEST + 1)))
TOO_OLD = find_pythons("2.7", "3.9")


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``make cli`` makes, out of the repository."""
    done = subprocess.run(("make", "cli"), cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(shutil.copytree(CHECKOUT / "dist", tmp_path_factory.mktemp("dist"), dirs_exist_ok=True))


@pytest.fixture
def clean(tmp_path: Path) -> Callable[..., Done]:
    """Runs a program in an empty directory, with an empty home and nothing of this environment."""

    def start(*argv: str, **env: str) -> Done:
        return run(*argv, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **env}, cwd=tmp_path)

    return start


def use(start: Callable[[str], Done], user: User) -> None:
    """A first day's commands, up to some that ask the controller."""
    assert start("--version").out == "v3.0.0\n"
    assert start("help").out.startswith("\nThe Deis command-line client")
    assert "Are you logged in?" in start("whoami").err
    credentials = f"--username={user.name} --password={user.password}"
    logged_in = start(f"login {user.platform.controller} {credentials}")
    assert logged_in.out.startswith(f"Logged in as {user.name}\n"), logged_in.text
    assert start("whoami").out == f"You are {user.name} at {user.platform.controller}\n"
    assert start("apps --output=yaml").out.startswith("count:")
    assert start("logout").out == "Logged out\n"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_one_file_runs(python: str, dist: Path, clean: Callable[..., Done], owner: User) -> None:
    use(lambda words: clean(python, str(dist / "deis"), *words.split()), owner)


@pytest.mark.parametrize("python", PYTHONS)
def test_the_wheel_installs_and_runs(
    python: str, dist: Path, clean: Callable[..., Done], owner: User, tmp_path: Path
) -> None:
    """With the pinned packages; pip refuses a wheel that they do not satisfy."""
    (wheel,) = dist.glob("deis-3.0.0-*.whl")
    requirements = str(CHECKOUT / "cli/requirements.txt")
    assert clean(python, "-m", "venv", "env").code == 0
    for words in (("--require-hashes", "--requirement", requirements), ("--no-index", str(wheel))):
        installed = run("env/bin/pip", "install", "--quiet", *words, env=os.environ, cwd=tmp_path)
        assert installed.code == 0, installed.text
    use(lambda words: clean("env/bin/deis", *words.split()), owner)


@pytest.mark.parametrize("python", TOO_OLD)
def test_a_python_that_is_too_old_is_told(python: str, dist: Path, clean: Callable[..., Done]) -> None:
    done = clean(python, str(dist / "deis"), "--version")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: deis needs Python 3.10 or newer, and this is ")


def test_the_same_source_makes_the_same_bytes(dist: Path) -> None:
    made = {path.name: path.read_bytes() for path in dist.iterdir()}
    subprocess.run(("make", "cli"), cwd=CHECKOUT, capture_output=True, check=True)
    assert {path.name: path.read_bytes() for path in (CHECKOUT / "dist").iterdir()} == made


def test_it_unpacks_once_and_whole(dist: Path, clean: Callable[..., Done], tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        first = list(pool.map(lambda _: clean(str(dist / "deis"), "help", "apps").code, range(8)))
    assert first == [0] * 8
    (unpacked,) = (tmp_path / ".cache/deis").iterdir()
    assert (unpacked / "deis/__main__.py").exists()
    stamp = unpacked.stat().st_mtime_ns
    assert clean(str(dist / "deis"), "--version").code == 0
    assert unpacked.stat().st_mtime_ns == stamp


@pytest.mark.parametrize("hindrance", ["not a directory", "writable by others", "a link", "no home"])
def test_it_runs_without_its_cache(
    hindrance: str, dist: Path, clean: Callable[..., Done], tmp_path: Path
) -> None:
    cache, elsewhere = tmp_path / ".cache/deis", tmp_path / "elsewhere"
    cache.parent.mkdir()
    if hindrance == "not a directory":
        cache.write_text("")
    elif hindrance == "writable by others":
        cache.mkdir()
        cache.chmod(0o777)
    elif hindrance == "a link":
        elsewhere.mkdir()
        cache.symlink_to(elsewhere)
    env = {"HOME": "/proc/none"} if hindrance == "no home" else {}
    done = clean(str(dist / "deis"), "config:set", "--help", **env)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Sets environment variables for an application.")


def test_code_that_somebody_else_put_there_does_not_run(
    dist: Path, clean: Callable[..., Done], tmp_path: Path
) -> None:
    assert clean(str(dist / "deis"), "--version").code == 0
    (unpacked,) = (tmp_path / ".cache/deis").iterdir()
    (unpacked / "deis/__init__.py").write_text("raise SystemExit('taken over')\n")
    unpacked.chmod(0o777)
    done = clean(str(dist / "deis"), "--version")
    assert (done.code, done.out) == (0, "v3.0.0\n")
