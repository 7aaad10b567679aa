"""Settings by location."""

import re
from pathlib import Path

import pytest

from kit.settings import Secret, SettingsError, list_variables
from registry_token_refresher.pullsecrets import build_pull_secret
from registry_token_refresher.settings import EcrAccount, GcrAccount, Settings
from registry_token_refresher.tokens import Token

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture
def env(tmp_path):
    return {
        "DEIS_REGISTRY_LOCATION": "ecr",
        "DEIS_REGISTRY_SECRET_PREFIX": "private-registry",
        "DEIS_NAMESPACE_REFRESH_TIME": "5",
        "DEIS_TOKEN_REFRESH_TIME": "",
        "CREDENTIALS_DIR": str(tmp_path),
    }


def test_ecr_needs_a_region_only(env, tmp_path):
    (tmp_path / "region").write_text("us-west-2\n")
    (tmp_path / "accesskey").write_text("")

    settings = Settings.from_env(env)

    assert settings.account == EcrAccount(region="us-west-2")
    assert settings.secret_name == "private-registry-ecr"
    assert (settings.namespace_interval, settings.token_interval) == (5, 11 * 3600)


def test_ecr_without_a_region(env):
    with pytest.raises(SettingsError, match="No region parameter provided"):
        Settings.from_env(env)


def test_google_needs_its_key(env, tmp_path):
    with pytest.raises(SettingsError, match=r"key\.json can not be read"):
        Settings.from_env({**env, "DEIS_REGISTRY_LOCATION": "gcr"})
    (tmp_path / "key.json").write_text("{}")

    settings = Settings.from_env({**env, "DEIS_REGISTRY_LOCATION": "gcr"})

    assert settings.account == GcrAccount(key_file=tmp_path / "key.json")
    assert settings.token_interval == 25 * 60


def test_the_interval_of_tokens_is_given_in_minutes(env, tmp_path):
    (tmp_path / "region").write_text("us-west-2")

    assert Settings.from_env({**env, "DEIS_TOKEN_REFRESH_TIME": "3"}).token_interval == 180


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("DEIS_REGISTRY_LOCATION", "quay", "invalid registry type"),
        ("DEIS_NAMESPACE_REFRESH_TIME", "5s", "must be a whole number"),
    ],
)
def test_what_does_not_fit_is_named(env, name, value, problem):
    with pytest.raises(SettingsError, match=problem):
        Settings.from_env({**env, name: value})


def test_the_secret():
    secret = build_pull_secret("private-registry-ecr", Token("https://r.test", Secret("QVdTOnB3")))

    assert secret == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "private-registry-ecr", "labels": {"heritage": "deis"}},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {
            ".dockerconfigjson": "eyJhdXRocyI6IHsiaHR0cHM6Ly9yLnRlc3QiOiB7ImF1dGgiOiAiUVZkVE9uQjMiLCAiZW1haWwiOiAi"
            "bm9uZUBub25lLmNvbSJ9fX0="
        },
    }


def test_the_table_of_settings_is_complete():
    named = re.findall(r"^\| `(\w+)` \|", README.read_text(), re.MULTILINE)

    assert sorted(named) == sorted(list_variables(Settings.from_env))
