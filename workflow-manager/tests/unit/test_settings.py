from __future__ import annotations

import pytest

from kit.settings import SettingsError
from workflow_manager.settings import Settings


def test_the_defaults_call_nobody():
    settings = Settings.from_env({})
    assert settings == Settings()
    assert (settings.versions_api_url, settings.doctor_api_url, settings.proxies) == ("", "", {})


def test_the_prefix_wins():
    env = {
        "PORT": "1",
        "WORKFLOW_MANAGER_PORT": "2",
        "VERSIONS_API_URL": "http://v/",
        "HTTPS_PROXY": "http://p",
    }
    settings = Settings.from_env(env)
    assert (settings.port, settings.versions_api_url) == (2, "http://v")
    assert settings.proxies == {"https": "http://p"}


def test_what_is_malformed_is_named():
    with pytest.raises(SettingsError, match="POLL_INTERVAL_SEC"):
        Settings.from_env({"POLL_INTERVAL_SEC": "often"})
