from __future__ import annotations

from pathlib import Path

import pytest

from builder.settings import Settings
from kit.settings import SettingsError, list_variables

ENV = {
    "DEIS_CONTROLLER_SERVICE_HOST": "deis-controller",
    "DEIS_CONTROLLER_SERVICE_PORT": "80",
    "DEIS_OBJECTSTORAGE_SERVICE_HOST": "store",
    "DEIS_OBJECTSTORAGE_SERVICE_PORT": "9000",
    "POD_NAMESPACE": "deis",
    "SLUGBUILDER_IMAGE_NAME": "slugbuilder",
    "DOCKERBUILDER_IMAGE_NAME": "dockerbuilder",
    "DEIS_REGISTRY_URL": "http://deis-registry",
}


def test_defaults():
    settings = Settings.from_env(ENV)
    assert settings.controller_url == "http://deis-controller:80"
    assert settings.storage_endpoint == "http://store:9000"
    assert (settings.ssh_port, settings.health_port) == (2223, 8092)
    assert (settings.lock_timeout, settings.pod_wait, settings.idle_interval) == (600.0, 900.0, 10.0)
    assert settings.pods.lifetime == 1800.0


def test_given_values():
    settings = Settings.from_env(
        {
            **ENV,
            "GIT_LOCK_TIMEOUT": "30",
            "BUILDER_POD_WAIT_DURATION": "60000",
            "SESSION_IDLE_INTERVAL": "500",
            "BUILDER_POD_LIMITS_MEMORY": "2Gi",
            "BUILDER_POD_IMAGE_PULL_SECRETS": "a, b",
            "BUILDER_POD_TOLERATIONS": '[{"operator":"Exists"}]',
            "HTTPS_PROXY": "http://proxy",
        }
    )
    assert (settings.lock_timeout, settings.pod_wait, settings.idle_interval) == (1800.0, 60.0, 0.5)
    assert settings.pods.limits == {"memory": "2Gi"}
    assert settings.pods.image_pull_secrets == ("a", "b")
    assert settings.pods.tolerations == ({"operator": "Exists"},)
    assert settings.pods.proxies == {"HTTPS_PROXY": "http://proxy"}


def test_the_old_names_of_the_store():
    env = {name: value for name, value in ENV.items() if "OBJECTSTORAGE" not in name}
    env |= {"BUILDER_STORAGE": "minio", "DEIS_MINIO_SERVICE_HOST": "m", "DEIS_MINIO_SERVICE_PORT": "9000"}
    assert Settings.from_env(env).storage_endpoint == "http://m:9000"


def test_everything_missing_is_named_at_once():
    with pytest.raises(SettingsError) as error:
        Settings.from_env({"GIT_LOCK_TIMEOUT": "soon"})
    for name in (*ENV, "GIT_LOCK_TIMEOUT"):
        assert name in str(error.value)


def test_the_readme_names_every_variable():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    missing = [name for name in list_variables(Settings.from_env) if f"`{name}`" not in readme]
    assert missing == []
