#!/usr/bin/env python3
"""Strict types, one component at a time, as tests of several components have the same file name.

A component with a ``mypy.ini`` of its own (the controller: Django's plugin) is checked by that, and so are the
benches, which run its code; all others by the root's ``pyproject.toml``. Every component is checked even if an earlier one fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = "bench"
BENCH_PATH = ("bench", "e2e", "controller/tests")
"""Where the benches import from, beside the controller's own path."""

CACHE = ("--no-sqlite-cache",)
"""Two runs at a time share it; with the database, one of them has died of the other's lock."""


def main(names: Sequence[str]) -> int:
    chosen = names or list_components()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        passed = pool.map(check, (ROOT / name.rstrip("/") for name in chosen))
        failed = [name for name, good in zip(chosen, passed, strict=True) if not good]
    if failed:
        print(f"types: failed in {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def list_components() -> list[str]:
    found = [path.parent.name for path in sorted(ROOT.glob("*/pyproject.toml")) if list_targets(path.parent)]
    return ["scripts", "testing", BENCH, *(["e2e"] if (ROOT / "e2e").exists() else []), *found]


def list_targets(directory: Path) -> list[str]:
    """Return what is checked: a component's packages and programs, and its tests; a directory without, whole."""
    found = sorted(
        {path.parent for name in ("__init__", "__main__") for path in directory.glob(f"*/{name}.py")}
    )
    packages = [path for path in found if path.name != "tests"]
    if not packages:
        return [str(directory)] if any(directory.glob("*.py")) else []
    tests = directory / "tests"
    return [str(path) for path in [*packages, *([tests] if any(tests.rglob("*.py")) else [])]]


def check(directory: Path) -> bool:
    is_bench = directory.name == BENCH
    env = os.environ | ({"MYPYPATH": ":".join(str(ROOT / path) for path in BENCH_PATH)} if is_bench else {})
    own = (ROOT / "controller" if is_bench else directory) / "mypy.ini"
    config = own if own.exists() else ROOT / "pyproject.toml"
    command = [sys.executable, "-m", "mypy", *CACHE, "--config-file", str(config), *list_targets(directory)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    print(f"{directory.name}: {done.stdout}{done.stderr}", end="", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
