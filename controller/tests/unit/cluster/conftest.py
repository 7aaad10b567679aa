"""Makers of the values that the tests of this package start from."""

import pytest

from controller.cluster.desired import ClusterOptions, DesiredApp, Process, ServiceState, Slug


@pytest.fixture
def options():
    return ClusterOptions(slugrunner_image="deis/slugrunner:1")


@pytest.fixture
def make_desired():
    """Builds release ``version`` of app ``shop``; anything else by keyword."""

    def build(version=3, **changes):
        values = {
            "app": "shop",
            "release_uuid": f"uuid-{version}",
            "version": version,
            "summary": "bob deployed abc1234",
            "kind": "image",
            "image": f"127.0.0.1:5555/shop:v{version}",
            "env": {"DEIS_APP": "shop"},
            "processes": (Process(type="web", replicas=2, routable=True),),
            "service": ServiceState(domains=("shop",)),
            "port": 8080,
        }
        return DesiredApp(**(values | changes))

    return build


@pytest.fixture
def slug():
    return Slug(key="home/shop:git-abc/push/slug.tgz", fetch_url="http://deis-controller/slugs/token")
