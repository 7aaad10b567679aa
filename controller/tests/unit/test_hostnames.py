"""Host names. Source: API specification, sections 9.1 and 16."""

import pytest

from controller.errors import InvalidFields
from controller.services.hostnames import convert_hostname, parse_hostname


@pytest.mark.parametrize(
    ("text", "ace"),
    [
        ("django.paas-sandbox", "django.paas-sandbox"),
        ("3com.com", "3com.com"),
        ("3333.xyz", "3333.xyz"),
        ("localhost", "localhost"),
        ("MYDOMAIN.NET", "mydomain.net"),
        ("autotest.127.0.0.1.xip.io", "autotest.127.0.0.1.xip.io"),
        ("*.example.com", "*.example.com"),
        ("example.com.", "example.com"),
        ("ドメイン.テスト", "xn--eckwd4c7c.xn--zckzah"),
        ("xn--eckwd4c7c.xn--zckzah", "xn--eckwd4c7c.xn--zckzah"),
        ("*.faß.de", "*.xn--fa-hia.de"),
    ],
)
def test_valid(text, ace):
    assert parse_hostname(text) == ace


@pytest.mark.parametrize(
    "text",
    [
        "this_is_an.invalid.domain",
        "this-is-an.invalid.1",
        "django.pa--assandbox",
        "foo.*.bar.com",
        "*",
        "a" * 300,
        ".".join("a" * 128),
        "a..b",
        "-a.com",
        "a b.com",
        "a.com:80",
        "http://a.com",
        "Ü.com",
        "☃.net",
        "1.2.3.4",
        "xn--.com",
        "",
        ".",
        "*.",
    ],
)
def test_invalid(text):
    with pytest.raises(InvalidFields):
        parse_hostname(text)
    assert convert_hostname(text) == text
