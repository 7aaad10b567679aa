"""What can go wrong in the controller. Every text is for the user; the API layer knows the status codes.

An error survives in an operation's row, so that whoever asks later gets the same answer: ``dump_error`` and
``load_error``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kit.errors import Conflict, Forbidden, InvalidInput, NotFound, PlatformError, Unauthorized, Unavailable

Fields = Mapping[str, Iterable[str]]


class NoMatch(NotFound):
    """``No App matches the given query.``: an object that the address names does not exist."""

    def __init__(self, noun: str) -> None:
        super().__init__(f"No {noun} matches the given query.")


class InvalidFields(InvalidInput):
    """Field validation failed: every field with its messages."""

    def __init__(self, fields: Fields) -> None:
        self.fields = {name: list(messages) for name, messages in fields.items()}
        super().__init__("; ".join(f"{name}: {' '.join(texts)}" for name, texts in self.fields.items()))


class InvalidList(InvalidInput):
    """Told as a bare list of messages."""

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = list(messages)
        super().__init__(" ".join(self.messages))


class InvalidAddresses(InvalidList):
    """Whitelist addresses that are none."""


class InvalidService(InvalidList):
    """A process type or paths that can have no Service."""


class InvalidPair(InvalidList):
    """A private key that is not the certificate's."""


class Unprocessable(PlatformError):
    """Something to be removed is not there."""


class TooManyFailures(PlatformError):
    """Logins failed too often of late; ``wait`` seconds from now there is room for one more."""

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(f"Too many failed logins. Try again in {wait} second{'' if wait == 1 else 's'}.")


class Superseded(PlatformError):
    """A newer operation took this one's place: it was told to stop, or the fence in the cluster is higher.

    Nothing was undone.
    """


class OperationBroken(PlatformError):
    """A bug of ours ended an operation; the text is in the log, not in the answer."""


PERMISSION_DENIED = "You do not have permission to perform this action."
NOT_AUTHENTICATED = "Authentication credentials were not provided."

STORED = (
    InvalidInput,
    NotFound,
    NoMatch,
    Conflict,
    Forbidden,
    Unauthorized,
    Unavailable,
    Unprocessable,
    Superseded,
    OperationBroken,
)
BY_NAME: Mapping[str, type[PlatformError]] = {kind.__name__: kind for kind in STORED}


def dump_error(error: PlatformError) -> dict[str, Any]:
    """What a row keeps of an error: our nearest class and what it says."""
    if isinstance(error, InvalidFields):
        return {"kind": "InvalidFields", "detail": error.fields}
    name = next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in BY_NAME), "InvalidInput")
    return {"kind": name, "detail": str(error)}


def load_error(stored: Mapping[str, Any]) -> PlatformError:
    """The error that ``dump_error`` was given."""
    kind, detail = stored.get("kind", ""), stored.get("detail", "")
    if kind == "InvalidFields":
        return InvalidFields(detail)
    if kind == "NoMatch":
        return NoMatch(str(detail).split()[1])
    return BY_NAME.get(kind, InvalidInput)(str(detail))
