"""An app as it can be seen from both sides: what the API and the rows tell of it, and what the cluster runs."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, LiteralString, TypeVar

from kit.errors import Timeout
from kit.kube import DEPLOYMENTS, NAMESPACES, PODS, SECRETS, SERVICES, Kube, Manifest
from kit.waiting import wait_for

from .conftest import Client, Postgres
from .test_slice import IMAGE, SERVER

T = TypeVar("T")

RELEASE, FENCE = "deis.io/release", "deis.io/fence"
CONFIG = "EDITION"
"""The variable that tells editions of a config apart."""
RELEASES = f"""
    SELECT r.version, r.state, r.uuid::text, coalesce(c.values->>'{CONFIG}', ''), coalesce(b.procfile->>'web', '')
    FROM deis_release r JOIN deis_config c ON c.uuid = r.config_id LEFT JOIN deis_build b ON b.uuid = r.build_id
    WHERE r.app_id = %s ORDER BY r.version
"""
OPERATION = "SELECT state, extract(epoch FROM finished) FROM deis_operation WHERE idempotency_key = %s"
BUSY = "SELECT 1 FROM deis_operation WHERE app_id = %s AND state IN ('queued', 'running')"


class Odd(AssertionError):
    """What is seen fits nothing."""


@dataclass(frozen=True, kw_only=True)
class State:
    """Version 0 and no code: the cluster runs nothing of it."""

    version: int = 0
    config: str = ""
    code: str = ""
    count: int = 0
    release: str = field(default="", compare=False)
    """UUID of the release."""


class Rows:
    """The database of one controller."""

    def __init__(self, postgres: Postgres, database: str) -> None:
        self._connection = postgres.connect(database)

    def close(self) -> None:
        self._connection.close()

    def list_releases(self, app: str) -> list[State]:
        """
        Raises:
            Odd: a version is missing, or one is not good.
        """
        found = self._connection.execute(RELEASES, [app]).fetchall()
        versions = [(version, state) for version, state, *_ in found]
        if versions != [(number, "good") for number in range(1, len(found) + 1)]:
            raise Odd(f"releases of {app}: {versions}")
        return [
            State(version=version, config=config, code=parse_code(procfile), release=uuid)
            for version, _, uuid, config, procfile in found
        ]

    def find_operation(self, key: str) -> tuple[str, float] | None:
        """Its state, and when it ended; None: nothing was stored."""
        found = self._connection.execute(OPERATION, [key]).fetchone()
        return (found[0], float(found[1] or 0)) if found else None

    def is_busy(self, app: str) -> bool:
        return self._connection.execute(BUSY, [app]).fetchone() is not None

    def dump(self, app: str) -> list[Any]:
        """All that is stored of an app's operations and releases."""
        return [
            self._connection.execute(question, [app]).fetchall()
            for question in (
                "SELECT * FROM deis_operation WHERE app_id = %s ORDER BY number",
                "SELECT * FROM deis_release WHERE app_id = %s ORDER BY version",
                "SELECT * FROM deis_app WHERE id = %s",
            )
        ]

    def ask(self, question: LiteralString, *values: Any) -> list[Any]:
        return self._connection.execute(question, list(values)).fetchall()


def write_code(edition: int | str) -> dict[str, Any]:
    """A build whose process shows which edition it is.

    It takes a moment until it listens: of a pod that is ready at the very first probe a busy kubelet may learn so only
    ten seconds later.
    """
    return {"image": IMAGE, "procfile": {"web": f": edition-{edition}; sleep 0.7; {SERVER}"}}


def parse_code(command: str) -> str:
    found = re.search(r"edition-(\w+)", command)
    return found[1] if found else ""


def read_told(client: Client, rows: Rows, app: str) -> State | None:
    """The app as the API describes it; None when there is none.

    Raises:
        Odd: its answers and the rows contradict each other.
    """
    answer = client.get(f"/v2/apps/{app}")
    releases = rows.list_releases(app)
    if answer.status == 404:
        if releases:
            raise Odd(f"{app} is not found, but has releases: {releases}")
        return None
    config = client.get(f"/v2/apps/{app}/config").json["values"].get(CONFIG, "")
    (newest,) = client.get(f"/v2/apps/{app}/releases?limit=1").json["results"]
    told = State(
        version=newest["version"],
        config=config,
        code=releases[-1].code,
        count=answer.json["structure"].get("web", 0),
        release=newest["uuid"],
    )
    if (told.version, told.config) != (releases[-1].version, releases[-1].config):
        raise Odd(f"{app}: {told} is told, {releases[-1]} is stored")
    return told


