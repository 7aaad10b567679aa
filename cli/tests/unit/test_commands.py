"""The pure parts of the nouns: what is typed, what is shown."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from deis.commands.auth import render_user
from deis.commands.autoscale import render_rules
from deis.commands.certs import TITLES, build_row, render_cert, shorten
from deis.commands.keys import parse_choice
from deis.commands.labels import parse_label
from deis.commands.limits import parse_limit, render_limits
from deis.commands.ps import parse_targets, render_processes, split_target
from deis.commands.registry import parse_credential
from deis.commands.releases import parse_version, render_release
from deis.commands.tags import parse_tag
from deis.commands.timeouts import parse_timeout
from deis.errors import CliError
from deis.tables import render_boxed


def test_processes_are_grouped_by_type() -> None:
    pods = [
        {"name": "a1-web-b", "type": "web", "state": "starting", "release": "v3"},
        {"name": "a1-cmd-x", "type": "cmd", "state": "up", "release": "v3"},
        {"name": "a1-web-a", "type": "web", "state": "up", "release": "v3"},
    ]
    assert render_processes("a1", pods) == (
        "=== a1 Processes\n--- cmd:\na1-cmd-x up (v3)\n--- web:\na1-web-a up (v3)\na1-web-b starting (v3)\n"
    )
    assert render_processes("a1", []) == "=== a1 Processes\n"


@pytest.mark.parametrize(
    ("app", "target", "kind"),
    [
        ("earthy-underdog", "earthy-underdog-v2-cmd-8yngj", "cmd"),
        ("nonfat-yearbook", "nonfat-yearbook-cmd-2180299075-7na91", "cmd"),
        ("shop", "shop-web-57f6c4bb68-x7k2p", "web"),
        ("shop", "web-57f6c4bb68-x7k2p", "web"),
        ("shop", "cmd-8yngj", "cmd"),
        ("a1", "a1-", ""),
    ],
)
def test_the_type_in_a_pods_name(app: str, target: str, kind: str) -> None:
    assert split_target(app, target) == (kind, target)


def test_a_word_without_a_hyphen_is_a_type() -> None:
    assert split_target("shop", "cmd") == ("cmd", "")


def test_scale_targets() -> None:
    assert parse_targets(("web=3", "test-proc=0", "web=2")) == {"web": 2, "test-proc": 0}
    for wrong in ("test", "test=a", "test=", "Test=2", "web=-1"):
        with pytest.raises(CliError) as caught:
            parse_targets((wrong,))
        assert str(caught.value) == f"'{wrong}' does not match the pattern 'type=num', ex: web=2\n"


@pytest.mark.parametrize(
    "value",
    ["2G", "2", "100m", "0.1", ".123", "2G/4G", "2/4", "200m/400m", "0.2/0.4", ".2/.4", "0/3G", "4/5.6"],
)
@pytest.mark.parametrize("kind", ["web1", "web-server", "web-server1"])
def test_limits(kind: str, value: str) -> None:
    assert parse_limit(f"{kind}={value}") == (kind, value)


@pytest.mark.parametrize(
    "pair",
    ["=1", "web=", "1=", "web=G", "web=/", "web=/1", "web-=2G", "-web=2G", "Web=2G", "web", "web=1/0.5m"],
)
def test_what_is_no_limit(pair: str) -> None:
    with pytest.raises(CliError) as caught:
        parse_limit(pair)
    assert str(caught.value).startswith(
        f"{pair} doesn't fit format type=#unit or type=# or type=#/#\nExamples: "
    )


def test_limits_are_shown_in_two_blocks() -> None:
    config = {"memory": {"web": "1G", "worker": "512M/1G"}, "cpu": {}}
    assert render_limits("a1", config) == (
        "=== a1 Limits\n\n--- Memory\nweb        1G\nworker     512M/1G\n\n--- CPU\nUnlimited\n"
    )


def test_labels_tags_and_credentials() -> None:
    assert parse_label("team=frontend") == ("team", "frontend")
    assert parse_tag("rack=") == ("rack", "")
    assert parse_credential("password=test=") == ("password", "test=")
    for parse, wrong in (
        (parse_label, "a"),
        (parse_label, "a="),
        (parse_label, "a=b=c"),
        (parse_tag, "a"),
        (parse_tag, "test=1=2"),
        (parse_credential, "x"),
    ):
        with pytest.raises(
            CliError, match=rf"^{wrong} is invalid[,.] Must be in format key=value\nExamples: "
        ):
            parse(wrong)
    with pytest.raises(CliError, match=r'^foo is invalid\. Valid keys are "username" or "password"$'):
        parse_credential("foo=1")


def test_timeouts() -> None:
    assert parse_timeout("web=30") == ("web", "30")
    assert parse_timeout("web-server1=300") == ("web-server1", "300")
    for wrong in ("web", "web=", "=1", "web=x", "web=-1", "Web=1", "web=1s"):
        with pytest.raises(CliError) as caught:
            parse_timeout(wrong)
        assert str(caught.value) == f"{wrong} doesn't fit format type=#\nExamples: web=30 worker=300"


def test_release_numbers() -> None:
    assert parse_version("v3") == 3
    assert parse_version("3") == 3
    for wrong in ("v", "vx", "x"):
        with pytest.raises(CliError):
            parse_version(wrong)


def test_a_release_without_a_build_has_no_build_line() -> None:
    release = {
        "config": "c",
        "owner": "o",
        "created": "1",
        "summary": "s",
        "updated": "2",
        "uuid": "u",
        "build": None,
    }
    assert render_release("numenor", 2, release) == (
        "=== numenor Release v2\nconfig:   c\nowner:    o\ncreated:  1\nsummary:  s\nupdated:  2\nuuid:     u\n"
    )
    assert "\nbuild:    b\n" in render_release("numenor", 2, {**release, "build": "b"})


def test_choices() -> None:
    assert parse_choice("1", most=2) == 1
    for wrong, message in (
        ("a", "a is not a valid integer"),
        ("-1", "-1 is not a valid option"),
        ("3", "3 is not a"),
    ):
        with pytest.raises(CliError, match=message):
            parse_choice(wrong, most=2)


def test_a_user_without_an_id() -> None:
    text = render_user({"username": "bob", "is_active": True, "last_login": None})
    assert text.startswith("ID: 0\nUsername: bob\nEmail: \n")
    assert "Last Login: \nIs Superuser: false\nIs Staff: false\nIs Active: true\n" in text


def test_autoscale_rules() -> None:
    assert render_rules({"web": {"min": 1, "max": 5, "cpu_percent": 40}}) == (
        "--- web:\nMin Replicas: 1\nMax Replicas: 5\nCPU: 40%\n"
    )
    assert render_rules({}) == "No autoscale rules found.\n"


def test_certificates_in_a_table() -> None:
    """The four of the original's test, on the ninth of June 2016."""
    certs: list[dict[str, Any]] = [
        {
            "name": "test-example-com",
            "common_name": "test.example.com",
            "san": ["test.com", "example.com"],
            "expires": "2014-11-10T00:00:00UTC",
            "fingerprint": "12:34:56:78:90",
            "domains": ["test.com", "example.com"],
            "updated": "2016-06-09T00:00:00UTC",
            "created": "2016-06-09T00:00:00UTC",
        },
        {"name": "test1", "common_name": "1.test.deis.com", "expires": "2016-08-01T00:00:00Z"},
        {"name": "test2", "common_name": "2.test.deis.com", "expires": "2016-06-11T00:00:00"},
        {"name": "test3", "common_name": "3.test.deis.com", "expires": "2018-01-01T00:00:00+00:00"},
    ]
    now = datetime(2016, 6, 9, tzinfo=timezone.utc)
    assert render_boxed(TITLES, [build_row(cert, now=now) for cert in certs]) == (
        "        Name       |   Common Name    |    SubjectAltName    |         Expires          |   Fingerprint"
        "   |       Domains        |  Updated   |  Created    \n"
        "+------------------+------------------+----------------------+--------------------------+--------------"
        "---+----------------------+------------+------------+\n"
        "  test-example-com | test.example.com | test.com,example.com | 10 Nov 2014 (expired)    | 12:34[...]78:90"
        " | test.com,example.com | 9 Jun 2016 | 9 Jun 2016  \n"
        "  test1            | 1.test.deis.com  |                      | 1 Aug 2016 (in 2 months) |              "
        "   |                      | unknown    | unknown     \n"
        "  test2            | 2.test.deis.com  |                      | 11 Jun 2016 (in 2 days)  |              "
        "   |                      | unknown    | unknown     \n"
        "  test3            | 3.test.deis.com  |                      | 1 Jan 2018 (in 2 years)  |              "
        "   |                      | unknown    | unknown     \n"
    )


