"""The wheel: built from the source, installed where nothing else is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2]


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(180)
def test_the_wheel_installs_and_runs(tmp_path: Path) -> None:
    shutil.copytree(SOURCE, tmp_path / "cli", ignore=shutil.ignore_patterns("tests", "*.egg-info", "build"))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), "./cli", cwd=tmp_path)
    (wheel,) = tmp_path.glob("deis-3.0.0-*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", "clean", cwd=tmp_path)
    python = str(tmp_path / "clean/bin/python")
    run(*pip, "--python", python, "install", "-q", "--no-deps", "--no-index", str(wheel), cwd=tmp_path)
    program = str(tmp_path / "clean/bin/deis")
    assert run(program, "version", cwd=tmp_path) == "v3.0.0\n"
    assert "Usage: deis <command> [<args>...]" in run(program, "help", cwd=tmp_path)
