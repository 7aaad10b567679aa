"""A text in the user's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile

from deis.errors import CliError


def edit_text(text: str, *, editor: str) -> str:
    """The text as the user leaves it. The file that is edited can be read by nobody else, and goes afterwards.

    Raises:
        CliError: the editor is not there, or says that it failed.
    """
    with tempfile.TemporaryDirectory(prefix="deis-") as directory:
        path = os.path.join(directory, "config.env")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        _run_editor(editor, path)
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise CliError(f"what the editor left cannot be read: {error}; nothing is changed") from error


def _run_editor(editor: str, path: str) -> None:
    try:
        command = [*shlex.split(editor), path]
        status = subprocess.run(command, check=False).returncode
    except (OSError, ValueError) as error:
        raise CliError(f"the editor {editor} cannot be run: {error}; set EDITOR to another") from error
    if status:
        raise CliError(f"the editor {editor} ended with status {status}; nothing is changed")
