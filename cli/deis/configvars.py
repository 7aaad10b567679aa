"""Config variables as text: on the command line, in ``.env``, in output.

Source: cli specification, section 10.19.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping

from deis.errors import CliError

_PAIR = re.compile(r"([A-z_]+[A-z0-9_]*)=([\s\S]*)")
_SSH_KEY = re.compile(r"-----BEGIN (DSA|RSA|EC|OPENSSH) PRIVATE KEY-----")


def parse_pair(text: str) -> tuple[str, str]:
    match = _PAIR.fullmatch(text)
    if match is None:
        raise CliError(f"'{text}' does not match the pattern 'key=var', ex: MODE=test\n")
    return match.group(1), match.group(2)


def parse_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """``KEY=value`` words; those that start with ``#`` are comments, the last one of a key counts."""
    return dict(parse_pair(pair) for pair in pairs if not pair.startswith("#"))


def split_env_lines(text: str) -> list[str]:
    """The lines of a ``.env`` file that say something; a value never spans lines."""
    return [line for line in (line.strip("\r") for line in text.split("\n")) if line]


def parse_env_file(text: str) -> dict[str, str]:
    return parse_pairs(split_env_lines(text))


def render_lines(values: Mapping[str, str]) -> str:
    return "".join(f"{key}={values[key]}\n" for key in sorted(values))


def render_oneline(values: Mapping[str, str]) -> str:
    return " ".join(f"{key}={values[key]}" for key in sorted(values)) + "\n" if values else ""


EDIT_HEADER = """\
# Config of {app}, one KEY=value a line. A line that you remove is a variable that is unset.
# A value of several lines, or one that begins with a quote, is in JSON: KEY="one\\ntwo"
"""


def render_for_editor(app: str, values: Mapping[str, str]) -> str:
    """All variables as a text that :func:`parse_edited` reads back unchanged."""
    lines = [f"{key}={_quote(values[key])}\n" for key in sorted(values)]
    return EDIT_HEADER.format(app=app) + "\n" + "".join(lines)


def _quote(value: str) -> str:
    is_plain = value.isprintable() and not value.startswith('"') and value == value.strip()
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def parse_edited(text: str) -> dict[str, str]:
    """
    Raises:
        CliError: a line is no variable, one comes twice, or what begins with a quote is no JSON.
    """
    values: dict[str, str] = {}
    for line in split_env_lines(text):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, value = parse_pair(line.strip())
        if key in values:
            raise CliError(f"{key} is there twice")
        values[key] = _unquote(key, value)
    return values


def _unquote(key: str, value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        text = json.loads(value)
    except ValueError as error:
        raise CliError(f"the value of {key} begins with a quote and is no JSON: {error}") from error
    return str(text)


def plan_changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    """What to set, and what to unset (None), to come from one to the other."""
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    return {**changed, **{key: None for key in before if key not in after}}


def encode_ssh_key(value: str, *, read: Callable[[str], str | None]) -> str:
    """The private key in base64, whether it was given as text, in base64 or as a file.

    ``read`` returns the text of a file, or None if there is no such file.

    Raises:
        CliError: none of the three.
    """
    for text in (value, _decode(value), read(value)):
        if text and _SSH_KEY.match(text):
            return base64.b64encode(text.encode()).decode()
    raise CliError(f"Could not parse SSH private key:\n {value}")


def _decode(value: str) -> str | None:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def render_healthcheck_notice(key: str) -> str:
    return (
        f"Hey there! We've noticed that you're using 'deis config:set {key}'\n"
        "to set up healthchecks. This functionality has been deprecated. In the future, please use\n"
        "'deis healthchecks' to set up application health checks. Thanks!"
    )
