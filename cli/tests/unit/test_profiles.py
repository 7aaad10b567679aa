from __future__ import annotations

import stat
from pathlib import Path

import pytest

from deis.errors import CliError
from deis.profiles import (
    Profile,
    Token,
    delete_profile,
    load_profile,
    locate_profile,
    parse_profile,
    render_profile,
    save_profile,
)

TEXT = '{"username":"bob","ssl_verify":true,"controller":"http://deis.example.com","token":"abc","response_limit":0}'


@pytest.mark.parametrize(
    ("option", "variable", "path"),
    [
        (None, None, "/home/u/.deis/client.json"),
        (None, "prod", "/home/u/.deis/prod.json"),
        (None, "", "/home/u/.deis/.json"),
        ("test", "prod", "/home/u/.deis/test.json"),
        (None, "/opt/x.json", "/opt/x.json"),
        ("./x.json", None, "./x.json"),
        ("~/x.json", None, "~/x.json"),
        ("x.json", None, "/home/u/.deis/x.json.json"),
        ("/opt/x.yaml", None, "/home/u/.deis/opt/x.yaml.json"),
    ],
)
def test_where_the_settings_file_is(option: str | None, variable: str | None, path: str) -> None:
    assert locate_profile(option, variable, home="/home/u") == path


def test_the_file_keeps_its_old_form() -> None:
    assert render_profile(Profile("bob", True, "http://deis.example.com", Token("abc"))) == TEXT
    assert parse_profile(TEXT).token.reveal() == "abc"


def test_what_is_missing_has_its_default() -> None:
    profile = parse_profile('{"controller":"deis.example.com","other":1}')
    assert profile == Profile(controller="http://deis.example.com")
    assert profile.ssl_verify is False
    assert profile.limit == 100
    assert profile._replace(response_limit=-1).limit == 100
    assert profile._replace(response_limit=10).limit == 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Expecting property name"),
        ("[]", "does not hold a JSON object"),
        ('{"controller":1}', "has a controller that is no str"),
        ('{"controller":"a.b","response_limit":true}', "has a response_limit that is no int"),
        ("{}", 'host "": empty host'),
    ],
)
def test_a_broken_file_is_told_about(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "client.json"
    path.write_text(text)
    with pytest.raises(CliError, match=message):
        load_profile(str(path))


def test_the_token_shows_itself_nowhere() -> None:
    assert "abc" not in repr(parse_profile(TEXT))
    assert repr(Token("abc")) == "******"


def test_a_new_file_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / ".deis/client.json"
    save_profile(str(path), parse_profile(TEXT), home=str(tmp_path))
    assert path.read_text() == TEXT
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["client.json"]


def test_an_existing_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "real.json", tmp_path / "link.json"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    save_profile(str(link), parse_profile(TEXT), home=str(tmp_path))
    assert link.is_symlink()
    assert target.read_text() == TEXT
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CliError, match=r"cannot write the settings file .*: No such file or directory"):
        save_profile(str(tmp_path / "no/such/x.json"), parse_profile(TEXT), home=str(tmp_path))


def test_deleting_twice_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "client.json"
    path.write_text(TEXT)
    delete_profile(str(path))
    delete_profile(str(path))
    assert not path.exists()
