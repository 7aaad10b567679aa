"""Reads a slug's Procfile and ``.release`` for ``/runner/init``; prints what the shell needs."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

sys.path.append("/usr/lib/python3/dist-packages")
import yaml

Document = dict[str, Any]


def parse_mapping(text: str) -> Document:
    """A YAML mapping; anything else counts as an empty one.

    What is no list or mapping stays the text that was written: `on` and `0x10` are words here, as for whoever
    released the slug.
    """
    document = yaml.load(text, Loader=yaml.BaseLoader)
    return document if isinstance(document, dict) else {}


def render_config_vars(release: Document) -> str:
    """``KEY='value'`` lines: they change variables that exist, and export nothing new."""
    pairs = release.get("config_vars") or {}
    return "".join(f"{key}={shlex.quote(str(value))}\n" for key, value in sorted(pairs.items()))


def get_command(procfile: Document, process_type: str) -> str:
    """The command line of a process type; empty if there is none."""
    return str(procfile.get(process_type) or "")


def main(argv: list[str]) -> int:
    """``config_vars FILE``, ``command PROCFILE TYPE`` or ``default_command RELEASE TYPE``."""
    wanted, path, *rest = argv
    document = parse_mapping(Path(path).read_text()) if Path(path).exists() else {}
    if wanted == "config_vars":
        sys.stdout.write(render_config_vars(document))
    elif wanted == "command":
        print(get_command(document, *rest))
    else:
        print(get_command(document.get("default_process_types") or {}, *rest))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
