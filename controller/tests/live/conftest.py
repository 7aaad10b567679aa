"""A PostgreSQL of our own and a controller in front of it, as processes on loopback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from kit.kube import NAMESPACES, Kube
from kit.waiting import wait_for
from loopback import find_port

from .contract import find_contract
from .listeners import Listener
from .wires import Wire, lay_wire

ROOT = Path(__file__).resolve().parents[3]
KUBECONFIG = Path(os.environ.get("KUBECONFIG") or "/var/lib/devcluster/kubeconfig")
BUILDER_KEY = "builder-key-of-the-tests"


def find_program(name: str) -> str:
    found = shutil.which(name)
    if found:
        return found
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not candidates:
        pytest.fail(f"{name} is not installed; run the live tests in the test image, python3 scripts/live.py")
    return str(candidates[-1])


class Postgres:
    """A server in a directory of its own; it does not run as root, so neither does its directory belong to it."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "data"
        self.port = find_port()
        self.log = directory / "log"
        self.demote: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres")
            self.demote = {"user": "postgres", "group": "postgres", "extra_groups": []}

    def start(self) -> None:
        if not self.data.exists():
            initdb = [find_program("initdb"), "-D", str(self.data), "-A", "trust", "-U", "deis", "-N"]
            subprocess.run(
                [*initdb, "-E", "UTF8", "--locale=C.UTF-8"],
                check=True,
                capture_output=True,
                cwd="/",
                **self.demote,
            )
        options = f"-F -p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200"
        command = [find_program("pg_ctl"), "-D", str(self.data), "-l", str(self.log), "-w", "-o", options]
        subprocess.run([*command, "start"], check=True, capture_output=True, cwd="/", **self.demote)

    def stop(self, mode: str = "immediate") -> None:
        command = [find_program("pg_ctl"), "-D", str(self.data), "-m", mode, "stop"]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **self.demote)
        assert done.returncode == 0, done

    def connect(self, name: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host="127.0.0.1", port=self.port, user="deis", dbname=name, autocommit=True)

    def create_database(self, name: str) -> None:
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}"')

    def build_env(self, name: str) -> dict[str, str]:
        return {
            "DEIS_DATABASE_SERVICE_HOST": "127.0.0.1",
            "DEIS_DATABASE_SERVICE_PORT": str(self.port),
            "DEIS_DATABASE_USER": "deis",
            "DEIS_DATABASE_NAME": name,
        }


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Not below pytest's own directory, which is closed to everybody else."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as directory:
        server = Postgres(Path(directory))
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Postgres]:
    """One that may be stopped."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as directory:
        server = Postgres(Path(directory))
        server.start()
        yield server
        server.stop()


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Any

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """Requests as one user; ``token`` is empty for nobody. Every answer must be one that the API describes."""

    url: str
    token: str = ""
    username: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        raw: bytes | None = None,
        timeout: float = 55,
        **headers: str,
    ) -> Answer:
        body = raw if raw is not None else (None if data is None else json.dumps(data).encode())
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        all_headers = {"Content-Type": "application/json", **self.headers, **named}
        if self.token:
            all_headers.setdefault("Authorization", f"token {self.token}")
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=all_headers)
        answer = ask(request, timeout=timeout)
        media = (answer.headers["Content-Type"] or "").partition(";")[0]
        contract = find_contract(self.url)
        contract.check(method, path, status=answer.status, media=media, body=answer.body)
        return answer

    def get(self, path: str, **headers: Any) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, data: Any = None, **headers: Any) -> Answer:
        return self.call("POST", path, data, **headers)

    def delete(self, path: str, data: Any = None, **headers: Any) -> Answer:
        return self.call("DELETE", path, data, **headers)


def ask(request: urllib.request.Request, *, timeout: float) -> Answer:
    try:
        with OPENER.open(request, timeout=timeout) as response:
            return Answer(response.status, response.read(), response.headers)
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read(), error.headers)


def build_opener() -> urllib.request.OpenerDirector:
    """Neither redirects nor proxies, nor HTTPS, whose certificates would be read for every request."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


OPENER = build_opener()


