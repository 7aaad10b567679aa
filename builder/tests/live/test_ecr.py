"""Amazon's registry: the repository of an app is made when its first image is to go there."""

import base64
import json

import boto3
import pytest

from amazon import ask_for_credentials, forget, run_amazon
from builder.errors import ReceiveError
from builder.registries import resolve_destination
from builder.settings import RegistrySettings
from kit.settings import Secret

REGION = "eu-west-1"
HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
ACCOUNT = {"region": REGION, "accesskey": "key", "secretkey": "secret", "registryid": "", "hostname": ""}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with run_amazon(tmp_path_factory.mktemp("amazon")) as address:
        yield address


@pytest.fixture
def amazon(address, monkeypatch):
    """Amazon without any repository."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    forget(address)
    return boto3.client(
        "ecr",
        region_name=REGION,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        endpoint_url=address,
    )


def encode(values):
    return {"data": {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}}


def resolve(**account):
    token = base64.b64encode(b"AWS:password").decode()
    docker = json.dumps({"auths": {f"https://{HOST}": {"auth": token, "email": "none@none.com"}}})
    secrets = {"registry-secret": ACCOUNT | account, "private-registry-ecr": {".dockerconfigjson": docker}}
    return resolve_destination(
        RegistrySettings(location="ecr"),
        app="shop",
        short="12345678",
        lifetime=60,
        sign=lambda repository, *, lifetime: Secret(""),
        get_secret=lambda name: encode(secrets[name]),
    )


def list_repositories(amazon):
    return [found["repositoryName"] for found in amazon.describe_repositories()["repositories"]]


def test_the_first_build_makes_the_repository_and_the_next_uses_it(amazon):
    assert list_repositories(amazon) == []
    for _ in range(2):
        destination = resolve()
        assert list_repositories(amazon) == ["shop"]
    assert destination.image == f"{HOST}/shop:git-12345678"
    assert (destination.url, destination.name) == (f"https://{HOST}", "shop:git-12345678")
    assert destination.credentials["registry-password"].reveal() == "password"


def test_it_is_made_in_the_registry_that_is_named(amazon):
    resolve(registryid="210987654321")
    found = amazon.describe_repositories(repositoryNames=["shop"])["repositories"]
    assert [item["registryId"] for item in found] == ["210987654321"]


def test_without_keys_those_of_the_environment_are_used(amazon, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    resolve(accesskey="", secretkey="")
    assert list_repositories(amazon) == ["shop"]


def test_without_a_region_it_is_refused(amazon):
    with pytest.raises(
        ReceiveError, match=r"^error getting private registry details No region parameter provided$"
    ):
        resolve(region="")


def test_wrong_keys_are_told(amazon, address):
    ask_for_credentials(address)
    with pytest.raises(
        ReceiveError, match=r"(?s)^error getting private registry details .*InvalidClientTokenId"
    ):
        resolve()


def test_an_amazon_that_does_not_answer_is_told(amazon, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(ReceiveError, match=r"^error getting private registry details Could not connect"):
        resolve()
