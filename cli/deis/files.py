"""Local files that users name, with errors in the words they know."""

from __future__ import annotations

import os

from deis.errors import CliError


def read_text(path: str) -> str:
    """The file's text, line ends untouched.

    Raises:
        CliError: ``open {path}: no such file or directory`` and the like.
    """
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except OSError as error:
        raise build_open_error(path, error) from error
    except UnicodeDecodeError as error:
        raise CliError(f"{path} is no UTF-8 text") from error


def build_open_error(path: str, error: OSError) -> CliError:
    reason = error.strerror or str(error)
    return CliError(f"open {path}: {reason[:1].lower()}{reason[1:]}")


def write_private(path: str, text: str) -> None:
    """Replace the file's content; a new file can be read by its owner only."""
    try:
        data = text.encode("utf-8", "surrogateescape")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError as error:
        raise build_open_error(path, error) from error
    except UnicodeEncodeError as error:
        raise CliError(f"{path} can't be written: a value is no UTF-8 text") from error