def read_running(kube: Kube, app: str) -> State | None:
    """The app as the cluster runs it; None when there is no namespace.

    Raises:
        Odd: it is in between, for a moment or for ever.
    """
    namespace = kube.find(NAMESPACES, app)
    if namespace is None:
        return None
    if "deletionTimestamp" in namespace["metadata"]:
        raise Odd(f"the namespace of {app} is on its way out")
    if kube.find(SERVICES, app, namespace=app) is None:
        raise Odd(f"{app} has a namespace, but no Service")
    deployments = kube.list(DEPLOYMENTS, namespace=app)
    if not deployments:
        return State()
    releases = {each["metadata"]["annotations"][RELEASE] for each in deployments}
    web = next(each for each in deployments if each["metadata"]["name"] == f"{app}-web")
    template = web["spec"]["template"]
    if releases != {template["metadata"]["annotations"][RELEASE]}:
        raise Odd(f"Deployments of {app} are of several releases: {releases}")
    label, count = template["metadata"]["labels"]["version"], web["spec"]["replicas"]
    check_pods(kube.list(PODS, namespace=app), label=label, count=count)
    return State(
        version=int(label.removeprefix("v")),
        config=read_env(kube, app, label=label, release=next(iter(releases))),
        code=parse_code(" ".join(template["spec"]["containers"][0]["args"])),
        count=count,
        release=next(iter(releases)),
    )


def read_env(kube: Kube, app: str, *, label: str, release: str) -> str:
    secret = kube.find(SECRETS, f"{app}-{label}-env", namespace=app)
    if secret is None or secret["metadata"]["annotations"][RELEASE] != release:
        raise Odd(f"the env secret of {app} {label} is not that of its release: {secret}")
    return base64.b64decode(secret["data"].get(CONFIG, "")).decode()


def check_pods(pods: list[Manifest], *, label: str, count: int) -> None:
    """
    Raises:
        Odd: other pods run, or not all are ready.
    """
    staying = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    found = [(pod["metadata"]["labels"]["version"], is_ready(pod)) for pod in staying]
    if found != [(label, True)] * count:
        raise Odd(f"{count} of {label} are wanted, and there are {found}")


def is_ready(pod: Manifest) -> bool:
    conditions = pod["status"].get("conditions") or []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def plan_running(told: State | None) -> State | None:
    """What the cluster has to run if this is told."""
    return told if told is None or told.code else State()


def wait_until_settled(read: Callable[[], T], *, timeout: float) -> T:
    """What ``read`` finds once it is nothing odd any more.

    Raises:
        Odd: it stays so.
    """
    seen: list[str] = []

    def look() -> tuple[T] | None:
        try:
            return (read(),)
        except Odd as error:
            seen[:] = [str(error)]
            return None

    try:
        (found,) = wait_for(look, what="an app that is settled", timeout=timeout, interval=0.2)
    except Timeout as error:
        raise Odd(f"{seen[0]}, still after {timeout:.0f} s") from error
    return found


def wait_until_running(kube: Kube, app: str) -> State:
    """What the cluster runs of an app, once that is one release with all its pods.

    Raises:
        Odd: it stays in between.
    """
    found = wait_until_settled(lambda: read_running(kube, app), timeout=40)
    if found is None:
        raise Odd(f"{app} has no namespace")
    return found


def read_marks(kube: Kube, app: str) -> set[tuple[str, ...]]:
    """What changes if anybody touches what the app consists of; what Kubernetes notes of how it goes does not count."""
    marks: set[tuple[str, ...]] = set()
    for item in kube.list(DEPLOYMENTS, namespace=app):
        metadata = item["metadata"]
        annotations = metadata["annotations"]
        marks.add(
            (
                metadata["name"],
                metadata["uid"],
                str(metadata["generation"]),
                annotations[RELEASE],
                annotations[FENCE],
            )
        )
    for kind in (SECRETS, SERVICES):
        found = [item["metadata"] for item in kube.list(kind, namespace=app)]
        marks |= {(each["name"], each["uid"], each["resourceVersion"]) for each in found}
    for pod in kube.list(PODS, namespace=app):
        if "deletionTimestamp" not in pod["metadata"]:
            restarts = [str(each["restartCount"]) for each in pod["status"].get("containerStatuses", [])]
            marks.add((pod["metadata"]["name"], pod["metadata"]["uid"], *restarts))
    return marks
