"""What the rust buildpack refuses, and which programs it takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BUILDPACK = Path(__file__).resolve().parents[2] / "buildpacks/02-rust"


def run(program: str, *argv: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, str(BUILDPACK / program), *argv)
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=20)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("rust-toolchain", "stable\n"),
        ("rust-toolchain", "1.85\n"),
        ("rust-toolchain", '[toolchain]\nchannel = "1.85.0"\n'),
        ("rust-toolchain.toml", '[toolchain]\nchannel = "stable"\n'),
        ("rust-toolchain.toml", '[toolchain]\ncomponents = ["clippy"]\n'),
        ("other", "nightly"),
    ],
)
def test_versions_of_the_stack(tmp_path, file, text):
    (tmp_path / file).write_text(text)
    done = run("toolchain.py", "1.85.0", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("wanted", ["nightly", "1.8", "1.90", "1.85.1"])
def test_a_version_that_there_is_not_is_refused_with_a_sentence(tmp_path, wanted):
    (tmp_path / "rust-toolchain.toml").write_text(f'[toolchain]\nchannel = "{wanted}"\n')
    done = run("toolchain.py", "1.85.0", cwd=tmp_path)
    assert done.returncode == 1
    assert f"rust-toolchain.toml asks for Rust {wanted}; this stack has Rust 1.85.0." in done.stderr


def test_a_file_that_is_no_toml_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "rust-toolchain.toml").write_text("[toolchain\n")
    done = run("toolchain.py", "1.85.0", cwd=tmp_path)
    assert (done.returncode, "rust-toolchain.toml is no TOML" in done.stderr) == (1, True)


def test_only_programs_that_were_built_now_are_taken(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).write_text(name)
    messages = [{"reason": "a", "executable": None}, {"executable": str(tmp_path / "new")}, {"reason": "b"}]
    (tmp_path / "built").write_text("\n".join(["noise", *map(json.dumps, messages)]))
    (tmp_path / "bin").mkdir()
    done = run("programs.py", str(tmp_path / "built"), str(tmp_path / "bin"), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "built bin/new\n")
    assert [path.name for path in (tmp_path / "bin").iterdir()] == ["new"]


def test_a_package_without_a_program_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "built").write_text("{}\n")
    done = run("programs.py", str(tmp_path / "built"), str(tmp_path), cwd=tmp_path)
    assert (done.returncode, "cargo built no program" in done.stderr) == (1, True)
