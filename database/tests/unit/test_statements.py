"""The SQL of a start."""

import pytest

from database.settings import Settings
from database.statements import build_first_statements, build_role_statements
from kit.settings import Secret, SettingsError


def build_settings(**changes):
    values = {"user": "ann", "password": Secret("it's"), "database": "shop"}
    return Settings(**{**values, **changes})


def test_a_start_makes_the_role_and_sets_its_password():
    missing = "NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ann')"
    assert build_role_statements(build_settings()) == [
        f'DO $do$ BEGIN IF {missing} THEN CREATE ROLE "ann"; END IF; END $do$',
        "ALTER ROLE \"ann\" WITH LOGIN PASSWORD 'it''s'",
    ]


def test_the_first_start_makes_the_database_too():
    assert build_first_statements(build_settings())[-1] == 'CREATE DATABASE "shop" OWNER "ann"'


def test_a_database_that_exists_from_the_beginning_changes_hands():
    assert build_first_statements(build_settings(database="postgres"))[-1] == (
        'ALTER DATABASE "postgres" OWNER TO "ann"'
    )


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("user", "pg_ann", "not begin with pg_"),
        ("user", 'an"n', "must be letters"),
        ("password", "two\nlines", "a line of printable text"),
        ("password", "", "a line of printable text"),
    ],
)
def test_names_and_passwords_that_can_not_be_are_refused(tmp_path, file, text, problem):
    for name, content in {"user": "ann", "password": "x", file: text}.items():
        (tmp_path / name).write_text(content)

    with pytest.raises(SettingsError, match=problem):
        Settings.from_env({"CREDENTIALS_DIR": str(tmp_path)})


def test_the_database_is_called_like_the_role_unless_it_is_named(tmp_path):
    (tmp_path / "user").write_text("ann")
    (tmp_path / "password").write_text("x")

    assert Settings.from_env({"CREDENTIALS_DIR": str(tmp_path)}).database == "ann"
    assert Settings.from_env({"CREDENTIALS_DIR": str(tmp_path), "POSTGRES_DB": "shop"}).database == "shop"
