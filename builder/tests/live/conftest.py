"""The builder's SSH server on loopback with real OpenSSH, git and VersityGW around it.

Who a key belongs to and what becomes of a push are given as functions: the controller and the cluster are not part of
what these tests look at.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import urllib3

from builder.apps import App
from builder.bundles import BundleKeeper
from builder.errors import ControllerError, ControllerUnreachable
from builder.hookserver import HookServer
from builder.hostkeys import load_host_keys
from builder.locks import ProcessLocks
from builder.operations import Identity, Operation, Operations
from builder.output import PusherOutput
from builder.refs import RefUpdate
from builder.repositories import Repositories
from builder.sessions import Sessions
from builder.sshserver import SshServer
from kit.errors import PlatformError
from kit.kube import Kube
from kit.names import AppName
from kit.objectstore import ObjectStore, open_store
from kit.waiting import wait_for
from loopback import find_port

DEVCLUSTER = "/var/lib/devcluster/kubeconfig"
Receive = Callable[[RefUpdate, Operation, Mapping[str, str], PusherOutput], None]


def need(name: str) -> str:
    """A test that is not run is no test: without the program it fails."""
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/local/bin:/usr/sbin")
    if program is None:
        pytest.fail(
            f"{name} is not on the PATH; run the live tests in the test image, python3 scripts/live.py"
        )
    return str(program)


@pytest.fixture(scope="session")
def kube() -> Iterator[Kube]:
    """The devcluster."""
    path = os.environ.get("KUBECONFIG") or DEVCLUSTER
    if not Path(path).exists():
        pytest.fail(f"no cluster: there is no {path}; start one, make cluster")
    client = Kube.load({"KUBECONFIG": path})
    try:
        client.version()
    except PlatformError as error:
        pytest.fail(f"no cluster: {error}; start it, make cluster")
    yield client
    client.close()


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    program = need("versitygw")
    directory = tmp_path_factory.mktemp("store")
    for name in ("objects", "metadata", "creds"):
        (directory / name).mkdir()
    (directory / "creds/accesskey").write_text("test-access")
    (directory / "creds/secretkey").write_text("test-secret")
    address = f"127.0.0.1:{find_port()}"
    argv = [program, "--access", "test-access", "--secret", "test-secret", "--port", address]
    argv += ["posix", "--sidecar", str(directory / "metadata"), str(directory / "objects")]
    with (directory / "log").open("wb") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=output)
    try:
        wait_for(lambda: is_answering(f"http://{address}"), what="VersityGW", timeout=30)
        opened = open_store(
            storage="in-cluster",
            credentials=directory / "creds",
            container="builder",
            endpoint=f"http://{address}",
        )
        opened.ensure_bucket()
        yield opened
    finally:
        process.terminate()
        process.wait(10)
        print((directory / "log").read_text(errors="replace")[-2000:])


def is_answering(address: str) -> bool:
    try:
        urllib3.request("GET", address, timeout=1, retries=False)
    except urllib3.exceptions.HTTPError:
        return False
    return True


@dataclass
class RunningBuilder:
    """A server, the key that its one user has, that user's apps, and what it was asked to build."""

    directory: Path
    repositories: Repositories
    locks: ProcessLocks
    operations: Operations
    apps: dict[str, App] = field(default_factory=dict)
    receive: Receive = lambda update, operation, environment, output: None
    updates: list[RefUpdate] = field(default_factory=list)
    pushed: list[str] = field(default_factory=list)
    controller_away: bool = False
    asked: list[str] = field(default_factory=list)
    """Fingerprints whose owner was asked for."""
    port: int = 0

    def create(self, name: str) -> App:
        """Make an app; one that had the name before is gone."""
        app = self.apps[name] = App(name=AppName(name), uuid=str(uuid.uuid4()))
        return app

    @property
    def client_key(self) -> Path:
        return self.directory / "id_ed25519"

    def url(self, app: str) -> str:
        return f"ssh://git@127.0.0.1:{self.port}/{app}.git"

    def ssh(self, *command: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[bytes]:
        argv = [*self.ssh_command.split(), *options, "-p", str(self.port), "git@127.0.0.1", *command]
        return subprocess.run(argv, capture_output=True, stdin=subprocess.DEVNULL, timeout=30)

    @property
    def ssh_command(self) -> str:
        return (
            f"ssh -i {self.client_key} -F /dev/null -o IdentitiesOnly=yes -o BatchMode=yes "
            f"-o StrictHostKeyChecking=no -o UserKnownHostsFile={self.directory}/known_hosts -o LogLevel=ERROR"
        )

    def git(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *arguments],
            cwd=cwd,
            env=self.git_env(),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=50,
        )

    def git_env(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_SSH_COMMAND": self.ssh_command,
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@example.com",
        }

    def find_identity(self, fingerprint: str) -> Identity:
        self.asked.append(fingerprint)
        if self.controller_away:
            raise ControllerUnreachable("the controller does not answer")
        text = subprocess.run(
            ["ssh-keygen", "-l", "-E", "md5", "-f", f"{self.client_key}.pub"], capture_output=True, text=True
        ).stdout
        if f"MD5:{fingerprint} " not in text:
            raise ControllerError("No Key matches the given query.", status=404)
        return Identity(user="ada", fingerprint=fingerprint, apps=frozenset(self.apps.values()))

    def on_update(
        self, update: RefUpdate, operation: Operation, environment: Mapping[str, str], output: PusherOutput
    ) -> None:
        self.updates.append(update)
        self.receive(update, operation, environment, output)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("ssh")
    directory = tmp_path_factory.mktemp("keys")
    for kind in ("rsa", "ecdsa", "ed25519"):
        make_key(directory / f"ssh-host-{kind}-key", kind)
    for kind in ("rsa", "ecdsa", "ed25519"):
        make_key(directory / f"id_{kind}", kind)
    return directory


