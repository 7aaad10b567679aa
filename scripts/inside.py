"""Runs one program of the checkout in the test image, with the versions we ship: ``python3 scripts/inside.py argv...``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from live import Inside

PACKAGES = ("kit", "testing", "controller", "controller/tests")
"""Where the checkout's own code lies that programs import."""


def main(argv: list[str]) -> int:
    """The status of the program."""
    with tempfile.TemporaryDirectory(prefix="deis-inside-") as private:
        inside = Inside(Path(private))
        try:
            return inside.run("env", f"PYTHONPATH={':'.join(PACKAGES)}", *argv)
        finally:
            inside.remove()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
