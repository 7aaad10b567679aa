"""One installed platform, shared by all tests; each test makes apps of its own, named e2e-…"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drive import CHECKOUT, EXAMPLES, Platform, Repository, User, run

DEVCLUSTER_REGISTRY = "198.19.255.1:5000"


@pytest.fixture(scope="session")
def platform() -> Platform:
    """The platform that ``make env`` points at."""
    printed = subprocess.run(
        (sys.executable, "-m", "quickstart", "env"),
        env=os.environ | {"PYTHONPATH": str(CHECKOUT / "quickstart")},
        capture_output=True,
        text=True,
        check=True,
    )
    exports = dict(re.findall(r"^export (\w+)=(?:')?(.*?)'?$", printed.stdout, re.MULTILINE))
    platform = Platform(
        os.environ | exports | {"CONTAINERS_REGISTRIES_CONF": "/var/lib/devcluster/registries.conf"}
    )
    answer = platform.kubectl("get", "deployment", "deis-controller", "--namespace", "deis")
    if answer.code:
        pytest.fail("There is no platform to test. Run `make platform` first, or `make test` for everything.")
    return platform


@pytest.fixture(scope="session")
def administrator(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> User:
    """The first user of the empty platform."""
    user = User(platform, "e2e-admin", home=tmp_path_factory.mktemp("admin"))
    user.register()
    return user


@pytest.fixture(scope="session")
def owner(administrator: User, platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> User:
    """An ordinary user, who makes the tests' apps."""
    user = User(platform, "e2e-owner", home=tmp_path_factory.mktemp("owner"))
    user.register()
    return user


@pytest.fixture(scope="session")
def stranger(owner: User, platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> User:
    """Another ordinary user, who may use none of the owner's apps."""
    user = User(platform, "e2e-stranger", home=tmp_path_factory.mktemp("stranger"))
    user.register()
    return user


@pytest.fixture
def make_app(owner: User) -> Iterator[Callable[..., Repository]]:
    """Make apps of a test's own; they are destroyed after it."""
    made: list[Repository] = []

    def make(app: str, *, example: str | None = None) -> Repository:
        repository = owner.create(app, example=example)
        made.append(repository)
        return repository

    yield make
    for repository in made:
        owner.deis("destroy", "--app", repository.app, f"--confirm={repository.app}")


@pytest.fixture(scope="session")
def prebuilt(platform: Platform) -> str:
    """An image outside the platform that serves HTTP, found through the mirror of Docker Hub."""
    name = "e2e/example:v1"
    for argv in (
        (
            "buildah",
            "build",
            "--isolation",
            "chroot",
            "--network",
            "host",
            "--tag",
            name,
            EXAMPLES / "dockerfile",
        ),
        ("buildah", "push", name, f"docker://{DEVCLUSTER_REGISTRY}/{name}"),
    ):
        done = run(*map(str, argv), env=platform.env)
        assert done.code == 0, done.text
    return name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Faults last: they are the slowest, and a broken platform should be known by its simpler tests first."""
    order = [
        "test_push",
        "test_lifecycle",
        "test_second_user",
        "test_failures",
        "test_credentials",
        "test_faults",
    ]

    def rank(item: pytest.Item) -> int:
        name = Path(item.fspath).stem
        return order.index(name) if name in order else len(order)

    items.sort(key=rank)
