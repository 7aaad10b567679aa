from __future__ import annotations

import base64
import json

import pytest

from builder.errors import ReceiveError
from builder.registries import (
    DockerAccount,
    build_hosted,
    build_off_cluster,
    parse_docker_config,
    resolve_destination,
    root_of,
)
from builder.settings import RegistrySettings
from kit.kube import KubeNotFound
from kit.settings import Secret


def encode(values):
    return {"data": {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}}


def resolve(settings, secrets):
    def get_secret(name):
        if name not in secrets:
            raise KubeNotFound(f'secrets "{name}" not found')
        return encode(secrets[name])

    return resolve_destination(
        settings,
        app="shop",
        short="12345678",
        lifetime=60,
        sign=lambda repository, *, lifetime: Secret(f"token for {repository}"),
        get_secret=get_secret,
    )


def test_on_cluster_the_controller_is_told_the_app_only():
    destination = resolve(RegistrySettings(location="on-cluster", url="http://deis-registry"), {})
    assert (destination.url, destination.name, destination.image) == (
        "http://deis-registry",
        "shop:git-12345678",
        "shop",
    )
    assert destination.credentials["registry-token"].reveal() == "token for shop"


def test_off_cluster():
    values = {"hostname": "quay.io", "organization": "kmala", "username": "u", "password": "p"}
    destination = resolve(RegistrySettings(location="off-cluster"), {"registry-secret": values})
    assert destination.image == "quay.io/kmala/shop:git-12345678"
    assert (destination.url, destination.name) == ("https://quay.io", "kmala/shop:git-12345678")
    assert destination.credentials["registry-password"].reveal() == "p"


def test_the_docker_hub_needs_an_organization():
    destination = build_off_cluster({"organization": "kmala"}, app="shop", tag="t")
    assert (destination.image, destination.url) == ("kmala/shop:t", "https://registry-1.docker.io")
    with pytest.raises(ValueError, match="organization"):
        build_off_cluster({}, app="shop", tag="t")


def test_a_host_without_an_organization_is_a_good_name():
    assert build_off_cluster({"hostname": "r.example"}, app="shop", tag="t").image == "r.example/shop:t"


def test_google():
    account = DockerAccount(hostname="https://test.io", username="u", password="p")
    values = {"key.json": json.dumps({"project_id": "deis-test"})}
    assert (
        build_hosted(account, values, location="gcr", app="shop", tag="t").image == "test.io/deis-test/shop:t"
    )
    values = {"key.json": json.dumps({"project_id": "example.com:deis-test"})}
    assert (
        build_hosted(account, values, location="gcr", app="shop", tag="t").name
        == "example.com/deis-test/shop:t"
    )


def test_a_missing_secret_is_told():
    with pytest.raises(ReceiveError, match=r"^error getting private registry details .*registry-secret"):
        resolve(RegistrySettings(location="off-cluster"), {})


def test_a_bad_google_key_is_told():
    token = base64.b64encode(b"u:p").decode()
    pull = {".dockerconfigjson": json.dumps({"auths": {"https://gcr.io": {"auth": token}}})}
    secrets = {"registry-secret": {"key.json": "{"}, "private-registry-gcr": pull}
    with pytest.raises(ReceiveError, match=r"^error getting private registry details"):
        resolve(RegistrySettings(location="gcr"), secrets)


def test_docker_config():
    token = base64.b64encode(b"user:pass:word").decode()
    text = json.dumps({"auths": {"https://index.docker.io/v1/": {"auth": token, "email": "none@none.com"}}})
    assert parse_docker_config(text) == DockerAccount(
        hostname="https://index.docker.io/v1/", username="user", password="pass:word"
    )


def test_docker_config_without_a_password():
    text = json.dumps({"auths": {"h": {"auth": base64.b64encode(b"user").decode()}}})
    with pytest.raises(ValueError, match=r"^Invalid token in docker config secret$"):
        parse_docker_config(text)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"auths": {}}', '{"auths": {"h": {}}}', '{"auths": {"h": {"auth": "!"}}}']
)
def test_malformed_docker_config(text):
    with pytest.raises(ValueError):
        parse_docker_config(text)


def test_roots():
    assert root_of("") == "https://registry-1.docker.io"
    assert root_of("https://index.docker.io/v1/") == "https://registry-1.docker.io"
    assert root_of("quay.io") == "https://quay.io"
    assert root_of("http://r.example:5000/") == "http://r.example:5000"
