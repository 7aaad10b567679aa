from __future__ import annotations

from pathlib import Path

import pytest

from deis.errors import CliError
from deis.publickeys import get_public_key, list_public_keys, parse_public_key


@pytest.mark.parametrize(
    ("text", "key_id"),
    [
        ("ssh-rsa abc me@host\n", "me@host"),
        ("ssh-dss abc test", "test"),
        ("ecdsa-sha2-nistp256 abc a comment\r\n", "a comment"),
        ("ssh-ed25519 abc\n", "id_ed"),
    ],
)
def test_the_comment_is_the_id(text: str, key_id: str) -> None:
    key = parse_public_key(text, "/home/u/.ssh/id_ed.pub")
    assert key == (key_id, text, "id_ed.pub")


def test_what_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="x is not a valid ssh key"):
        parse_public_key("not-ssh abc", "x")
    with pytest.raises(CliError, match=r"open /no/such\.pub: no such file or directory"):
        get_public_key("/no/such.pub")
    with pytest.raises(CliError, match=r"open .*/\.ssh: no such file or directory"):
        list_public_keys(str(tmp_path))


def test_keys_come_by_name_and_wrong_ones_apart(tmp_path: Path) -> None:
    directory = tmp_path / ".ssh"
    directory.mkdir()
    (directory / "b.pub").write_text("ssh-rsa abc two")
    (directory / "a.pub").write_text("ssh-rsa abc one")
    (directory / "bad.pub").write_text("nothing")
    (directory / "a").write_text("private")
    keys, wrong = list_public_keys(str(tmp_path))
    assert [key.id for key in keys] == ["one", "two"]
    assert [str(error) for error in wrong] == [f"{directory}/bad.pub is not a valid ssh key"]
