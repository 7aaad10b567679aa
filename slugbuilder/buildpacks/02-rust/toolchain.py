"""Refuses a version of Rust that the stack does not have: ``rust-toolchain.toml``, or its old form of one line."""

import sys
import tomllib
from pathlib import Path

FILES = ("rust-toolchain.toml", "rust-toolchain")
HERE = ("stable", "")


def read_channel(path: Path) -> str:
    """The channel that the file names; empty if it names none."""
    text = path.read_text().strip()
    if path.suffix == "" and "[" not in text:
        return text
    toolchain = tomllib.loads(text).get("toolchain", {})
    return str(toolchain.get("channel", ""))


def fits(channel: str, stack: str) -> bool:
    """``1.85`` fits 1.85.0; so does ``stable``, whatever it is."""
    return channel in HERE or f"{stack}.".startswith(f"{channel}.")


def main(stack: str) -> int:
    for path in (found for found in map(Path, FILES) if found.is_file()):
        try:
            channel = read_channel(path)
        except tomllib.TOMLDecodeError as error:
            print(f" !     {path} is no TOML: {error}", file=sys.stderr)
            return 1
        if not fits(channel, stack):
            print(f" !     {path} asks for Rust {channel}; this stack has Rust {stack}.", file=sys.stderr)
            print(
                " !     Change or remove the file, or choose another buildpack with BUILDPACK_URL.",
                file=sys.stderr,
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
