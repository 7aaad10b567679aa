"""One installed platform, shared by all tests and workers; each test makes apps of its own, named e2e-<run>-…"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drive import CHECKOUT, EXAMPLES, Platform, Repository, User, run
from sharing import Departures, do_once

DEVCLUSTER_REGISTRY = "198.19.255.1:5000"
COUNT_USERS = "from controller.model.models import User; print(User.objects.count())"
ORDER = (
    "test_custom_buildpacks",
    "test_failures",
    "test_lifecycle",
    "test_client",
    "test_install",
    "test_buildpacks",
    "test_tutorial",
    "test_push",
    "test_private_images",
    "test_access",
    "test_settings",
    "test_hostile_builds",
    "test_second_user",
    "test_credentials",
    "test_users",
    "test_faults",
)
"""The longest first, so that no worker ends long after the others: a file stays on one. Faults come last."""


@pytest.fixture(scope="session")
def platform(testrun_uid: str) -> Platform:
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
        os.environ | exports | {"CONTAINERS_REGISTRIES_CONF": "/var/lib/devcluster/registries.conf"},
        run=testrun_uid[:5],
    )
    answer = platform.kubectl("get", "deployment", "deis-controller", "--namespace", "deis")
    if answer.code:
        pytest.fail("There is no platform to test. Run `make platform` first, or `make test` for everything.")
    return platform


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A directory that all workers of this run have in common."""
    own = tmp_path_factory.getbasetemp()
    directory = (own if worker_id == "master" else own.parent) / "shared"
    directory.mkdir(exist_ok=True)
    return directory


@pytest.fixture(scope="session")
def register(platform: Platform, shared: Path) -> Callable[[str], User]:
    """Registers a user, once for all workers."""

    def register(role: str) -> User:
        home = shared / role
        home.mkdir(exist_ok=True)
        user = User(platform, platform.name(role), home=home)
        do_once(shared, f"register-{role}", user.register)
        return user

    return register


@pytest.fixture(scope="session")
def was_empty(platform: Platform, shared: Path) -> bool:
    """Whether nobody was registered before this run."""
    answer = shared / "users"

    def count() -> None:
        counted = platform.kubectl(
            "exec", "deployment/deis-controller", "--namespace", "deis", "--",
            "python", "-m", "controller", "manage", "shell", "--verbosity=0", "--command", COUNT_USERS,
        )  # fmt: skip
        assert counted.code == 0, counted.text
        answer.write_text(str(int(counted.out)))

    do_once(shared, "count-users", count)
    return answer.read_text() == "0"


@pytest.fixture(scope="session")
def administrator(was_empty: bool, register: Callable[[str], User]) -> User:
    """The first user of this run; the platform's administrator if it was empty."""
    return register("admin")


@pytest.fixture(scope="session")
def owner(administrator: User, register: Callable[[str], User]) -> User:
    """An ordinary user, who makes the tests' apps."""
    return register("owner")


@pytest.fixture(scope="session")
def stranger(administrator: User, register: Callable[[str], User]) -> User:
    """Another ordinary user, who may use none of the owner's apps."""
    return register("stranger")


@pytest.fixture(scope="session")
def departures() -> Iterator[Departures]:
    """Destroys apps while other tests run; waits for the end of all of them after the last."""
    departures = Departures()
    yield departures
    departures.finish()


@pytest.fixture
def make_app(owner: User, departures: Departures) -> Iterator[Callable[..., Repository]]:
    """Make apps of a test's own; they are destroyed after it."""
    yield from make_apps(owner, departures)


@pytest.fixture(scope="module")
def make_module_app(owner: User, departures: Departures) -> Iterator[Callable[..., Repository]]:
    """Make an app that a module's tests share; it is destroyed after the last of them."""
    yield from make_apps(owner, departures)


def make_apps(owner: User, departures: Departures) -> Iterator[Callable[..., Repository]]:
    made: list[Repository] = []

    def make(name: str, *, example: str | None = None) -> Repository:
        repository = owner.create(owner.platform.name(name), example=example)
        made.append(repository)
        return repository

    yield make
    for repository in made:
        departures.destroy(repository)


@pytest.fixture(scope="session")
def prebuilt(platform: Platform, shared: Path) -> str:
    """An image outside the platform that serves HTTP, found through the mirror of Docker Hub."""
    name = "e2e/example:v1"

    def build() -> None:
        context = str(EXAMPLES / "dockerfile")
        for argv in (
            ("build", "--isolation", "chroot", "--network", "host", "--tag", name, context),
            ("push", name, f"docker://{DEVCLUSTER_REGISTRY}/{name}"),
        ):
            done = run("buildah", *argv, env=platform.env)
            assert done.code == 0, done.text

    do_once(shared, "prebuilt", build)
    return name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: ORDER.index(item.path.stem))
