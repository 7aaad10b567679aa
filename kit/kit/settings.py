"""Settings from the environment: casts that gather every error, and a ``Secret`` that does not print."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from kit.errors import PlatformError

T = TypeVar("T")
V = TypeVar("V")

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


class SettingsError(PlatformError):
    """Names every missing or malformed variable at once, one on a line."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("The settings are incomplete:\n" + "\n".join(f"  {line}" for line in self.problems))


class Secret:
    """A value that prints as ``******``; ``reveal()`` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret('******')"

    def __str__(self) -> str:
        return "******"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))


class Required:
    """The type of ``REQUIRED``: a variable without a default."""


REQUIRED: Final = Required()


class Reader:
    """Reads variables and collects what is wrong with them; ``finish()`` raises it all at once.

    An empty variable counts as absent. A wrong one gives a stand-in value, so that reading goes on::

        reader = Reader(env)
        settings = Settings(port=reader.integer("PORT", 8080), key=reader.secret("KEY"))
        reader.finish()
        return settings
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._problems: list[str] = []

    def text(self, name: str, default: T | Required = REQUIRED) -> str | T:
        return self._read(name, default, str, stand_in="")

    def integer(self, name: str, default: T | Required = REQUIRED) -> int | T:
        return self._read(name, default, parse_integer, stand_in=0)

    def number(self, name: str, default: T | Required = REQUIRED) -> float | T:
        return self._read(name, default, parse_number, stand_in=0.0)

    def boolean(self, name: str, default: T | Required = REQUIRED) -> bool | T:
        return self._read(name, default, parse_boolean, stand_in=False)

    def secret(self, name: str, default: T | Required = REQUIRED) -> Secret | T:
        return self._read(name, default, Secret, stand_in=Secret(""))

    def duration_ms(self, name: str, default: T | Required = REQUIRED) -> float | T:
        """Read milliseconds, return seconds. ``default`` is in seconds."""
        return self._read(name, default, lambda text: parse_number(text) / 1000, stand_in=0.0)

    def choice(self, name: str, choices: Iterable[str], default: T | Required = REQUIRED) -> str | T:
        known = tuple(choices)
        return self._read(name, default, lambda text: parse_choice(text, known), stand_in="")

    def json(self, name: str, default: T | Required = REQUIRED) -> Any | T:
        return self._read(name, default, parse_json, stand_in=None)

    def file_text(self, path: str | Path, default: T | Required = REQUIRED) -> str | T:
        """Read a mounted file, such as a key of a Secret, without white space around it."""
        try:
            content = Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            if isinstance(default, Required):
                reason = error.strerror if isinstance(error, OSError) else "not text"
                self._problems.append(f"the file {path} can not be read: {reason}")
                return ""
            return default
        return content

    def file_secret(self, path: str | Path, default: T | Required = REQUIRED) -> Secret | T:
        text = self.file_text(path, None if not isinstance(default, Required) else REQUIRED)
        if text is None and not isinstance(default, Required):
            return default
        return Secret(text or "")

    def reject(self, name: str, reason: str) -> None:
        """Add a problem that only the caller can see, such as two variables that contradict each other."""
        self._problems.append(f"{name} {reason}")

    def finish(self) -> None:
        """Raise ``SettingsError`` if anything was missing or malformed."""
        if self._problems:
            raise SettingsError(self._problems)

    def _read(self, name: str, default: T | Required, cast: Callable[[str], V], *, stand_in: V) -> V | T:
        text = self._env.get(name, "")
        if text == "":
            if isinstance(default, Required):
                self._problems.append(f"{name} is missing")
                return stand_in
            return default
        try:
            return cast(text)
        except ValueError as error:
            self._problems.append(f"{name} {error}")
            return stand_in


def parse_integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"is {text!r}; it must be a whole number") from None


def parse_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"is {text!r}; it must be a number")
    return value


def parse_boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in TRUE | FALSE:
        raise ValueError(f"is {text!r}; it must be true or false")
    return word in TRUE


def parse_choice(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise ValueError(f"is {text!r}; it must be one of {', '.join(choices)}")
    return text


def parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"is not JSON: {error}") from None


class _AskedFor(Mapping[str, str]):
    """An empty environment that remembers what it was asked."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __getitem__(self, name: str) -> str:
        if name not in self.names:
            self.names.append(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def list_variables(from_env: Callable[[Mapping[str, str]], object]) -> list[str]:
    """Return every variable that ``Settings.from_env`` reads, for the test of a README's table."""
    asked = _AskedFor()
    with contextlib.suppress(SettingsError):
        from_env(asked)
    return asked.names
