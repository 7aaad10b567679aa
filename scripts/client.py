#!/usr/bin/env python3
"""``make cli``: the client as a wheel, and as one file that any Python from 3.10 on runs, both in ``dist/``.

The same source makes the same bytes. The one file holds the packages of ``cli/requirements.txt`` without what is
compiled for one machine: each of them works without.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLI = ROOT / "cli"
DIST = ROOT / "dist"
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
SHEBANG = b"#!/usr/bin/env python3\n"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file; no archive has an earlier one."""
BUILD_ID = "build-id"
COMPILED = (".so", ".pyd", ".pyc", ".pyi")
FROM_THE_INSTALLER = ("WHEEL", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


class BuildError(Exception):
    """A sentence about why there is no client."""


def main() -> int:
    DIST.mkdir(exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            source = copy_source(Path(scratch) / "cli")
            made = (build_wheel(source, Path(scratch)), build_file(source, Path(scratch)))
            for path in made:
                print(shutil.copy(path, DIST / path.name))
    except BuildError as error:
        print(f"client: {error}", file=sys.stderr)
        return 1
    return 0


def copy_source(target: Path) -> Path:
    """Return a copy without what Git ignores, such as an earlier build's leavings."""
    ignored = shutil.ignore_patterns("tests", "build", "*.egg-info", "__pycache__")
    return Path(shutil.copytree(CLI, target, ignore=ignored))


def build_wheel(source: Path, scratch: Path) -> Path:
    run_pip(
        "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(scratch), str(source)
    )
    (wheel,) = scratch.glob("*.whl")
    return wheel


def build_file(source: Path, scratch: Path) -> Path:
    """Return the one file, executable."""
    content = scratch / "content"
    requirements = str(source / "requirements.txt")
    run_pip(
        "install",
        "--no-deps",
        "--no-compile",
        "--require-hashes",
        "--target",
        str(content),
        "-r",
        requirements,
    )
    shutil.rmtree(content / "bin", ignore_errors=True)
    shutil.copytree(source / "deis", content / "deis")
    for path in (source / "zipapp").iterdir():
        shutil.copy(path, content)
    (content / BUILD_ID).write_text(compute_digest(content))
    target = scratch / "deis"
    target.write_bytes(SHEBANG)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        for path in list_files(content):
            entry = zipfile.ZipInfo(str(path.relative_to(content)), EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    target.chmod(0o755)
    return target


def compute_digest(content: Path) -> str:
    digest = hashlib.sha256()
    for path in list_files(content):
        digest.update(f"{path.relative_to(content)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def list_files(content: Path) -> list[Path]:
    """Return what belongs into the archive, in one order everywhere."""
    files = sorted(path for path in content.rglob("*") if path.is_file())
    return [path for path in files if path.suffix not in COMPILED and path.name not in FROM_THE_INSTALLER]


def run_pip(*arguments: str) -> None:
    env = os.environ | {"SOURCE_DATE_EPOCH": "315532800"}
    done = subprocess.run((*PIP, arguments[0], "--quiet", *arguments[1:]), cwd=ROOT, env=env, check=False)
    if done.returncode:
        raise BuildError(f"pip {arguments[0]} failed; the reason is above")


if __name__ == "__main__":
    raise SystemExit(main())
