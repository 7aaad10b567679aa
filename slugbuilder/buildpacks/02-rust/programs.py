"""Copies the programs that cargo says it has built; older ones may lie beside them in the cache."""

import json
import shutil
import sys
from pathlib import Path


def list_programs(messages: str) -> list[Path]:
    """The executables among cargo's messages, one JSON object a line."""
    found = (json.loads(line) for line in messages.splitlines() if line.startswith("{"))
    return [Path(message["executable"]) for message in found if message.get("executable")]


def main(messages: str, target: str) -> int:
    programs = list_programs(Path(messages).read_text())
    for program in programs:
        shutil.copy(program, Path(target) / program.name)
        print(f"built bin/{program.name}")
    if not programs:
        print(
            " !     cargo built no program: the package has only a library. Add src/main.rs.", file=sys.stderr
        )
    return 0 if programs else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
