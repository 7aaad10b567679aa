"""The settings file: who is logged in where. Its form is that of the old client.

Source: cli specification, section 4.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from typing import Any, NamedTuple

from deis.controllers import parse_controller
from deis.errors import CliError
from deis.files import replace_file

DEFAULT_LIMIT = 100


class Token(str):
    """An API token that shows itself in no log, traceback or error."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "******"

    def reveal(self) -> str:
        return str.__str__(self)


NO_TOKEN = Token("")


class Profile(NamedTuple):
    """The content of one settings file."""

    username: str = ""
    ssl_verify: bool = False
    controller: str = ""
    token: Token = NO_TOKEN
    response_limit: int = 0

    @property
    def limit(self) -> int:
        """Page size of list commands."""
        return self.response_limit if self.response_limit > 0 else DEFAULT_LIMIT


def locate_profile(option: str | None, variable: str | None, *, home: str) -> str:
    """Path of the settings file for ``-c`` and ``DEIS_PROFILE``; the option wins if it says something.

    What looks like a path to a ``.json`` file is one; anything else is a name below ``~/.deis``.
    """
    name = option or (variable if variable is not None else "client")
    if re.match(r".*[/\\].+\.json$", name):
        return name
    return (
        posixpath.normpath(f"{home}/.deis/{name}.json") if home else posixpath.normpath(f".deis/{name}.json")
    )


def parse_profile(text: str) -> Profile:
    """Read the JSON of a settings file; unknown keys are ignored, missing ones have defaults.

    Raises:
        CliError: no JSON, no object, a value of the wrong type, or no usable controller.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CliError(str(error)) from error
    if not isinstance(data, dict):
        raise CliError("the settings file does not hold a JSON object")
    return Profile(
        username=_typed(data, "username", str, ""),
        ssl_verify=_typed(data, "ssl_verify", bool, False),
        controller=parse_controller(_typed(data, "controller", str, "")),
        token=Token(_typed(data, "token", str, "")),
        response_limit=_typed(data, "response_limit", int, 0),
    )


def _typed(data: dict[str, Any], key: str, kind: type, default: Any) -> Any:
    value = data.get(key)
    if value is None:
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise CliError(f"the settings file has a {key} that is no {kind.__name__}")
    return value


def render_profile(profile: Profile) -> str:
    """One line of JSON, keys in the old order, no newline at the end."""
    data = {**profile._asdict(), "token": profile.token.reveal()}
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def load_profile(path: str) -> Profile:
    """Raise ``CliError`` that names the file if it is missing: nobody is logged in."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError as error:
        raise CliError(
            f"Client configuration file not found at: {path}\n"
            "Are you logged in? Use 'deis login' or 'deis register' to get started."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"cannot read the settings file {path}: {_reason(error)}") from error
    try:
        return parse_profile(text)
    except CliError as error:
        if str(error).startswith("host "):
            raise
        raise CliError(f"{error} ({path})") from error


def save_profile(path: str, profile: Profile, *, home: str) -> None:
    """Write the file as a whole or not at all; a new one can be read by its owner only.

    ``~/.deis`` is made in any case. An existing file keeps its mode, a link stays a link.
    """
    try:
        os.makedirs(os.path.join(home, ".deis"), mode=0o700, exist_ok=True)
        replace_file(os.path.realpath(path), render_profile(profile))
    except OSError as error:
        raise CliError(f"cannot write the settings file {path}: {_reason(error)}") from error


def list_profiles(home: str) -> list[str]:
    """The names that ``-c`` takes for the settings files below ``~/.deis``."""
    try:
        files = os.listdir(os.path.join(home, ".deis")) if home else []
    except OSError:
        return []
    return [name.removesuffix(".json") for name in files if name.endswith(".json") and name.isprintable()]


def delete_profile(path: str) -> None:
    """Remove the file; a missing one is fine."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise CliError(f"cannot remove the settings file {path}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