def test_a_certificate_in_full() -> None:
    cert = {
        "name": "test-example-com",
        "common_name": "test.deis.com",
        "expires": "2016-06-09T00:00:00Z",
        "starts": "2016-06-09T00:00:00Z",
        "fingerprint": "ab:12:ab:12:ab",
        "san": ["test.com", "example.com"],
        "issuer": "testca",
        "subject": "testing",
        "domains": ["test.com", "example.com"],
        "owner": "admin",
        "created": "2016-06-09T00:00:00Z",
        "updated": None,
    }
    assert render_cert(cert, "x") == (
        "=== test-example-com Certificate\nCommon Name(s):     test.deis.com\nExpires At:         9 Jun 2016\n"
        "Starts At:          9 Jun 2016\nFingerprint:        ab:12:ab:12:ab\n"
        "Subject Alt Name:   test.com,example.com\nIssuer:             testca\nSubject:            testing\n\n"
        "Connected Domains:  test.com,example.com\nOwner:              admin\nCreated:            9 Jun 2016\n"
        "Updated:            unknown\n"
    )


def test_a_certificate_nearly_empty() -> None:
    text = render_cert({}, "x")
    assert text.startswith("=== x Certificate\nCommon Name(s):     \nExpires At:         unknown\n")
    assert "Subject Alt Name:   N/A\n" in text
    assert "Subject:            \n\nConnected Domains:  No connected domains\n" in text
    assert shorten("12:34:56:78:90") == "12:34[...]78:90"
