"""Calling other programs."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from devcluster.errors import CommandFailed


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout: float = 900.0,
) -> str:
    """Return what the program wrote to its standard output.

    Raises:
        CommandFailed: it is missing, took longer than ``timeout`` seconds or ended with an error.
    """
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env={**os.environ, "PATH": get_search_path(), **(env or {})},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise CommandFailed(f"The program {argv[0]} is not installed.") from error
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"{shlex.join(argv)} took longer than {timeout:.0f} s.") from error
    if done.returncode:
        raise CommandFailed(build_failure(argv, done.returncode, output=done.stderr or done.stdout))
    return done.stdout


def get_search_path() -> str:
    """Where programs are looked for: with the system's own, which a shell may not have by ``su``."""
    return f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/local/sbin:/usr/sbin:/sbin"


def build_failure(argv: Sequence[str], status: int, *, output: str) -> str:
    """A sentence with the last lines of what the program said."""
    tail = "\n".join(f"    {line}" for line in output.strip().splitlines()[-12:])
    shown = shlex.join(argv)
    shown = shown if len(shown) <= 200 else shown[:200] + " …"
    return f"{shown} ended with status {status}" + (f":\n{tail}" if tail else ".")
