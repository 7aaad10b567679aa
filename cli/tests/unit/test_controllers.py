from __future__ import annotations

import pytest

from deis.controllers import build_path, build_url, expand_domain, parse_controller
from deis.errors import CliError


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("deis.example.com", "http://deis.example.com"),
        ("//deis.example.com:8080", "http://deis.example.com:8080"),
        ("HTTPS://Deis.Example.COM/Path/?q=A", "https://deis.example.com/Path/?q=A"),
        ("http://deis.example.com/", "http://deis.example.com/"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("http://bücher.example", "http://xn--bcher-kva.example"),
    ],
)
def test_a_url_is_completed(typed: str, url: str) -> None:
    assert parse_controller(typed) == url


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", 'host "": empty host'),
        ("http://", 'host "": empty host'),
        ("deis", 'host "deis": invalid host'),
        ("http://my_host.example.com", 'host "my_host.example.com": invalid host'),
        ("-x.example.com", 'host "-x.example.com": invalid host'),
        ("deis.example.com:http", 'host "deis.example.com:http": invalid port "http"'),
    ],
)
def test_what_can_be_no_host_is_refused(typed: str, message: str) -> None:
    with pytest.raises(CliError) as caught:
        parse_controller(typed)
    assert str(caught.value) == message


def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(CliError, match="must not contain") as caught:
        parse_controller("http://bob:secret@deis.example.com")
    assert "secret" not in str(caught.value)


def test_other_protocols_are_refused() -> None:
    with pytest.raises(CliError, match="unsupported protocol scheme"):
        parse_controller("ftp://deis.example.com")


@pytest.mark.parametrize(
    ("segments", "slash", "path"),
    [
        (("apps", "a b"), True, "/v2/apps/a%20b/"),
        (("apps", "x", "domains", "*.example.com"), False, "/v2/apps/x/domains/%2A.example.com"),
        (("keys", "me@host/1"), False, "/v2/keys/me@host/1"),
        (("keys", "schlüssel"), False, "/v2/keys/schl%C3%BCssel"),
    ],
)
def test_paths_are_percent_encoded(segments: tuple[str, ...], slash: bool, path: str) -> None:
    assert build_path(*segments, slash=slash) == path


def test_a_path_replaces_the_controllers_own() -> None:
    assert build_url("http://deis.example.com:80/x/?y", "/v2/") == "http://deis.example.com:80/v2/"


@pytest.mark.parametrize(
    ("domain", "controller", "host"),
    [
        ("test.com", "http://deis.foo.com", "test.com"),
        ("test", "http://deis.foo.com", "test.foo.com"),
        ("lorem-ipsum", "http://deis.example.com:8080", "lorem-ipsum.example.com:8080"),
    ],
)
def test_a_bare_domain_takes_the_controllers(domain: str, controller: str, host: str) -> None:
    assert expand_domain(domain, controller) == host
