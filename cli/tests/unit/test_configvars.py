from __future__ import annotations

import base64

import pytest

from deis.configvars import encode_ssh_key, parse_pairs, render_lines, render_oneline, split_env_lines
from deis.errors import CliError

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n"


def test_pairs() -> None:
    assert parse_pairs(["FOO=bar", "EMPTY=", "#A=1", "A=b=c\nd", "FOO=baz"]) == {
        "FOO": "baz",
        "EMPTY": "",
        "A": "b=c\nd",
    }


@pytest.mark.parametrize("text", ["1B=2", "CAR star", "", " A=1", "export A=1"])
def test_what_is_no_pair(text: str) -> None:
    with pytest.raises(CliError) as caught:
        parse_pairs([text])
    assert str(caught.value) == f"'{text}' does not match the pattern 'key=var', ex: MODE=test\n"


def test_env_files_with_any_line_end() -> None:
    assert split_env_lines("A=1\r\n\r\n\nB=x y\r\n# c\nC=3") == ["A=1", "B=x y", "# c", "C=3"]


def test_values_are_rendered_sorted() -> None:
    values = {"B": "2", "A": "1"}
    assert render_lines(values) == "A=1\nB=2\n"
    assert render_oneline(values) == "A=1 B=2\n"
    assert render_oneline({}) == ""


@pytest.mark.parametrize("given", [KEY, base64.b64encode(KEY.encode()).decode(), "/path"])
def test_an_ssh_key_is_sent_in_base64(given: str) -> None:
    encoded = encode_ssh_key(given, read=lambda path: KEY if path == "/path" else None)
    assert base64.b64decode(encoded).decode() == KEY


def test_what_is_no_ssh_key() -> None:
    with pytest.raises(CliError) as caught:
        encode_ssh_key("nonsense", read=lambda _: None)
    assert str(caught.value) == "Could not parse SSH private key:\n nonsense"
