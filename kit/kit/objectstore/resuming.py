"""Reading one object over connections that may break."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kit.objectstore.errors import ObjectNotFound, StoreRefused, StoreUnavailable
from kit.objectstore.stores import Errors


class Answer(Protocol):
    """What is left of an object, as a client library gives it. It raises an error if it ends too early."""

    def read(self, size: int) -> bytes: ...

    def close(self) -> None: ...


class Resuming:
    """An object from its beginning to its end; where a connection breaks, the next one goes on.

    ``open_rest`` gives what is left from a position, and raises our own errors. It must not give the rest of another
    object that has taken the place of the first.
    """

    def __init__(self, open_rest: Callable[[int], Answer], *, errors: Errors, attempts: int) -> None:
        self._open_rest = open_rest
        self._errors = errors
        self._attempts = attempts
        self._position = 0
        self._answer = open_rest(0)

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes, none at the end.

        Raises:
            StoreUnavailable: so many connections broke one after the other without giving a byte.
        """
        for _ in range(self._attempts - 1):
            try:
                return self._read(size)
            except StoreRefused:
                raise
            except StoreUnavailable:
                self._reopen()
        return self._read(size)

    def _read(self, size: int) -> bytes:
        with self._errors():
            piece = self._answer.read(size)
        self._position += len(piece)
        return piece

    def _reopen(self) -> None:
        self._answer.close()
        try:
            self._answer = self._open_rest(self._position)
        except ObjectNotFound as error:
            raise StoreUnavailable(f"{error} any more: it went while it was read") from error

    def close(self) -> None:
        self._answer.close()
