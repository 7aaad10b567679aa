"""What the Python buildpack says before it installs anything."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

COMPILE = Path(__file__).resolve().parents[2] / "buildpacks" / "04-python" / "bin" / "compile"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pypy", "runtime.txt names no version of Python."),
        ("python-2.7.18", "runtime.txt asks for Python 2.7.18; this stack has Python 3."),
    ],
)
def test_a_version_that_there_is_not_is_refused_with_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    build, cache, env = (tmp_path / name for name in ("build", "cache", "env"))
    for directory in (build, cache, env):
        directory.mkdir()
    (build / "runtime.txt").write_text(f"{text}\n")
    done = subprocess.run((COMPILE, build, cache, env), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert said in done.stderr
