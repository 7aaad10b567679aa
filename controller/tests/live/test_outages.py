"""The database or Kubernetes goes away in the middle of operations and of idle time, and comes back.

Whatever was begun ends soon afterwards, wholly old or wholly new, and the cluster runs what the database says. The
short form cuts for a few seconds; ``SOAK_OUTAGE=60`` is the long one, as ``make soak`` asks for it.

Source: issue of the controller, "Faults, nothing lost".
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kit.kube import DEPLOYMENTS, NAMESPACES, SERVICES, Kube
from kit.waiting import wait_for

from .conftest import Client, Controller, Postgres, build_controller_env
from .test_slice import IDLE, IMAGE
from .wires import Wire

SECONDS = float(os.environ.get("SOAK_OUTAGE", "5"))
AFTERWARDS = 45.0
"""Seconds in which everything has ended once what was missing is back: the longest is the start of a pod."""
INSTANTS = (0.1, 1.0)
"""Seconds after the operations began."""
CHANGING = ("deploy", "scale", "config", "rollback", "restart")

pytestmark = pytest.mark.timeout(150 + 4 * (SECONDS + AFTERWARDS))


@pytest.fixture(scope="module")
def server(
    own_postgres: Postgres, away: tuple[Wire, Path], router: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Controller]:
    own_postgres.create_database("outages")
    env = build_controller_env(own_postgres, "outages", router=router) | {"KUBECONFIG": str(away[1])}
    controller = Controller(env, log=tmp_path_factory.mktemp("outages") / "log").start()
    yield controller
    controller.stop()
    print(controller.log.read_text()[-30000:])


@pytest.fixture(scope="module")
def client(server: Controller) -> Client:
    return server.register("outlasting")


@pytest.fixture(scope="module")
def apps(client: Client, namespaces: list[str]) -> Iterator[dict[str, str]]:
    """One for each kind of operation, with a process that runs."""
    random = uuid.uuid4().hex[:6]
    names = {name: f"ct-{random}-{name}" for name in CHANGING}
    namespaces.extend(names.values())
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: make_app(client, name), names.values()))
        yield names
        list(pool.map(lambda name: client.delete(f"/v2/apps/{name}"), names.values()))


def make_app(client: Client, app: str) -> None:
    assert client.post("/v2/apps", {"id": app}).status == 201
    path = f"/v2/apps/{app}"
    assert client.post(f"{path}/settings", {"routable": False}).status == 201
    answer = client.call("POST", f"{path}/builds", build_image(), timeout=100)
    assert answer.status == 201, answer.body


def build_image() -> dict[str, Any]:
    return {"image": IMAGE, "procfile": {"web": IDLE}}


def begin(client: Client, path: str, body: object, *, verb: str = "POST") -> str:
    """The address of an operation."""
    answer = client.call(verb, f"/v2/apps{path}", body, Prefer="respond-async")
    assert answer.status == 202, answer.body
    url: str = answer.json["url"]
    return url


def begin_all(client: Client, apps: dict[str, str], *, counts: int, new: str, old: str) -> dict[str, str]:
    """One of each kind."""
    return {
        "deploy": begin(client, f"/{apps['deploy']}/builds", build_image()),
        "scale": begin(client, f"/{apps['scale']}/scale", {"web": counts}),
        "config": begin(client, f"/{apps['config']}/config", {"values": {"ROUND": new}}),
        "rollback": begin(client, f"/{apps['rollback']}/releases/rollback", {"version": 2}),
        "restart": begin(client, f"/{apps['restart']}/pods/restart", {}),
        "create": begin(client, "", {"id": new}),
        "destroy": begin(client, f"/{old}", None, verb="DELETE"),
    }


def wait_for_end(client: Client, url: str) -> str:
    def find_end() -> str | None:
        state: str = client.get(url).json["state"]
        return state if state not in ("queued", "running") else None

    return wait_for(find_end, what=f"the end of {url}", timeout=AFTERWARDS)


def wait_until_as_stored(client: Client, kube: Kube, app: str) -> None:
    """The cluster runs the newest good release, so many processes of it, and tells the router what is stored."""

    def is_so() -> bool | None:
        stored = client.get(f"/v2/apps/{app}").json
        releases = client.get(f"/v2/apps/{app}/releases").json["results"]
        good = next(release["version"] for release in releases if not release["failed"])
        live = kube.get(DEPLOYMENTS, f"{app}-web", namespace=app)
        pods = client.get(f"/v2/apps/{app}/pods").json["results"]
        found = [(pod["release"], pod["state"]) for pod in pods]
        service = kube.get(SERVICES, app, namespace=app)["metadata"]
        labels = live["spec"]["template"]["metadata"]["labels"]
        return (
            labels["version"] == f"v{good}"
            and live["spec"]["replicas"] == stored["structure"]["web"]
            and found == [(f"v{good}", "up")] * stored["structure"]["web"]
            and service["annotations"]["router.deis.io/domains"] == app
        ) or None

    wait_for(is_so, what=f"{app} as it is stored", timeout=AFTERWARDS)


def check_end(client: Client, kube: Kube, kind: str, state: str, *, new: str, old: str) -> None:
    """An app that was to be made or destroyed is there, with its namespace, or is not."""
    app, is_there = (new, state == "succeeded") if kind == "create" else (old, state != "succeeded")
    assert client.get(f"/v2/apps/{app}").status == (200 if is_there else 404), (kind, state)

    def is_so() -> bool | None:
        namespace = kube.find(NAMESPACES, app)
        return (
            namespace is not None and "deletionTimestamp" not in namespace["metadata"]
        ) == is_there or None

    wait_for(is_so, what=f"the namespace of {app} ({kind} {state})", timeout=AFTERWARDS)


def strike(
    client: Client,
    kube: Kube,
    apps: dict[str, str],
    namespaces: list[str],
    *,
    after: float,
    outage: Callable[[], None],
) -> None:
    """Everything at once, an outage so soon afterwards, and the end of everything."""
    old, new = (f"{apps['deploy'][:9]}-{uuid.uuid4().hex[:6]}" for _ in range(2))
    namespaces.extend((old, new))
    assert client.post("/v2/apps", {"id": old}).status == 201
    counts = 3 - int(client.get(f"/v2/apps/{apps['scale']}").json["structure"]["web"])
    urls = begin_all(client, apps, counts=counts, new=new, old=old)
    pause(after)
    outage()
    back = time.monotonic()
    states = {kind: wait_for_end(client, url) for kind, url in urls.items()}
    took = time.monotonic() - back
    assert set(states.values()) <= {"succeeded", "failed"}, states
    assert took < AFTERWARDS, (states, took)
    for kind in ("create", "destroy"):
        check_end(client, kube, kind, states[kind], new=new, old=old)
    for app in apps.values():
        wait_until_as_stored(client, kube, app)
    print(f"{after} s after they began: {states}, all ended {took:.1f} s after the outage")


def pause(seconds: float) -> None:
    until = time.monotonic() + seconds
    wait_for(lambda: time.monotonic() >= until or None, what="the moment", timeout=seconds + 5, interval=0.05)


@pytest.mark.parametrize("after", INSTANTS)
def test_kubernetes_goes_away_in_the_middle_of_operations(client, kube, apps, away, namespaces, after):
    line, _ = away

    def outage() -> None:
        line.cut(SECONDS)
        pause(SECONDS)

    strike(client, kube, apps, namespaces, after=after, outage=outage)


@pytest.mark.parametrize("after", INSTANTS)
def test_the_database_goes_away_in_the_middle_of_operations(
    client, kube, apps, own_postgres, namespaces, after, server
):
    """It crashes, as its pod does when its node is lost."""

    def outage() -> None:
        own_postgres.stop("immediate")
        pause(SECONDS if SECONDS >= 10 else 0.5)
        own_postgres.start()
        wait_for(lambda: is_ready(server), what="the controller to be ready", timeout=15)

    strike(client, kube, apps, namespaces, after=after, outage=outage)


def is_ready(server: Controller) -> bool | None:
    return server.client().get("/readiness").status == 200 or None


def test_a_restart_of_the_database_in_idle_time_is_not_noticed(client, own_postgres, server):
    """Requests that are sent meanwhile wait for it."""
    before = client.get("/v2/apps").json["count"]
    with ThreadPoolExecutor(8) as pool:
        for mode in ("fast", "immediate"):
            own_postgres.stop(mode)
            waiting = [pool.submit(client.get, "/v2/apps") for _ in range(8)]
            own_postgres.start()
            answers = [future.result() for future in waiting]
            assert [(answer.status, answer.json["count"]) for answer in answers] == [(200, before)] * 8
    assert "Traceback" not in server.log.read_text()
