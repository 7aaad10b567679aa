from __future__ import annotations

import socket
from pathlib import Path

import pytest

from deis.transport import explain_failure, find_certificates, is_loopback, is_same_controller


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("http://a.b/v2", "http://a.b/v2/", True),
        ("http://a.b/", "https://a.b/", True),
        ("http://a.b:80/", "https://a.b:443/", True),
        ("https://a.b/", "http://a.b/", False),
        ("http://a.b/", "http://c.d/", False),
        ("http://a.b/", "http://a.b:8080/", False),
        ("http://a.b:8080/", "https://a.b/", False),
    ],
)
def test_a_redirect_stays_with_the_controller(before: str, after: str, same: bool) -> None:
    assert is_same_controller(before, after) is same


def test_the_named_certificates_win(tmp_path: Path) -> None:
    assert find_certificates(str(tmp_path)) == str(tmp_path)
    assert find_certificates(None)


def test_loopback() -> None:
    assert is_loopback("localhost")
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("deis.example.com")


def test_the_innermost_reason_is_told() -> None:
    outer = RuntimeError("layers", ConnectionRefusedError(111, "Connection refused"))
    assert explain_failure(outer) == "connection refused"
    assert explain_failure(socket.gaierror(-2, "Name or service not known")).endswith(
        "Name or service not known"
    )
    assert explain_failure(TimeoutError()) == "the connection timed out"
    assert explain_failure(ValueError("Odd")) == "odd"
