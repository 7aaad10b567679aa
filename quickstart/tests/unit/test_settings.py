from pathlib import Path

import pytest

from quickstart.errors import SettingsError
from quickstart.settings import Settings


def read(**env: str) -> Settings:
    return Settings.from_env({"HOME": "/root", **env}, checkout=Path("/checkout"))


def test_defaults_are_the_devcluster_on_the_usual_ports() -> None:
    settings = read()
    assert settings.controller_url == "http://deis.localhost"
    assert settings.app_url("hello") == "http://hello.localhost"
    assert settings.state == Path("/root/.local/state/deis-workflow")


def test_another_port_is_in_every_address() -> None:
    settings = read(HTTP_PORT="8080")
    assert settings.controller_url == "http://deis.localhost:8080"


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"HTTP_PORT": "eighty"}, "HTTP_PORT is 'eighty'"),
        ({"HTTPS_PORT": "70000"}, "HTTPS_PORT is '70000'"),
        ({"CLUSTER": "kind"}, "CLUSTER is 'kind'"),
        ({"CLUSTER": "current"}, "needs REGISTRY"),
        ({"CLUSTER": "current", "REGISTRY": "registry.example.com"}, "needs DOMAIN"),
        ({"VALUES": "/nowhere/values.yaml"}, "VALUES is '/nowhere/values.yaml'; there is no such file"),
    ],
)
def test_what_makes_no_sense_is_named(env: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        read(**env)


def test_another_cluster_has_a_password_and_a_profile_of_its_own() -> None:
    settings = read(CLUSTER="current", REGISTRY="registry.example.com/", DOMAIN="example.com")
    assert settings.state == Path("/root/.local/state/deis-workflow-current")
    assert settings.controller_url == "http://deis.example.com"
    assert settings.registry == "registry.example.com"
