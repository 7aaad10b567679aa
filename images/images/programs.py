"""Calling other programs."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from images.errors import BuildFailed

SHOWN_LINES = 25


def run(argv: Sequence[str], *, env: Mapping[str, str] | None = None, timeout: float = 600.0) -> str:
    """Return what the program wrote to its standard output.

    Raises:
        BuildFailed: it is missing, took longer than ``timeout`` seconds or ended with an error.
    """
    try:
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=timeout, check=False)
    except FileNotFoundError as error:
        raise BuildFailed(f"The program {argv[0]} is not installed; `make packages` installs it.") from error
    except subprocess.TimeoutExpired as error:
        raise BuildFailed(f"{shlex.join(argv)} took longer than {timeout:.0f} s.") from error
    if done.returncode:
        raise BuildFailed(f"{shlex.join(argv)} failed:\n{render_tail(done.stderr or done.stdout)}")
    return done.stdout


def run_logged(argv: Sequence[str], log: Path, *, env: Mapping[str, str], what: str) -> None:
    """Run a long program whose output goes to a file.

    Raises:
        BuildFailed: it ended with an error; the message has its last lines.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        done = subprocess.run(
            argv, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        tail = render_tail(log.read_text(errors="replace"))
        raise BuildFailed(f"{what} failed; all of its output is in {log}. The last lines:\n{tail}")


def render_tail(output: str) -> str:
    return "\n".join(f"    {line}" for line in output.strip().splitlines()[-SHOWN_LINES:])
