"""SSH public keys as files.

Source: cli specification, section 10.23.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from deis.errors import CliError
from deis.files import build_open_error, read_text

_KEY = re.compile(r"(ssh-rsa|ssh-dss|ssh-ed25519|ecdsa-[^ ]+) ([^ ]+) ?(.*)")


class PublicKey(NamedTuple):
    id: str
    public: str
    """The whole content of the file."""
    file_name: str


def parse_public_key(text: str, path: str) -> PublicKey:
    """Read a key; its id is its comment, else the file's name up to the first dot.

    Raises:
        CliError: the text is no key.
    """
    match = _KEY.match(text)
    if match is None:
        raise CliError(f"{path} is not a valid ssh key")
    file_name = os.path.basename(path)
    return PublicKey(match.group(3).strip() or file_name.partition(".")[0], text, file_name)


def get_public_key(path: str) -> PublicKey:
    return parse_public_key(read_text(path), path)


def list_public_keys(home: str) -> tuple[list[PublicKey], list[CliError]]:
    """The keys in ``~/.ssh/*.pub`` by file name, and what is wrong with the others."""
    directory = os.path.join(home, ".ssh")
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".pub"))
    except OSError as error:
        raise build_open_error(directory, error) from error
    keys: list[PublicKey] = []
    wrong: list[CliError] = []
    for name in names:
        try:
            keys.append(get_public_key(os.path.join(directory, name)))
        except CliError as error:
            wrong.append(error)
    return keys, wrong
