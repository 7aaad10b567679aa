"""The Secret in the namespaces of a real cluster."""

import base64
import json
import os
import uuid
from pathlib import Path

import pytest

from kit.errors import PlatformError
from kit.kube import NAMESPACES, SECRETS, Kube
from kit.settings import Secret
from kit.waiting import wait_for
from registry_token_refresher.errors import TokenFailed
from registry_token_refresher.refresher import Refresher
from registry_token_refresher.settings import EcrAccount, Settings
from registry_token_refresher.tokens import Token

DEVCLUSTER = "/var/lib/devcluster/kubeconfig"
NAME = "private-registry-ecr"


@pytest.fixture(scope="module")
def kube():
    path = os.environ.get("KUBECONFIG") or DEVCLUSTER
    if not Path(path).exists():
        pytest.fail(f"no cluster: there is no {path}; start one, make cluster")
    client = Kube.load({"KUBECONFIG": path})
    try:
        client.version()
    except PlatformError as error:
        pytest.fail(f"no cluster: {error}; start it, make cluster")
    yield client
    client.close()


class World:
    """Namespaces of this test's own, and a provider that counts."""

    def __init__(self, kube):
        self.kube = kube
        self.label = f"ct-refresher-{uuid.uuid4().hex[:8]}"
        self.platform = f"{self.label}-platform"
        self.namespaces = []
        self.fetched = 0
        self.make(self.platform, labelled=False)
        settings = Settings(
            account=EcrAccount(region="eu-west-1"),
            secret_name=NAME,
            namespace=self.platform,
            selector=f"refresher={self.label}",
            namespace_interval=5,
            token_interval=600,
        )
        self.refresher = Refresher(kube, settings, fetch=self.fetch)

    def fetch(self):
        self.fetched += 1
        return Token("https://registry.test", Secret(f"token-{self.fetched}"))

    def make(self, name, *, labelled=True):
        labels = {"refresher": self.label} if labelled else {}
        self.kube.create(NAMESPACES, {"metadata": {"name": name, "labels": labels}})
        self.namespaces.append(name)
        return name

    def make_app(self):
        return self.make(f"{self.label}-{len(self.namespaces)}")

    def get_auth(self, namespace):
        secret = self.kube.find(SECRETS, NAME, namespace=namespace)
        if secret is None:
            return None
        assert secret["type"] == "kubernetes.io/dockerconfigjson"
        config = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))
        return config["auths"]["https://registry.test"]["auth"]


@pytest.fixture
def world(kube):
    world = World(kube)
    yield world
    for name in world.namespaces:
        kube.delete(NAMESPACES, name)


def test_every_app_and_the_platform_have_the_token(world):
    app = world.make_app()

    world.refresher.refresh(0)

    assert [world.get_auth(name) for name in (app, world.platform)] == ["token-1", "token-1"]


def test_other_namespaces_have_not(world):
    other = world.make(f"{world.label}-other", labelled=False)

    world.refresher.refresh(0)

    assert world.get_auth(other) is None


def test_a_new_app_gets_the_present_token_at_the_next_look(world):
    world.refresher.refresh(0)
    app = world.make_app()

    world.refresher.refresh(5)

    assert world.get_auth(app) == "token-1"
    assert world.fetched == 1


def test_a_new_token_reaches_everybody_when_it_is_due(world):
    app = world.make_app()
    world.refresher.refresh(0)
    world.refresher.refresh(599)
    assert world.get_auth(app) == "token-1"

    world.refresher.refresh(600)

    assert [world.get_auth(name) for name in (app, world.platform)] == ["token-2", "token-2"]


def test_an_app_made_anew_under_its_old_name_gets_it_too(world):
    app = world.make_app()
    world.refresher.refresh(0)
    world.kube.delete(NAMESPACES, app)
    wait_for(lambda: world.kube.find(NAMESPACES, app) is None, what="the namespace's end", timeout=40)
    world.make(app)

    world.refresher.refresh(5)

    assert world.get_auth(app) == "token-1"


def test_a_secret_that_an_operator_made_is_taken_over(world):
    app = world.make_app()
    world.kube.create(
        SECRETS,
        {
            "metadata": {"name": NAME},
            "type": "kubernetes.io/dockerconfigjson",
            "data": {".dockerconfigjson": "e30="},
        },
        namespace=app,
    )

    world.refresher.refresh(0)

    assert world.get_auth(app) == "token-1"


def test_one_namespace_that_can_not_take_it_keeps_it_from_no_other(world):
    stubborn, app = world.make_app(), world.make_app()
    wrong_type = {"metadata": {"name": NAME}, "type": "Opaque", "data": {}}
    world.kube.create(SECRETS, wrong_type, namespace=stubborn)

    world.refresher.refresh(0)
    assert world.get_auth(app) == "token-1"
    world.kube.delete(SECRETS, NAME, namespace=stubborn)
    world.refresher.refresh(5)

    assert world.get_auth(stubborn) == "token-1"


def test_a_provider_without_a_token_ends_it(world):
    def refuse():
        raise TokenFailed("ECR gave no token")

    world.refresher._fetch = refuse

    with pytest.raises(TokenFailed):
        world.refresher.refresh(0)
