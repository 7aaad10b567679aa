import base64
import json

import pytest

from controller.cluster.errors import ImageForbidden, RegistryError
from controller.cluster.images import (
    BuildFacts,
    RegistryFacts,
    choose_port,
    choose_release_image,
    needs_exposed_ports,
    plan_publish,
)
from controller.cluster.pullsecrets import build_pull_secret

ON = RegistryFacts(host="127.0.0.1", port=5555)
OFF = RegistryFacts(host="127.0.0.1", port=5555, location="off-cluster")
LOGIN = {"username": "bob", "password": "s3"}


def build(kind="image", image="autotest/example", sha="", **registry):
    return BuildFacts(app="shop", version=4, kind=kind, image=image, sha=sha, registry=registry)


@pytest.mark.parametrize(
    ("facts", "registry", "image", "copied"),
    [
        (build(), ON, "127.0.0.1:5555/shop:v4", "autotest/example:latest"),
        (build(image="host:5000/x/y"), ON, "127.0.0.1:5555/shop:v4", "host:5000/x/y:latest"),
        (build(image="x/y:3"), ON, "127.0.0.1:5555/shop:v4", "x/y:3"),
        (build(**LOGIN), ON, "autotest/example", None),
        (build(hostname="r.example.com", **LOGIN), ON, "127.0.0.1:5555/shop:v4", "autotest/example:latest"),
        (build(image="127.0.0.1:5555/shop:v1"), ON, "127.0.0.1:5555/shop:v1", None),
        (build(image="localhost:5555/shop:v1"), ON, "localhost:5555/shop:v1", None),
        (build(image="127.0.0.1:9999/x:1"), ON, "127.0.0.1:9999/x:1", None),
        (build(image="127.0.0.1.evil.io/x:1"), ON, "127.0.0.1:5555/shop:v4", "127.0.0.1.evil.io/x:1"),
        (build(), OFF, "autotest/example", None),
        (build("dockerfile", "shop", sha="abc12345"), ON, "127.0.0.1:5555/shop:git-abc12345", None),
        (build("buildpack", "home/slug.tgz", sha="abc"), ON, "home/slug.tgz", None),
    ],
)
def test_which_image_runs_and_which_is_copied(facts, registry, image, copied):
    assert choose_release_image(facts, registry=registry) == image
    assert plan_publish(facts, registry=registry) == copied


def port(facts, *, registry=ON, configured=None, routable=True, exposed=()):
    return choose_port(facts, registry=registry, port=configured, routable=routable, exposed=exposed)


def test_the_port():
    assert port(build("buildpack", sha="a")) == 5000
    assert port(build("buildpack", sha="a"), configured="8080") == 8080
    assert port(build(), configured="8080") == 8080
    assert port(build(), exposed=(9000, 443)) == 443
    assert port(build(), routable=False) is None
    assert port(build(), routable=False, exposed=(9000, 443)) == 443
    assert port(build(**LOGIN), routable=False) is None
    with pytest.raises(RegistryError, match="Expose a port or make the app non routable"):
        port(build())
    for facts, registry in ((build(**LOGIN), ON), (build(), OFF)):
        with pytest.raises(RegistryError, match="PORT needs to be set in the application config"):
            port(facts, registry=registry)
    with pytest.raises(RegistryError, match="PORT must be a number"):
        port(build(), configured="http")


def test_an_image_is_looked_at_only_when_nothing_else_tells_its_port():
    assert needs_exposed_ports(build(), registry=ON, port=None)
    assert not needs_exposed_ports(build(), registry=ON, port="80")
    assert not needs_exposed_ports(build(**LOGIN), registry=ON, port=None)
    assert not needs_exposed_ports(build(), registry=OFF, port=None)
    assert not needs_exposed_ports(build("buildpack"), registry=ON, port=None)


def pull_secret(image="test/test", *, registry=None, location="on-cluster", platform=None):
    return build_pull_secret(
        image,
        registry=registry or {},
        location=location,
        prefix="private-registry",
        platform_registry=platform,
    )


def read(secret):
    return json.loads(secret.dockerconfig.reveal())["auths"]


def test_pull_secrets():
    entry = {"auth": base64.b64encode(b"bob:s3").decode()}
    secret = pull_secret(registry=LOGIN)
    assert secret.name == "private-registry"
    assert read(secret) == {"https://index.docker.io/v1/": entry}
    assert read(pull_secret("r.example.com:5000/a/b", registry=LOGIN)) == {"r.example.com:5000": entry}
    assert read(pull_secret(registry=LOGIN | {"hostname": "r.io"})) == {"r.io": entry}
    refreshed = pull_secret(location="ecr")
    assert (refreshed.name, refreshed.dockerconfig) == ("private-registry-ecr", None)
    off = pull_secret(location="off-cluster", platform=LOGIN | {"hostname": ""})
    assert off.name == "private-registry-off-cluster"
    assert read(off) == {"https://index.docker.io/v1/": entry}
    assert pull_secret() is None
    assert pull_secret(location="somewhere") is None
    with pytest.raises(ImageForbidden, match="Registry auth requires a username and a password"):
        pull_secret(registry={"username": "bob"})