def make_key(path: Path, kind: str) -> None:
    subprocess.run(
        [need("ssh-keygen"), "-q", "-t", kind, "-N", "", "-f", str(path)], check=True, capture_output=True
    )


@pytest.fixture
def builder(tmp_path: Path, keys: Path, store: ObjectStore) -> Iterator[RunningBuilder]:
    store.delete_prefix("home/")
    home = tmp_path / "git"
    home.mkdir()
    for key in keys.glob("id_*"):
        shutil.copy(key, tmp_path)
    repositories = Repositories(home, store, program_path=os.environ["PATH"])
    running = RunningBuilder(tmp_path, repositories, ProcessLocks(), Operations())
    running.create("shop")
    hooks = HookServer(
        tmp_path / "run" / "hooks.sock",
        running.operations,
        receive=running.on_update,
        git=repositories.environment,
    )
    bundles = BundleKeeper(repositories)

    def on_pushed(app: App) -> None:
        running.pushed.append(app.name)
        bundles.keep(app)

    sessions = Sessions(
        repositories=repositories,
        locks=running.locks,
        operations=running.operations,
        find_identity=running.find_identity,
        hook_socket=hooks.path,
        lock_timeout=60.0,
        on_pushed=on_pushed,
    )
    ssh = SshServer(
        "127.0.0.1",
        0,
        host_keys=load_host_keys(keys),
        find_identity=running.find_identity,
        serve=sessions.serve,
    )
    hooks.start()
    bundles.start()
    ssh.start()
    running.port = ssh.port
    try:
        yield running
    finally:
        ssh.stop()
        ssh.close_all()
        bundles.stop(10.0)
        hooks.stop()


@pytest.fixture
def checkout(tmp_path: Path, builder: RunningBuilder) -> Path:
    """A repository with one commit and the remote ``deis``."""
    path = tmp_path / "checkout"
    make_checkout(builder, path, "first")
    return path


@pytest.fixture
def other_checkout(tmp_path: Path, builder: RunningBuilder) -> Path:
    """A repository that shares nothing with ``checkout``, with the same remote."""
    path = tmp_path / "other"
    make_checkout(builder, path, "other")
    return path


def make_checkout(builder: RunningBuilder, path: Path, text: str) -> None:
    path.mkdir()
    builder.git("init", "--quiet", "--initial-branch=master", cwd=path)
    (path / "Procfile").write_text("web: ./run\n")
    commit(builder, path, text)
    builder.git("remote", "add", "deis", builder.url("shop"), cwd=path)


def commit(builder: RunningBuilder, path: Path, text: str) -> str:
    (path / "file").write_text(text)
    builder.git("add", "--all", cwd=path)
    builder.git("commit", "--quiet", "--message", text, cwd=path)
    return builder.git("rev-parse", "HEAD", cwd=path).stdout.strip()


@pytest.fixture
def make_commit(builder: RunningBuilder, checkout: Path) -> Callable[[str], str]:
    return lambda text: commit(builder, checkout, text)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """For a push to wait at; always opened in the end."""
    event = threading.Event()
    yield event
    event.set()
