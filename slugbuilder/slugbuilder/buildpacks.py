"""The buildpack API: which buildpack takes the source, and running its programs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import BuildError, StepFailed
from .output import Output
from .settings import STACK, Places

STACK_FILE = "stack"
"""In a bundled buildpack made for another stack than ours: the name of that one."""


@dataclass(frozen=True)
class Buildpack:
    """A buildpack that was chosen, and what its detect called the app."""

    path: Path
    name: str


def select_buildpack(places: Places, environ: Mapping[str, str]) -> Buildpack:
    """The first bundled buildpack, in order of directory names, whose detect says yes.

    Raises:
        BuildError: none does.
    """
    for path in sorted(places.buildpacks.iterdir()):
        done = run_detect(path, places, environ)
        if done.returncode == 0:
            return Buildpack(path, done.stdout.strip() or path.name)
    raise BuildError("Unable to select a buildpack")


def find_bundled(name: str, places: Places, environ: Mapping[str, str]) -> Buildpack | None:
    """The bundled buildpack of that name, ``python`` or ``04-python``; its detect is only asked for the name."""
    for path in places.buildpacks.iterdir():
        if name in (path.name, path.name.partition("-")[2]):
            return Buildpack(path, run_detect(path, places, environ).stdout.strip() or path.name)
    return None


def list_bundled(places: Places) -> list[str]:
    """Names of the bundled buildpacks, without their numbers."""
    return [path.name.partition("-")[2] or path.name for path in sorted(places.buildpacks.iterdir())]


def fetch_buildpack(url: str, places: Places, environ: Mapping[str, str], *, path: Path) -> Buildpack:
    """Clone the buildpack of an address; its detect is only asked for the name.

    Args:
        url: address, optionally with ``#`` and a branch, tag or commit; else the remote's default branch.
        path: where to; nothing is there yet.

    Raises:
        StepFailed: git could not clone it or does not know the commit; git has said why.
    """
    address, _, committish = url.partition("#")
    if not clone_shallow(address, committish, path, environ):
        shutil.rmtree(path, ignore_errors=True)
        must_run(("git", "clone", "--quiet", address, str(path)), environ)
        if committish:
            must_run(("git", "-C", str(path), "checkout", "--quiet", committish), environ)
        must_run(("git", "-C", str(path), "submodule", "update", "--quiet", "--init", "--recursive"), environ)
    done = run_detect(path, places, environ)
    return Buildpack(path, done.stdout.strip() or address)


def clone_shallow(address: str, committish: str, path: Path, environ: Mapping[str, str]) -> bool:
    branch = ("--branch", committish) if committish else ()
    argv = ("git", "clone", "--quiet", "--depth=1", *branch, address, str(path))
    return subprocess.run(argv, env=dict(environ), capture_output=True, check=False).returncode == 0


def must_run(argv: tuple[str, ...], environ: Mapping[str, str], *, cwd: Path | None = None) -> None:
    """Run a program with its output as it is; raise ``StepFailed`` with its status."""
    done = subprocess.run(argv, env=dict(environ), cwd=cwd, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise StepFailed(f"{argv[0]} ended with status {done.returncode}", status=done.returncode)


def tell_stack(path: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the buildpack's programs: its own stack, unless the app's config names one."""
    file = path / STACK_FILE
    if environ.get("STACK") != STACK or not file.is_file():
        return dict(environ)
    return {**environ, "STACK": file.read_text().strip()}


def run_detect(path: Path, places: Places, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (str(path / "bin" / "detect"), str(places.build_root)),
        env=tell_stack(path, environ), text=True, capture_output=True, check=False,
    )  # fmt: skip


def compile_app(buildpack: Buildpack, places: Places, environ: Mapping[str, str], output: Output) -> None:
    """``bin/compile BUILD_DIR CACHE_DIR ENV_DIR``, its lines shown as they come.

    Raises:
        StepFailed: it ended with another status than 0.
    """
    argv = (
        str(buildpack.path / "bin" / "compile"),
        str(places.build_root),
        str(places.cache),
        str(places.environment),
    )
    with subprocess.Popen(
        argv,
        env=tell_stack(buildpack.path, environ),
        cwd=places.build_root,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout
        output.compiled(process.stdout)
    if process.returncode:
        raise StepFailed(f"compile ended with status {process.returncode}", status=process.returncode)


def read_release(buildpack: Buildpack, places: Places, environ: Mapping[str, str]) -> str:
    """The YAML that ``bin/release`` prints; empty if the buildpack has none.

    Raises:
        StepFailed: it ended with another status than 0.
    """
    program = buildpack.path / "bin" / "release"
    if not program.exists():
        return ""
    done = subprocess.run(
        (str(program), str(places.build_root)),
        env=tell_stack(buildpack.path, environ),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StepFailed(f"release ended with status {done.returncode}", status=done.returncode)
    return done.stdout
