"""Database connections are borrowed for a moment, never held while something is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def session() -> Iterator[None]:
    """Give this thread's connection back to the pool at the end."""
    try:
        yield
    finally:
        connection.close()


def release_connection() -> None:
    """Give the connection back now; the next query borrows one again."""
    connection.close()
