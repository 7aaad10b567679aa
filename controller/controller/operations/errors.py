"""What ends an operation from outside."""

from __future__ import annotations

from kit.errors import Conflict


class Cancelled(Conflict):
    """Somebody asked for it to stop."""

    def __init__(self, by: str) -> None:
        super().__init__(f"It was cancelled by {by}")
