from __future__ import annotations

from pathlib import Path

import pytest

from dockerbuilder.settings import BuildSettings, Places, PushSettings
from kit.settings import SettingsError, list_variables


def test_build_settings():
    assert BuildSettings.from_env({}) == BuildSettings()
    settings = BuildSettings.from_env({"DEIS_MIRRORS": '{"pypi":"x"}', "HTTP_PROXY": "p", "NO_PROXY": ""})
    assert (settings.mirrors, settings.proxies) == ({"pypi": "x"}, {"HTTP_PROXY": "p"})
    with pytest.raises(SettingsError, match="DEIS_MIRRORS"):
        BuildSettings.from_env({"DEIS_MIRRORS": "[]"})


def test_push_settings(tmp_path):
    env = {"DEIS_REGISTRY_URL": "http://registry:5000/", "IMG_NAME": "org/app:git-1"}
    (tmp_path / "registry-token").write_text("t\n")
    settings = PushSettings.from_env(env, Places(secrets=tmp_path))
    assert (settings.registry_url, settings.repository, settings.tag) == (
        "http://registry:5000",
        "org/app",
        "git-1",
    )
    assert settings.token is not None
    assert settings.token.reveal() == "t"
    assert settings.password is None
    with pytest.raises(SettingsError, match="IMG_NAME"):
        PushSettings.from_env({"DEIS_REGISTRY_URL": "x", "IMG_NAME": "app"}, Places(secrets=tmp_path))


def test_the_readme_names_every_variable():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    names = list_variables(BuildSettings.from_env)
    names += list_variables(lambda env: PushSettings.from_env(env, Places()))
    assert [name for name in names if f"`{name}`" not in readme] == []
