"""Every route and verb while something that the controller needs is away.

What needs it says so with 503 and a sentence that names it, has changed nothing, and works again as soon as it is
back; all the rest goes on. The table of good requests is in ``goodrequests.py``.

Source: issue of the controller, "Faults, nothing lost".
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kit.waiting import wait_for

from ..pairs import make_pair  # noqa: TID252 - both tiers use it, and tests are no package
from .conftest import BUILDER_KEY, Answer, Client, Controller, Postgres, build_controller_env
from .goodrequests import KUBERNETES, LOGGER, SHA, Ask, list_requests
from .rows import count_rows, read_rows
from .tables import MATRIX, build_path
from .wires import Wire

pytestmark = pytest.mark.timeout(240)

WALK = [(route, verb) for route, verbs in MATRIX.items() for verb in verbs]
APPS = (
    "quiet", "shop", "certs", "used", "doomed", "config", "builds", "rollback", "restart", "restart-type",
    "restart-pod", "scale", "domains", "settings", "whitelist", "unlisted", "services", "unserved", "tls", "hooked",
)  # fmt: skip
BUILT = ("shop", "config", "builds", "rollback", "restart", "restart-type", "restart-pod", "scale", "hooked")
WITHOUT_DATABASE = ("openapi-json", "openapi-yaml", "docs")
LONGEST = 30.0
"""Seconds: ten for a connection to the database, and what three attempts of an operation take."""
KEY = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAA"
FOR_EVER = 3600.0
NEEDS_PODS = (("run", "POST"),)
"""Good only with an image that nodes can pull."""


@dataclass(frozen=True)
class Place:
    controller: Controller
    postgres: Postgres
    wire: Wire
    clients: Mapping[str, Client]
    names: Mapping[str, str]
    requests: Mapping[tuple[str, str], Ask]

    def send(self, route: str, verb: str) -> tuple[Answer, float]:
        """The answer, and how long it took."""
        ask = self.requests[route, verb]
        path = build_path(route, app=self.names[ask.app], **ask.samples)
        began = time.monotonic()
        answer = self.clients[ask.who].call(verb, path, ask.body, timeout=LONGEST + 30)
        return answer, time.monotonic() - began

    def send_all(self, asked: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[Answer, float]]:
        """All at once."""
        with ThreadPoolExecutor(96) as pool:
            sent = {one: pool.submit(self.send, *one) for one in asked}
            return {one: future.result() for one, future in sent.items()}

    def read_state(self) -> list[Any]:
        """What is stored."""
        with self.postgres.connect("dependencies") as connection:
            return [count_rows(connection), *(read_rows(connection, self.names[name]) for name in APPS)]


@pytest.fixture(scope="module")
def server(
    own_postgres: Postgres, away: tuple[Wire, Path], router: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Controller]:
    own_postgres.create_database("dependencies")
    env = build_controller_env(own_postgres, "dependencies", router=router) | {
        "KUBECONFIG": str(away[1]),
        "WEB_THREADS": "96",
        "SLUGRUNNER_IMAGE_NAME": "deis/slugrunner:1",
        "DEIS_LOGGER_SERVICE_PORT_HTTP": "1",
        "DEIS_OBJECTSTORAGE_SERVICE_HOST": "127.0.0.1",
        "DEIS_OBJECTSTORAGE_SERVICE_PORT": "1",
    }
    controller = Controller(env, log=tmp_path_factory.mktemp("dependencies") / "log").start()
    yield controller
    controller.stop()
    print(controller.log.read_text()[-30000:])


@pytest.fixture(scope="module")
def place(
    server: Controller, own_postgres: Postgres, away: tuple[Wire, Path], namespaces: list[str]
) -> Place:
    clients = {"admin": server.register("operator"), "nobody": server.client()}
    clients |= {name: server.register(name) for name in ("loner", "leaver", "renewer", "helper", "granted")}
    clients["builder"] = server.client(headers={"X-Deis-Builder-Auth": BUILDER_KEY})
    random = uuid.uuid4().hex[:6]
    names = {name: f"ct-{random}-{name}" for name in (*APPS, "new")}
    namespaces.extend(names.values())
    with ThreadPoolExecutor(len(APPS)) as pool:
        list(pool.map(lambda name: make_app(clients, names[name], built=name in BUILT), APPS))
    names |= furnish(clients, names)
    names |= {f"slug-{name}": build_slug(names[name]) for name in ("builds", "hooked")}
    return Place(server, own_postgres, away[0], clients, names, list_requests(names))


def build_slug(app: str) -> str:
    return f"home/{app}:git-{SHA}/push/slug.tgz"


def make_app(clients: Mapping[str, Client], app: str, *, built: bool) -> None:
    """With a slug it has one release that runs nothing."""
    assert clients["admin"].post("/v2/apps", {"id": app}).status == 201
    if built:
        body = {
            "receive_user": "operator",
            "receive_repo": app,
            "dockerfile": "",
            "procfile": {"worker": "x"},
        }
        answer = clients["builder"].post("/v2/hooks/build/", body | {"sha": SHA, "image": build_slug(app)})
        assert answer.status == 200, answer.body


def furnish(clients: Mapping[str, Client], names: Mapping[str, str]) -> dict[str, str]:
    """What requests read, change or remove."""
    admin = clients["admin"]

    def make(path: str, body: object, status: int = 201) -> Any:
        answer = admin.post(f"/v2/{path}", body)
        assert answer.status == status, (path, answer.body)
        return answer

    make("admin/perms", {"username": "helper"})
    make(f"apps/{names['quiet']}/perms", {"username": "granted"})
    for key in ("gone", "kept"):
        made = make("keys", {"id": key, "public": f"{KEY}{key} x"}).json
    for name, owner in (("attached", "certs"), ("used", "used")):
        pair = make_pair("x.example.com")
        make("certs", {"name": name, "certificate": pair.certificate, "key": pair.key})
        domain = f"{names[owner]}-a.example.com"
        make(f"apps/{names[owner]}/domains", {"domain": domain})
        make(f"certs/{name}/domain/", {"domain": domain})
    make(f"apps/{names['certs']}/domains", {"domain": f"{names['certs']}-b.example.com"})
    make(f"apps/{names['domains']}/domains", {"domain": f"{names['domains']}-old.example.com"})
    make(f"apps/{names['unlisted']}/whitelist", {"addresses": ["9.9.9.9"]})
    make(f"apps/{names['unserved']}/services", {"procfile_type": "old", "path_pattern": "/old"})
    run = make(f"apps/{names['shop']}/run", {"command": "sleep 1", "interactive": True}).json
    operation = admin.get(f"/v2/apps/{names['shop']}/operations").json["results"][0]
    build = admin.get(f"/v2/apps/{names['builds']}/builds").json["results"][0]
    return {
        "run": run["name"],
        "operation": operation["uuid"],
        "build": build["uuid"],
        "key": KEY,
        "fingerprint": made["fingerprint"],
    }


def check_refusal(answer: Answer, seconds: float, *, missing: str, where: object) -> None:
    assert answer.status == 503, (where, answer.status, answer.body)
    assert missing.encode() in answer.body, (where, answer.body)
    assert b"Traceback" not in answer.body
    assert seconds < LONGEST, (where, seconds)


def test_the_table_has_a_request_for_every_route_and_verb(place):
    assert set(place.requests) == set(WALK)


def test_without_the_database(place):
    before = place.read_state()
    place.postgres.stop("fast")
    try:
        answers = place.send_all(WALK)
        for (route, verb), (answer, seconds) in answers.items():
            if route in WITHOUT_DATABASE:
                assert answer.status == 200, route
            else:
                check_refusal(answer, seconds, missing="The database does not answer", where=(route, verb))
        assert place.controller.client().get("/healthz").status == 200
    finally:
        place.postgres.start()
    began = time.monotonic()
    assert place.clients["admin"].get("/v2/apps").status == 200
    assert time.monotonic() - began < 5, "whoever asked was made to wait long after the database was back"
    assert place.read_state() == before


def test_without_kubernetes_or_a_logger(place):
    kubernetes = [one for one in WALK if place.requests[one].needs == KUBERNETES]
    others = [one for one in WALK if place.requests[one].needs != KUBERNETES]
    before = place.read_state()
    place.wire.cut(FOR_EVER)
    try:
        for one, (answer, seconds) in place.send_all(kubernetes).items():
            check_refusal(answer, seconds, missing=KUBERNETES, where=one)
        assert place.read_state() == before, "a refused request has changed something"
        for one, (answer, seconds) in place.send_all(others).items():
            if place.requests[one].needs == LOGGER:
                check_refusal(answer, seconds, missing="the logger does not answer", where=one)
            else:
                assert answer.status == place.requests[one].status, (one, answer.status, answer.body)
    finally:
        place.wire.mend()
    again = [one for one in kubernetes if one not in NEEDS_PODS]
    wait_for_quiet(place)
    for one, (answer, _) in place.send_all(again).items():
        assert answer.status == place.requests[one].status, (one, answer.status, answer.body)
    assert "Traceback" not in place.controller.log.read_text()


def wait_for_quiet(place: Place) -> None:
    """Until nothing of what was begun while Kubernetes was away goes on."""

    def is_quiet() -> bool | None:
        with place.postgres.connect("dependencies") as connection:
            row = connection.execute(
                "SELECT count(*) FROM deis_operation WHERE state IN ('queued', 'running')"
            ).fetchone()
        return row == (0,) or None

    wait_for(is_quiet, what="the end of all operations", timeout=40)


def test_what_was_refused_for_want_of_kubernetes_may_be_asked_again_with_the_same_key(place):
    """As the builder does: the key must not name the refusal for ever."""
    app, key = place.names["hooked"], uuid.uuid4().hex
    body = {
        "receive_user": "operator", "receive_repo": app, "dockerfile": "", "procfile": {"worker": "z"},
        "sha": SHA, "image": build_slug(app),
    }  # fmt: skip

    def push() -> Answer:
        builder: Client = place.clients["builder"]
        return builder.call("POST", "/v2/hooks/build/", body, Idempotency_Key=key)

    place.wire.cut(FOR_EVER)
    try:
        assert push().status == 503
    finally:
        place.wire.mend()
    first, second = push(), push()
    assert first.status == 200, first.body
    assert second.json == first.json
