from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from kit.errors import PlatformError
from kit.settings import Reader, Secret, SettingsError, list_variables


@dataclass(frozen=True, kw_only=True)
class Settings:
    host: str
    key: Secret
    port: int = 80
    debug: bool = False
    patience: float = 1.5
    proxy: str | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        reader = Reader(env)
        settings = cls(
            host=reader.text("HOST"),
            key=reader.secret("KEY"),
            port=reader.integer("PORT", 80),
            debug=reader.boolean("DEBUG", False),
            patience=reader.duration_ms("PATIENCE", 1.5),
            proxy=reader.text("PROXY", None),
        )
        reader.finish()
        return settings


def test_values_are_cast():
    env = {"HOST": "db", "KEY": "k", "PORT": "81", "DEBUG": "False", "PATIENCE": "250"}
    assert Settings.from_env(env) == Settings(host="db", key=Secret("k"), port=81, patience=0.25)


def test_an_empty_variable_counts_as_absent():
    assert Settings.from_env({"HOST": "db", "KEY": "k", "PORT": "", "PROXY": ""}).port == 80


def test_every_problem_is_named_at_once():
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"PORT": "eighty", "DEBUG": "maybe", "PATIENCE": "nan"})
    assert caught.value.problems == (
        "HOST is missing",
        "KEY is missing",
        "PORT is 'eighty'; it must be a whole number",
        "DEBUG is 'maybe'; it must be true or false",
        "PATIENCE is 'nan'; it must be a number",
    )
    assert "HOST is missing\n  KEY is missing" in str(caught.value)
    assert isinstance(caught.value, PlatformError)


@pytest.mark.parametrize("word", ["1", "true", "True", "YES", "on"])
def test_words_for_true(word):
    assert Reader({"X": word}).boolean("X") is True


@pytest.mark.parametrize("word", ["0", "false", "FALSE", "no", "Off"])
def test_words_for_false(word):
    assert Reader({"X": word}).boolean("X") is False


def test_a_choice_outside_the_list_is_refused():
    reader = Reader({"STORAGE": "swift"})
    reader.choice("STORAGE", ("s3", "gcs"), "s3")
    with pytest.raises(SettingsError, match="STORAGE is 'swift'; it must be one of s3, gcs"):
        reader.finish()


def test_json_is_parsed():
    assert Reader({"MIRRORS": '{"pypi": "x"}'}).json("MIRRORS", {}) == {"pypi": "x"}
    assert Reader({}).json("MIRRORS", {}) == {}


def test_malformed_json_is_named():
    reader = Reader({"MIRRORS": "{"})
    reader.json("MIRRORS", {})
    with pytest.raises(SettingsError, match="MIRRORS is not JSON"):
        reader.finish()


def test_a_file_is_read_without_white_space(tmp_path):
    (tmp_path / "key").write_text("abc\n")
    reader = Reader({})
    assert reader.file_text(tmp_path / "key") == "abc"
    assert reader.file_secret(tmp_path / "key").reveal() == "abc"
    assert reader.file_text(tmp_path / "none", None) is None
    assert reader.file_secret(tmp_path / "none", None) is None
    reader.finish()


def test_a_missing_file_is_named(tmp_path):
    reader = Reader({})
    reader.file_secret(tmp_path / "none")
    with pytest.raises(SettingsError, match="none can not be read: No such file"):
        reader.finish()


def test_the_callers_own_rule_is_reported_with_the_rest():
    reader = Reader({})
    reader.reject("PORT", "must differ from SSH_PORT")
    with pytest.raises(SettingsError, match="PORT must differ from SSH_PORT"):
        reader.finish()


def test_a_secret_does_not_print():
    secret = Secret("hunter2")
    assert f"{secret} {secret!r} {[secret]}" == "****** Secret('******') [Secret('******')]"
    assert secret.reveal() == "hunter2"
    assert secret != "hunter2"
    assert not Secret("")


def test_the_variables_of_a_settings_class_can_be_listed():
    assert list_variables(Settings.from_env) == ["HOST", "KEY", "PORT", "DEBUG", "PATIENCE", "PROXY"]
