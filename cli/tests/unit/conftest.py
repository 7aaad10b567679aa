"""Unit tests start the program some seven hundred times, so they fork it; ``deis.run`` starts it from nothing."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def forks() -> bool:
    return True
