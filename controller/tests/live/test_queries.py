"""What an answer asks of the database does not grow with what it holds: on every route that can be read, two rows
take as many queries as many. The routes are those of the table; one that is new has to be told what it is."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from kit.kube import NAMESPACES, PODS, KubeForbidden
from kit.waiting import wait_for

from .conftest import BUILDER_KEY, Controller, build_controller_env
from .crowds import CERTIFICATE, FINGERPRINT, KEY, OWNER, RUN, write_crowd
from .listeners import Listener
from .tables import MATRIX, Rule, build_path

FEW, MANY = 2, 30
PROGRAM = (str(Path(__file__).with_name("counted.py")),)
READABLE = [route for route, verbs in MATRIX.items() if "GET" in verbs]
NO_LISTS = frozenset(
    {
        "root", "openapi-json", "openapi-yaml", "docs", "key", "app", "config", "build", "release", "pod",
        "run-session", "run-attach", "logs", "tls", "operation",
    }
)  # fmt: skip
"""Routes that answer one thing. All others must hold more when there is more."""
STATUS = {"run-attach": 426}


@dataclass(frozen=True)
class Read:
    """What a route answered."""

    queries: list[str]
    size: int
    """Items of all lists in it."""


def count_items(value):
    if isinstance(value, list):
        return len(value) + sum(map(count_items, value))
    return sum(map(count_items, value.values())) if isinstance(value, dict) else 0


@pytest.fixture(scope="module")
def logger():
    listener = Listener()
    listener.body = b"a line\n"
    yield listener
    listener.stop()


@pytest.fixture(scope="module")
def counted(postgres, router, logger, tmp_path_factory):
    postgres.create_database("queries")
    env = build_controller_env(postgres, "queries", router=router)
    env |= {"DEIS_LOGGER_SERVICE_HOST": "127.0.0.1", "DEIS_LOGGER_SERVICE_PORT_HTTP": str(logger.port)}
    server = Controller(env, log=tmp_path_factory.mktemp("queries") / "log", program=PROGRAM)
    yield server.start()
    server.stop()
    print(server.log.read_text()[-20000:])


@pytest.fixture(scope="module")
def clients(counted):
    """By the rule that lets them through; the first who registers is the administrator."""
    admin, owner = counted.register("crowd-admin"), counted.register(OWNER)
    builder = counted.client(headers={"X-Deis-Builder-Auth": BUILDER_KEY})
    return {Rule.ADMIN: admin, Rule.APP_OWNER: owner, Rule.BUILDER: builder}


@pytest.fixture(scope="module")
def app(postgres, kube, namespaces, clients):
    """Its row, and its namespace; the rest is written by ``write_crowd``."""
    name = f"ct-{uuid.uuid4().hex[:8]}"
    with postgres.connect("queries") as connection:
        connection.execute(
            "INSERT INTO deis_app (id, uuid, owner_id, structure, created, updated)"
            " VALUES (%s, gen_random_uuid(), %s, '{}', now(), now())",
            [name, OWNER],
        )
    namespaces.append(name)
    kube.create(NAMESPACES, {"metadata": {"name": name}})
    return name


def create_pods(kube, app, *, release, names):
    """Pods of a release that no node may run."""
    for name in names:
        labels = {"app": app, "heritage": "deis", "type": "web", "version": f"v{release}"}
        container = {"name": "web", "image": "none.invalid/none"}
        spec = {"nodeSelector": {"ct-no-node": "has-this"}, "containers": [container]}
        manifest = {"metadata": {"name": name, "labels": labels}, "spec": spec}
        wait_for(partial(create_pod, kube, app, manifest), what="the service account", timeout=20)


def create_pod(kube, app, manifest):
    try:
        return kube.create(PODS, manifest, namespace=app)
    except KubeForbidden:  # the namespace is younger than its service account
        return None


@pytest.fixture(scope="module")
def reads(postgres, kube, clients, app):
    """What every route answered while there was little, and while there was much."""

    def read_all(*, release):
        with postgres.connect("queries") as connection:
            samples = find_samples(connection, app, release=release)
        return {route: read(clients, route, samples) for route in READABLE}

    with postgres.connect("queries") as connection:
        write_crowd(connection, app, first=1, last=FEW)
    create_pods(kube, app, release=FEW, names=["few-1"])
    few = read_all(release=FEW)
    with postgres.connect("queries") as connection:
        write_crowd(connection, app, first=FEW + 1, last=MANY)
    create_pods(kube, app, release=MANY, names=["many-1", "many-2", "many-3", "many-4"])
    return few, read_all(release=MANY)


def find_samples(connection, app, *, release):
    """Values for the variable parts of addresses, by route."""

    def find(table):
        return str(connection.execute(f"SELECT uuid FROM {table} WHERE app_id = %s", [app]).fetchone()[0])

    return {
        "build": {"uuid": find("deis_build")},
        "operation": {"uuid": find("deis_operation")},
        "release": {"version": str(release)},
        "cert": {"name": CERTIFICATE},
        "key": {"key": KEY},
        "pod": {"type": "web", "name": "few-1" if release == FEW else "many-1"},
        "pods-of-type": {"type": "web"},
        "usage-of-type": {"type": "web"},
        "run-session": {"name": RUN},
        "run-attach": {"name": RUN},
        "hook-key": {"fingerprint": FINGERPRINT},
        "hook-user-keys": {"username": OWNER},
        "": {"app": app},
    }


def read(clients, route, samples):
    path = build_path(route, **samples[""], **samples.get(route, {}))
    answer = choose_client(clients, route).get(f"{path}?limit=1000")
    assert answer.status == STATUS.get(route, 200), (route, answer.status, answer.body)
    is_json = answer.headers["Content-Type"] == "application/json"
    return Read(json.loads(answer.headers["X-Queries"]), count_items(answer.json) if is_json else 0)


def choose_client(clients, route):
    """Somebody whom the route lets through; the owner, if that will do."""
    return clients[MATRIX[route]["GET"] if MATRIX[route]["GET"] in clients else Rule.APP_OWNER]


@pytest.mark.parametrize("route", READABLE)
def test_an_answer_takes_as_many_queries_for_many_rows_as_for_few(reads, route):
    few, many = (each[route] for each in reads)
    assert many.queries == few.queries
    if route in NO_LISTS:
        assert many.size <= few.size, "it holds more: it is a list"
    else:
        assert many.size > few.size, (
            "the test gave this list no more rows; or it is none, and belongs in NO_LISTS"
        )


def test_queries_are_seen(reads):
    """Who asks, which app, how many, and the page."""
    _, many = reads
    assert len(many["releases"].queries) == 4, many["releases"].queries
