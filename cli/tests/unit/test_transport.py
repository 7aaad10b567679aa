from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest
import requests

from deis.transport import (
    _Adapter,
    explain_failure,
    find_certificates,
    is_hashed,
    is_loopback,
    is_newer,
    is_same_controller,
)


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


def test_a_directory_is_read_if_openssl_finds_certificates_in_it(tmp_path: Path) -> None:
    assert not is_hashed(str(tmp_path))
    assert not is_hashed(str(tmp_path / "missing"))
    (tmp_path / "ca-certificates.crt").touch()
    assert not is_hashed(str(tmp_path))
    (tmp_path / "4f316efb.0").touch()
    assert is_hashed(str(tmp_path))


def test_a_certificate_that_was_put_into_the_file_alone_counts(tmp_path: Path) -> None:
    file = tmp_path / "ca-certificates.crt"
    file.touch()
    os.utime(file, (1, 1))
    assert not is_newer(str(file), str(tmp_path))
    os.utime(tmp_path, (0, 0))
    assert is_newer(str(file), str(tmp_path))


def test_the_certificates_are_read_once_and_only_for_https() -> None:
    adapter = _Adapter(None)
    plain, first, second = (
        adapter.build_connection_pool_key_attributes(requests.Request("GET", url).prepare(), True)[1]
        for url in ("http://a.b/", "https://a.b/", "https://c.d/")
    )
    assert "ssl_context" not in plain
    assert first["ssl_context"] is second["ssl_context"]


@pytest.mark.parametrize(("text", "reason"), [(None, "No such file or directory"), ("x", "it holds none")])
def test_certificates_that_cannot_be_read(deis, tmp_path, text, reason):
    bundle = tmp_path / "ca.pem"
    if text:
        bundle.write_text(text)
    deis.log_in("https://127.0.0.1:1")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        done = deis("apps", **{name: str(bundle)})
        assert done == (1, "", f"Error: the certificates to trust can't be read from {bundle}: {reason}\n")


def test_nothing_guesses_encodings(deis, scripted):
    """What would is not even imported: it takes a tenth of a call."""
    deis.log_in(scripted.url)
    scripted.answers["GET /v2/apps/"] = {"count": 0, "results": []}
    script = (
        "import sys; from deis.__main__ import run_guarded\n"
        "code = run_guarded(sys.argv[1:]); print(code, *sorted(sys.modules))"
    )
    done = deis.run([sys.executable, "-c", script, "apps", "-o", "json"])
    assert done.err == ""
    loaded = done.out.splitlines()[-1].split()
    assert loaded[0] == "0"
    assert "requests" in loaded
    assert not [name for name in loaded if name.startswith("charset_normalizer")]


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
