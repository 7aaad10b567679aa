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


def replace_file(path: str, text: str) -> None:
    """As a whole or not at all. A new file can be read by its owner only; an existing one keeps its mode.

    Raises:
        OSError: it can't be written.
    """
    try:
        mode = os.stat(path).st_mode & 0o777
    except FileNotFoundError:
        mode = 0o600
    scratch = f"{path}.{os.getpid()}.new"
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(scratch, mode)
        os.replace(scratch, path)
    except BaseException:  # also when interrupted: nothing may be left beside the file, and the error goes on
        os.unlink(scratch)
        raise


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
