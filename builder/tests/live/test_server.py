"""All parts put together, as they run in a pod: a real controller's place is taken by one that answers what it would."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from builder.server import build_server
from builder.settings import Settings
from kit.kube import Kube
from kit.objectstore import ObjectStore, open_store
from loopback import find_port

SHOP = "6b3f2c0e-7c1a-4c8e-9f53-2f1d1c0a5b77"


@pytest.fixture
def controller() -> Iterator[ThreadingHTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"username": "ada", "apps": ["shop"], "app_uuids": {"shop": SHOP}})
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, _format: str, *_args: object) -> None:
            """Nobody asks what was asked for."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(tmp_path: Path, keys: Path, controller: ThreadingHTTPServer) -> Settings:
    (tmp_path / "builder-key").write_text("key")
    shutil.copy(keys / "id_ed25519", tmp_path)
    return Settings(
        controller_url=f"http://127.0.0.1:{controller.server_port}",
        builder_key_file=tmp_path / "builder-key",
        host_key_dir=keys,
        git_home=tmp_path / "git",
        program_path="/usr/local/bin:/usr/bin:/bin",
        runtime_dir=tmp_path / "run",
        ssh_address="127.0.0.1",
        ssh_port=0,
        health_port=find_port(),
        cleaner_interval=60.0,
    )


def test_whoever_the_controller_knows_may_clone_an_app_of_his_and_no_other(
    settings, store: ObjectStore, tmp_path
):
    kube = Kube(f"http://127.0.0.1:{find_port()}", timeout=1)
    server = build_server(settings, kube=kube, store=store)
    server.start()
    try:
        options = f"-i {tmp_path}/id_ed25519 -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=no"
        env = {
            "PATH": settings.program_path,
            "GIT_SSH_COMMAND": f"ssh {options} -o UserKnownHostsFile={tmp_path}/known_hosts",
        }
        found = {}
        for app in ("shop", "blog"):
            url = f"ssh://git@127.0.0.1:{server.ssh.port}/{app}.git"
            found[app] = subprocess.run(["git", "ls-remote", url], env=env, capture_output=True, timeout=40)
    finally:
        server.stop(patience=5.0)
        kube.close()
    assert {app: done.returncode for app, done in found.items()} == {"shop": 0, "blog": 128}
    assert list(settings.git_home.glob("*/*")) == [settings.git_home / SHOP / "shop.git"]


@contextmanager
def run_builder(
    settings: Settings, *, kube: Kube, store: ObjectStore
) -> Iterator[Callable[[str], tuple[int, bytes]]]:
    """A builder; what it yields asks for a path of its health port."""
    server = build_server(settings, kube=kube, store=store)
    server.start()

    def ask(path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{settings.health_port}{path}", timeout=20
            ) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    try:
        yield ask
    finally:
        server.stop(patience=5.0)


@pytest.fixture
def nowhere() -> Iterator[Kube]:
    kube = Kube(f"http://127.0.0.1:{find_port()}", timeout=1)
    yield kube
    kube.close()


def test_it_is_healthy_while_it_listens_and_storage_answers(settings, nowhere, store):
    with run_builder(settings, kube=nowhere, store=store) as ask:
        assert ask("/healthz") == (200, b"")
        assert ask("/nothing")[0] == 404


def test_without_storage_it_is_not_healthy(settings, nowhere, tmp_path):
    (tmp_path / "accesskey").write_text("a")
    (tmp_path / "secretkey").write_text("s")
    endpoint = f"http://127.0.0.1:{find_port()}"
    away = open_store(storage="in-cluster", credentials=tmp_path, container="builder", endpoint=endpoint)
    with run_builder(settings, kube=nowhere, store=away) as ask:
        assert ask("/healthz") == (503, b"")


def test_it_is_ready_while_kubernetes_and_the_controller_answer(settings, kube, nowhere, store, controller):
    with run_builder(settings, kube=kube, store=store) as ask:
        assert ask("/readiness") == (200, b"")
        controller.shutdown()
        controller.server_close()
        assert ask("/readiness") == (503, b"")
    with run_builder(settings, kube=nowhere, store=store) as ask:
        assert ask("/readiness") == (503, b"")
