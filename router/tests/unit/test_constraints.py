"""The tables of the router specification, sections 5 and "What upstream's own tests check"."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import constraints as c
from router.errors import InvalidValue

SIZES = ("1", "2", "20", "1k", "2k", "10m", "10M"), ("0", "-1", "foobar", "1g", "")
TIMES = ("1", "2", "10", "1ms", "2s", "10m", "3w", "1y"), ("0", "-1", "foobar", "", "1 s")
TABLE = {
    "WORKERS": (("auto", "2", "10"), ("0", "-1", "foobar", "100000")),
    "CONNECTIONS": (("1", "2", "10"), ("0", "-1", "foobar", "99999999999")),
    "SIZE": SIZES,
    "SIZE0": ((*SIZES[0], "0"), ("-1", "foobar", "9" * 40)),
    "TIME": (TIMES[0], (*TIMES[1], "9" * 30)),
    "TIME_IN_SECONDS": (("1", "10m"), ("1ms", "foobar")),
    "CIDR": (
        ("1.2.3.4", "0.0.0.0/0", "10.0.0.0/16"),
        (
            "0",
            "-1",
            "foobar",
            "1.2.3.4/33",
            "01.2.3.4",
            "1.2.3.4/08",
            "1.2.3.4 5.6.7.8",
            "::1",
            "1.2.3.45.6.7.8",
        ),
    ),
    "ADDRESS": (("1.2.3.4", "::1", "fd00::/8"), ("foobar", "fd00::/200", ":", "1.2.3.4/33", "1::2::3")),
    "LOG_LEVEL": (("info", "notice", "warn"), ("0", "-1", "foobar")),
    "PLATFORM_DOMAIN": (
        ("foobar.com", "foo-bar.io", "192.0.2.10.nip.io", "192.0.2.10"),
        ("0", "-1", "foobar", "foo_bar.com", "foobar.c", "*.a.com", "a.com.", "xn--a.com"),
    ),
    "BOOLEAN": (("true", "false", "TRUE", "FALSE", "True"), ("0", "-1", "foobar", "yes", "true\n")),
    "WHITELIST_MODE": (("extend", "override"), ("0", "-1", "foobar")),
    "COMPRESSION": (("1", "2", "3", "4"), ("0", "-1", "foobar", "10")),
    "HTTP_VERSION": (("1.0", "1.1"), ("0", "-1", "foobar", "1x0")),
    "NATURAL": (("0", "1", "2", "20"), ("-1", "foobar", "9" * 30)),
    "GZIP_PROXIED": (("off", "expired", "no-cache", "no-store private no_etag"), ("0", "-1", "foobar")),
    "GZIP_TYPES": (
        ("application/json", "application/json application/text", "text/html"),
        ("0", "-1", "foobar", "*"),
    ),
    "ON_OFF": (("on", "off"), ("0", "-1", "foobar")),
    "HOST_NAME": (
        (
            "foo",
            "foo-bar",
            "foo--bar.com",
            "FOO.com",
            "*.foo.com",
            "xn--eckwd4c7c.xn--zckzah",
            "a.bc",
            "1.2.3.44",
        ),
        (
            "",
            "*",
            "*.com",
            "foo.c",
            "1.2.3.4",
            "foo_bar",
            "-foo",
            "foo-",
            "foo..com",
            "foo.com.",
            "foo.com:80",
            "foo bar",
            "foo.*.bar.com",
            "foo.com*.bar.com",
            "foo\n",
            "ſoo.com",
            "a" * 64,
            "a." * 130 + "com",
        ),
    ),
    "CERTIFICATE_OF_DOMAIN": (
        ("foobar.com:foobar", "*.foobar.deis.ninja:foobar-deis-ninja", "foo:bar"),
        ("0", "-1", "foobar", "foo.com : a", "foo.com:a.b", "foo.com:foo:bar"),
    ),
    "PROTOCOLS": (
        ("SSLv3", "TLSv1", "TLSv1 TLSv1.1", "TLSv1TLSv1.1", "TLSv1.2 TLSv1.3"),
        ("0", "-1", "foobar", "", "TLSv1.4"),
    ),
    "CIPHERS": (
        ("", "DEFAULT", "DHE-RSA-AES256-SHA", "EECDH+AES128:RSA+AES128:EECDH+3DES:RSA+3DES:!MD5", "AB!CD"),
        ("0", "-1", "foobar", "aNULL", "@STRENGTH", "TLS_AES", "A", "AB CD"),
    ),
    "SESSION_CACHE": (
        ("off", "none", "builtin", "builtin:1000", "shared:SSL:10m", "builtin:1000 shared:SSL:16k"),
        ("0", "-1", "foobar", ""),
    ),
    "POSITIVE": (("1", "2", "15552000", str(2**63 - 1)), ("0", "-1", "foobar", str(2**63))),
}
CASES = [(name, value, True) for name, (good, _) in TABLE.items() for value in good]
CASES += [(name, value, False) for name, (_, bad) in TABLE.items() for value in bad]


@pytest.mark.parametrize(("name", "value", "valid"), CASES)
def test_values(name: str, value: str, valid: bool):
    constraint: c.Constraint = getattr(c, name)
    if valid:
        constraint.validate(value)
    else:
        with pytest.raises(InvalidValue):
            constraint.validate(value)


@pytest.mark.parametrize("name", sorted(TABLE))
@pytest.mark.parametrize(
    "piece", ["a", "a-", "a.", "-", "1", "A:", "TLSv1", "text/html", "no-cache", "*.", " ", "0.0"]
)
def test_no_value_takes_long(name: str, piece: str):
    """The original's expressions took minutes for 20 letters and a ``!`` in a backtracking engine."""
    constraint: c.Constraint = getattr(c, name)
    started = time.process_time()
    with pytest.raises(InvalidValue):
        constraint.validate(piece * (4000 // len(piece)) + "!!")
    assert time.process_time() - started < 1.0


@given(st.text(alphabet="abAB01.*-:, /_\n", max_size=20))
def test_a_host_name_has_nothing_that_nginx_reads_as_syntax(text: str):
    try:
        c.HOST_NAME.validate(text)
    except InvalidValue:
        return
    assert set(text.removeprefix("*.")) <= set("abAB01.-")


def test_sizes_and_times_have_units():
    assert [c.parse_size(value) for value in ("12", "3k", "3K", "2m")] == [12, 3072, 3072, 2 * 2**20]
    assert [c.parse_time_ms(value) for value in ("5", "5s", "7ms", "2m", "1M")] == [
        5000,
        5000,
        7,
        120_000,
        2_592_000_000,
    ]
