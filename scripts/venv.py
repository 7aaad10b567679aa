#!/usr/bin/env python3
"""Make or refresh the one environment for development, ``.venv``: ``requirements-dev.txt`` and the ``deis`` program.

Does nothing if the environment already is what that file says. Runs with the plain interpreter, as no package
is there yet.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "stamp"
REQUIREMENTS = ROOT / "requirements-dev.txt"
CLI = ROOT / "cli"
MINIMUM = (3, 11)


def main() -> int:
    if sys.version_info < MINIMUM:
        return fail(f"Python {sys.version.split()[0]} is too old; 3.11 is needed (make PYTHON=python3.13)")
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = build_stamp()
        if STAMP.exists() and STAMP.read_text() == wanted:
            return 0
        if not is_usable() and not make():
            return fail("could not make .venv; on Debian the package python3-venv is needed")
        STAMP.unlink(missing_ok=True)
        if not install():
            return fail("could not install requirements-dev.txt and cli/ into .venv; the reason is above")
        STAMP.write_text(wanted)
    return 0


def build_stamp() -> str:
    """Return what the environment depends on: this interpreter, the exact requirements, the program's metadata."""
    digest = hashlib.sha256(sys.version.encode())
    digest.update(REQUIREMENTS.read_bytes())
    digest.update((CLI / "pyproject.toml").read_bytes())
    return digest.hexdigest()


def is_usable() -> bool:
    """Say if there is an environment of this very version of Python whose pip runs."""
    python = VENV / "bin/python"
    if not python.exists():
        return False
    ask = "import pip, sys; print(sys.version)"
    done = subprocess.run([python, "-c", ask], capture_output=True, text=True)
    return done.returncode == 0 and done.stdout.strip() == sys.version.strip()


def make() -> bool:
    shutil.rmtree(VENV, ignore_errors=True)
    return subprocess.run([sys.executable, "-m", "venv", str(VENV)], cwd=ROOT).returncode == 0


def install() -> bool:
    print("Installing the Python environment (.venv); about a minute the first time", flush=True)
    return pip("--require-hashes", "--requirement", str(REQUIREMENTS)) and pip(
        "--no-index", "--no-deps", "--no-build-isolation", "--editable", str(CLI)
    )


def pip(*arguments: str) -> bool:
    command = (str(VENV / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", *arguments)
    return subprocess.run(command, cwd=ROOT).returncode == 0


def fail(sentence: str) -> int:
    print(f"venv: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
