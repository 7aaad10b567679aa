"""Real controllers on loopback: PostgreSQL by ``initdb``, ``python -m controller``; one without a cluster, one with."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from loopback import find_port

from .clustered import KUBECONFIG as CLUSTER
from .clustered import Gateway, Logger, Router

ROOT = Path(__file__).parents[3]
PASSWORD = "a-password-1"
KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: none
contexts: [{name: none, context: {cluster: none, user: none}}]
clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: none, user: {token: none}}]
"""


def need(name: str) -> str:
    """Where the program is; a test that is not run is no test, so without it the test fails."""
    program = shutil.which(name)
    if program is None:
        pytest.fail(
            f"{name} is not on the PATH; run the live tests in the test image, python3 scripts/live.py"
        )
    return program


@pytest.fixture(scope="session")
def admin_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the administrator is logged in, once the controller runs."""
    return tmp_path_factory.mktemp("controller")


@pytest.fixture(scope="session")
def controller(admin_home: Path) -> Iterator[str]:
    """URL of a controller whose first user, the administrator, is ``admin``."""
    with run_postgres() as database_port:
        env = build_environment(admin_home, port=find_port(), database_port=database_port)
        url = f"http://127.0.0.1:{env['PORT']}"
        with run_until_ready([sys.executable, "-m", "controller"], env, admin_home, lambda: is_healthy(url)):
            register_admin(url, admin_home)
            yield url


def build_environment(directory: Path, *, port: int, database_port: int) -> dict[str, str]:
    (directory / "kubeconfig").write_text(KUBECONFIG)
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}/controller{os.pathsep}{ROOT}/kit",
        "PYTHONPYCACHEPREFIX": sys.pycache_prefix or "",
        "PORT": str(port),
        "DEIS_DATABASE_SERVICE_HOST": "127.0.0.1",
        "DEIS_DATABASE_SERVICE_PORT": str(database_port),
        "DEIS_DATABASE_USER": "deis",
        "DEIS_SECRET_KEY": "not-secret-in-a-test" * 3,
        "DEIS_BUILDER_KEY": "not-secret-either",
        "GUNICORN_WORKERS": "1",
        "KUBECONFIG": str(directory / "kubeconfig"),
        "TMPDIR": str(directory),
    }


@contextlib.contextmanager
def run_postgres() -> Iterator[int]:
    """A database server of its own, with a user and a database ``deis``; yields its port."""
    programs = find_postgres()
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        data, port = Path(name) / "data", find_port()
        if user:
            shutil.chown(name, user)
        options = ["-U", "deis", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        initdb = [str(programs / "initdb"), "-D", str(data), *options]
        subprocess.run(initdb, check=True, capture_output=True, user=user, cwd=name)
        listen = ["-c", "listen_addresses=127.0.0.1", "-p", str(port), "-k", name, "-c", "fsync=off"]
        server = [str(programs / "postgres"), "-D", str(data), *listen]
        createdb = [str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "deis", "deis"]

        def is_up() -> bool:
            return subprocess.run(createdb, capture_output=True, check=False, cwd=name).returncode == 0

        with run_until_ready(server, {"PATH": os.environ["PATH"]}, Path(name), is_up, user=user):
            yield port


def find_postgres() -> Path:
    """The directory of the newest server programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else Path(need("initdb")).parent


@contextlib.contextmanager
def run_until_ready(
    command: list[str],
    env: Mapping[str, str],
    cwd: Path,
    is_ready: Callable[[], bool],
    *,
    user: str | None = None,
) -> Iterator[None]:
    """A server while it is needed; the fixture fails with its log if it ends before it is ready."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, env=dict(env), cwd=cwd, stdout=log, stderr=log, user=user)
        try:
            while not is_ready():
                if process.poll() is not None:
                    log.seek(0)
                    pytest.fail(f"{command[0]} ended:\n{log.read()[-4000:]}")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
            yield
        finally:
            process.terminate()
            process.wait()


def is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readiness", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


def register_admin(url: str, directory: Path) -> None:
    """Nobody has registered before, so this is the administrator."""
    options = ["--username=admin", f"--password={PASSWORD}", "--email=admin@example.com"]
    command = [sys.executable, "-m", "deis", "register", url, *options]
    env = {"HOME": str(directory), "PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}/cli"}
    done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def logger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logger]:
    running, directory = Logger(), tmp_path_factory.mktemp("logger")
    command = [sys.executable, "-m", "logger"]
    with run_until_ready(command, running.build_environment(directory), directory, running.is_healthy):
        yield running


@pytest.fixture(scope="session")
def router() -> Iterator[Router]:
    listening = Router()
    yield listening
    listening.stop()


@pytest.fixture(scope="session")
def platform_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the platform's administrator is logged in, once it runs."""
    return tmp_path_factory.mktemp("platform")


@pytest.fixture(scope="session")
def platform(platform_home: Path, logger: Logger, router: Router) -> Iterator[str]:
    """URL of a controller of the devcluster."""
    if not CLUSTER.exists():
        pytest.fail(f"no cluster: there is no {CLUSTER}; start one, make cluster")
    directory = platform_home
    with run_postgres() as database_port:
        env = build_environment(directory, port=find_port(), database_port=database_port) | {
            "KUBECONFIG": str(CLUSTER),
            "DEIS_LOGGER_SERVICE_HOST": "127.0.0.1",
            "DEIS_LOGGER_SERVICE_PORT_HTTP": str(logger.http),
            "DEIS_ROUTER_SERVICE_HOST": "127.0.0.1",
            "DEIS_ROUTER_SERVICE_PORT": str(router.port),
            "DEIS_REGISTRY_LOCATION": "off-cluster",
            "RESERVED_NAMES": "deis, deis-builder",
            "REGISTRATION_MODE": "enabled",
        }
        url = f"http://127.0.0.1:{env['PORT']}"
        command = [sys.executable, "-m", "controller"]
        with run_until_ready(command, env, directory, lambda: is_healthy(url)):
            register_admin(url, directory)
            yield url


@pytest.fixture
def platform_admin(platform: str, platform_home: Path, new_program: Callable[[str], Any]) -> Any:
    """`deis` of the platform's administrator."""
    program = new_program("admin")
    shutil.copytree(platform_home / ".deis", program.home / ".deis")
    return program


@pytest.fixture
def owner(platform: str, new_program: Callable[[str], Any]) -> Any:
    """`deis` of an ordinary user of the platform."""
    program = new_program("owner")
    name = f"user-{uuid.uuid4().hex[:8]}"
    options = (f"--username={name}", f"--password={PASSWORD}", f"--email={name}@example.com")
    done = program("register", platform, *options)
    assert done.code == 0, done.err
    return program


@pytest.fixture
def app(owner: Any) -> Iterator[str]:
    """An app of the owner's, which goes in the end; nobody waits for that."""
    name = f"ct-{uuid.uuid4().hex[:8]}"
    done = owner("create", name, "--no-remote")
    assert done.code == 0, done.err
    yield name
    done = owner("destroy", "-a", name, f"--confirm={name}", "--no-wait")
    assert done.code == 0 or "No App matches" in done.err, done.err


@pytest.fixture
def gateway(platform: str) -> Iterator[Gateway]:
    """A way to the platform's controller that a test may cut."""
    between = Gateway(int(platform.rpartition(":")[2]))
    yield between
    between.close()
