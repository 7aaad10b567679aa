"""``requests`` without the package that guesses a text's encoding: a tenth of a call's own time, and asked for nothing.

Answers are UTF-8 here, or told to be none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

GUESSER = "charset_normalizer"
OLDEST = "2.0.0"
"""The oldest version that ``requests`` takes: all that it wants to know before it guesses."""


@contextmanager
def no_guessing() -> Iterator[None]:
    """While ``requests`` is imported, what it would guess with is an empty module."""
    if GUESSER in sys.modules:
        yield
        return
    sys.modules[GUESSER] = module = ModuleType(GUESSER)
    module.__version__ = OLDEST  # type: ignore[attr-defined]  # modules take any name
    try:
        yield
    finally:
        del sys.modules[GUESSER]
