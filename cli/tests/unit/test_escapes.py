from __future__ import annotations

import pytest

from deis.escapes import Escapes


@pytest.mark.parametrize(
    ("typed", "passed", "leaves"),
    [
        (b"ls\r", b"ls\r", False),
        (b"~d", b"", True),
        (b"ls\r~dmore", b"ls\r", True),
        (b"ls ~d", b"ls ~d", False),
        (b"\r~/bin\r", b"\r~/bin\r", False),
        (b"\n~~d", b"\n~d", False),
        (b"~\r~d", b"~\r", True),
    ],
)
def test_keys_for_the_client(typed: bytes, passed: bytes, leaves: bool) -> None:
    assert Escapes().take(typed) == (passed, leaves)
    escapes, seen, left = Escapes(), b"", False
    for key in typed:
        part, left = escapes.take(bytes((key,)))
        seen += part
        if left:
            break
    assert (seen, left) == (passed, leaves)
