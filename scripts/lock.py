#!/usr/bin/env python3
"""Pin every dependency of the tree: one constraints file, one requirements file a component.

``constraints.txt`` holds one version of each package for the whole tree, ``requirements-dev.txt`` the
environment of ``make venv``, ``<component>/requirements.txt`` what that component's image installs, and
``requirements-<extra>.txt`` what it installs apart from that. All but the first carry hashes. Versions already in
``constraints.txt`` stay unless ``--upgrade`` is given, so a new dependency moves nothing else.

A component that may be installed elsewhere, the client, says which Python it needs; the rest runs in our images.

A component names the kit as ``deis-kit[extra]``; images have the kit in their base, so it is replaced here by
what those extras need.
"""

from __future__ import annotations

import argparse
import fcntl
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON_FLOOR = "3.11"
KIT = re.compile(r"^deis-kit(\[(?P<extras>[^]]*)\])?\s*([<>=~!].*)?$")


class LockError(Exception):
    """A sentence about why nothing was locked."""


def main(argv: Sequence[str]) -> int:
    options = parse_arguments(argv)
    try:
        with (ROOT / "pyproject.toml").open() as lock_file:
            fcntl.flock(lock_file, fcntl.LOCK_EX)
            stale = lock(options.component, upgrade=options.upgrade, check=options.check)
    except LockError as error:
        print(f"lock: {error}", file=sys.stderr)
        return 1
    outcome = "is out of date; run scripts/lock.py" if options.check else "written"
    for path in stale:
        print(f"{path.relative_to(ROOT)} {outcome}")
    return 1 if options.check and stale else 0


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Pin the dependencies of the tree.")
    parser.add_argument("component", nargs="*", help="only these directories (all, if none is named)")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that agree")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file would change")
    return parser.parse_args(argv)


def lock(names: Sequence[str], *, upgrade: bool, check: bool) -> list[Path]:
    """Return the files that changed (or would, with ``check``)."""
    components = list_components()
    wanted = [find_component(name, components) for name in names] or components
    changed = []
    with tempfile.TemporaryDirectory() as scratch:
        pins = Path(scratch) / "constraints.txt"
        if not upgrade and (ROOT / "constraints.txt").exists():
            shutil.copy(ROOT / "constraints.txt", pins)
        tools = [line for path in components for lines in read_tools(path).values() for line in lines]
        compile_pins([*list_everything(components), *tools], output=pins)
        changed += publish(pins.read_text(), ROOT / "constraints.txt", check=check)
        text = compile_hashed(list_everything(components), constraints=pins)
        changed += publish(text, ROOT / "requirements-dev.txt", check=check)
        for path in wanted:
            if requirements := list_requirements(path):
                text = compile_hashed(requirements, constraints=pins, python=read_floor(path))
                changed += publish(text, path / "requirements.txt", check=check)
            for extra, requirements in read_tools(path).items():
                text = compile_hashed(requirements, constraints=pins, python=read_floor(path))
                changed += publish(text, path / f"requirements-{extra}.txt", check=check)
    return changed


def list_components() -> list[Path]:
    return sorted(path.parent for path in ROOT.glob("*/pyproject.toml"))


def find_component(name: str, components: Iterable[Path]) -> Path:
    for path in components:
        if path.name == name.rstrip("/"):
            return path
    raise LockError(f"{name} has no pyproject.toml")


def list_everything(components: Iterable[Path]) -> list[str]:
    """Return what the one environment for development holds: tools, components, every extra of the kit."""
    groups = read_toml(ROOT)["dependency-groups"]
    lines = [line for group in groups.values() for line in group]
    for path in components:
        lines += list_requirements(path)
    return lines + [line for extra in read_extras() for line in expand_kit(f"deis-kit[{extra}]")]


def list_requirements(component: Path) -> list[str]:
    """Return a component's requirements, the kit's extras in place of the kit."""
    if component.name == "kit":  # what the base image holds
        return expand_kit("deis-kit[kube]")
    lines: list[str] = read_toml(component).get("project", {}).get("dependencies", [])
    return [real for line in lines for real in expand_kit(line)]


def read_tools(component: Path) -> dict[str, list[str]]:
    """Return, by the extra's name, what a component's image has beside the component: programs of other people."""
    extras: dict[str, list[str]] = read_toml(component).get("project", {}).get("optional-dependencies", {})
    return {} if component.name == "kit" else extras


def read_floor(component: Path) -> str:
    """Return the oldest Python that the component runs on."""
    wanted: str = read_toml(component).get("project", {}).get("requires-python", "")
    return wanted.removeprefix(">=") or PYTHON_FLOOR


def expand_kit(requirement: str) -> list[str]:
    match = KIT.match(requirement)
    if not match:
        return [requirement]
    extras = [extra.strip() for extra in (match["extras"] or "").split(",") if extra.strip()]
    known = read_extras()
    for extra in extras:
        if extra not in known:
            raise LockError(f"the kit has no extra {extra!r}; it has {', '.join(sorted(known))}")
    return [line for extra in extras for line in known[extra]]


def read_extras() -> dict[str, list[str]]:
    extras: dict[str, list[str]] = read_toml(ROOT / "kit")["project"]["optional-dependencies"]
    return extras


def read_toml(directory: Path) -> dict[str, Any]:
    path = directory / "pyproject.toml"
    try:
        return tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise LockError(f"{path.relative_to(ROOT)}: {error}") from error


def compile_pins(requirements: Sequence[str], *, output: Path) -> None:
    run_uv(requirements, "--output-file", str(output))


def compile_hashed(requirements: Sequence[str], *, constraints: Path, python: str = PYTHON_FLOOR) -> str:
    if not requirements:
        return ""
    return run_uv(requirements, "--generate-hashes", "--constraint", str(constraints), python=python)


def run_uv(requirements: Sequence[str], *options: str, python: str = PYTHON_FLOOR) -> str:
    """Run ``uv pip compile`` for all platforms at once; no address of an index gets into the output."""
    command = [find_uv(), "pip", "compile", "--universal", "--python-version", python, "--quiet"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--no-config"]
    lines = "\n".join(requirements) + "\n"
    done = subprocess.run([*command, *options, "-"], input=lines, capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        raise LockError(done.stderr.strip())
    return done.stdout


def find_uv() -> str:
    beside = Path(sys.executable).parent / "uv"
    for candidate in (ROOT / ".venv/bin/uv", beside):
        if candidate.exists():
            return str(candidate)
    found = shutil.which("uv")
    if not found:
        raise LockError("uv is missing; make the environment first: make venv")
    return found


def publish(text: str, target: Path, *, check: bool) -> list[Path]:
    if target.exists() and target.read_text() == text:
        return []
    if not check:
        target.write_text(text)
    return [target]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