class Controller:
    """``python -m controller`` as a process group, or another program that serves it."""

    def __init__(
        self, env: dict[str, str], *, log: Path, program: tuple[str, ...] = ("-m", "controller")
    ) -> None:
        self.port = find_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self._env = env
        self._program = program
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **env: str) -> Controller:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self._program],
                env={**os.environ, **self._env, "PORT": str(self.port), **env},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(self._is_up, what="the controller", timeout=50)
        return self

    def _is_up(self) -> bool | None:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(self.log.read_text())
        try:
            return Client(self.url).get("/readiness").status == 200 or None
        except OSError:
            return None

    def kill(self) -> None:
        """All of it at once, as a machine fails."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        if self.process:
            self.process.wait(10)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def client(self, **values: Any) -> Client:
        return Client(self.url, **values)

    def register(self, username: str) -> Client:
        """A new user, logged in."""
        anybody = self.client()
        password = f"pw-{username}"
        answer = anybody.post("/v2/auth/register", {"username": username, "password": password, "email": ""})
        assert answer.status == 201, answer.body
        answer = anybody.post("/v2/auth/login/", {"username": username, "password": password})
        assert answer.status == 200, answer.body
        return self.client(token=answer.json["token"], username=username)


def build_controller_env(postgres: Postgres, name: str, *, router: Listener | None = None) -> dict[str, str]:
    """Without a router each first deploy waits for one until it is given up."""
    path = os.pathsep.join([str(ROOT / "controller"), str(ROOT / "kit")])
    return {
        **postgres.build_env(name),
        "PYTHONPATH": path,
        "DEIS_SECRET_KEY": "secret-key-of-the-tests",
        "DEIS_BUILDER_KEY": BUILDER_KEY,
        "GUNICORN_WORKERS": "1",
        "WEB_THREADS": "16",
        "OPERATION_LEASE": "4",
        "OPERATION_THREADS": "48",
        "DEIS_REGISTRY_LOCATION": "off-cluster",
        "DEIS_ROUTER_SERVICE_HOST": "127.0.0.1",
        "DEIS_ROUTER_SERVICE_PORT": str(router.port if router else 1),
        "RESERVED_NAMES": "deis, deis-builder",
        "KUBECONFIG": str(KUBECONFIG) if KUBECONFIG.exists() else "",
        "KUBERNETES_SERVICE_HOST": "127.0.0.1",
        "KUBERNETES_SERVICE_PORT": "1",
    }


@pytest.fixture(scope="session")
def router() -> Iterator[Listener]:
    """A router to which every app is known at once."""
    listener = Listener()
    yield listener
    listener.stop()


@pytest.fixture(scope="session")
def controller(
    postgres: Postgres, router: Listener, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Controller]:
    postgres.create_database("controller")
    log = tmp_path_factory.mktemp("controller") / "log"
    server = Controller(build_controller_env(postgres, "controller", router=router), log=log)
    try:
        yield server.start()
    finally:
        server.stop()
        print(log.read_text()[-20000:])


@pytest.fixture(scope="session")
def admin(controller: Controller) -> Client:
    """The first user."""
    return controller.register("admin")


@pytest.fixture(scope="session")
def alice(controller: Controller, admin: Client) -> Client:
    return controller.register("alice")


@pytest.fixture(scope="session")
def bob(controller: Controller, admin: Client) -> Client:
    return controller.register("bob")


@pytest.fixture(scope="session")
def builder(controller: Controller) -> Client:
    return controller.client(headers={"X-Deis-Builder-Auth": BUILDER_KEY})


@pytest.fixture(scope="session")
def kubeconfig() -> Path:
    """Where the cluster is told of."""
    if not KUBECONFIG.exists():
        pytest.fail(f"no cluster: there is no {KUBECONFIG}; start one, make cluster")
    return KUBECONFIG


@pytest.fixture(scope="module")
def away(kubeconfig: Path) -> Iterator[tuple[Wire, Path]]:
    """A line to the API server, and the kubeconfig that goes by it."""
    line, config = lay_wire(yaml.safe_load(kubeconfig.read_text()))
    with line, tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(config, file)
        file.flush()
        yield line, Path(file.name)


@pytest.fixture(scope="session")
def kube(kubeconfig: Path) -> Iterator[Kube]:
    """The administrator's client."""
    client = Kube.load({"KUBECONFIG": str(kubeconfig)})
    yield client
    client.close()


@pytest.fixture(scope="session")
def namespaces(kube: Kube) -> Iterator[list[str]]:
    """Of apps; those that are still there go when the controller has ended, and nobody waits for them."""
    names: list[str] = []
    yield names
    for namespace in kube.list(NAMESPACES):
        metadata = namespace["metadata"]
        if metadata["name"] in names and "deletionTimestamp" not in metadata:
            kube.delete(NAMESPACES, metadata["name"])


@contextmanager
def making_apps(namespaces: list[str]) -> Iterator[Callable[[Client], str]]:
    """Makes apps on the real cluster, and has them destroyed in the end, which nobody waits for."""
    made: list[tuple[Client, str]] = []

    def create(owner: Client) -> str:
        name = f"ct-{uuid.uuid4().hex[:8]}"
        namespaces.append(name)
        answer = owner.post("/v2/apps", {"id": name})
        assert answer.status == 201, answer.body
        made.append((owner, name))
        return name

    yield create
    for owner, name in made:
        owner.delete(f"/v2/apps/{name}", Prefer="respond-async")


@pytest.fixture(scope="module")
def create_app(namespaces: list[str], controller: Controller) -> Iterator[Callable[[Client], str]]:
    with making_apps(namespaces) as create:
        yield create


@pytest.fixture(scope="session")
def app(namespaces: list[str], controller: Controller, alice: Client) -> Iterator[str]:
    """An app of alice's without a build; tests leave nothing behind that others would mind."""
    with making_apps(namespaces) as create:
        yield create(alice)
