"""A build pod that the API server made, and whose maker never heard of it: its answer got lost on the way."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from builder.buildpods import BuildJob
from builder.errors import ReceiveError
from builder.operations import Cancellation
from builder.output import PusherOutput
from builder.podruns import PodRunner
from builder.settings import PodSettings
from kit.kube import Kube
from kit.settings import Secret

JOB = BuildJob(
    kind="slugbuild",
    pod_name="slugbuild-shop-12345678-1a2b3c4d",
    app="shop",
    short="12345678",
    image="deis/slugbuilder:1",
    pull_policy="IfNotPresent",
)


class Api:
    """Makes and deletes whatever it is asked to. Its answers about one kind of object never arrive."""

    def __init__(self, *, loses: str) -> None:
        self.loses = loses
        self.there: set[str] = set()
        self.made: list[str] = []


@pytest.fixture
def api(request: pytest.FixtureRequest) -> Api:
    return Api(loses=request.param)


@pytest.fixture
def kube(api: Api) -> Iterator[Kube]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            path = f"{self.path}/{sent['metadata']['name']}"
            api.there.add(path)
            api.made.append(path)
            if self.path.endswith(api.loses):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            else:
                self.answer(201, sent)

        def do_DELETE(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            status = 200 if path in api.there else 404
            api.there.discard(path)
            self.answer(status, {"kind": "Status", "code": status})

        def answer(self, status: int, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, _format: str, *_args: object) -> None:
            """What was asked for is in the ``Api``."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    client = Kube(f"http://127.0.0.1:{server.server_port}", timeout=2)
    yield client
    client.close()
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.mark.parametrize(
    ("api", "told"),
    [("pods", "creating builder pod"), ("secrets", "error creating/updating secret")],
    indirect=["api"],
)
def test_nothing_stays_of_a_build_whose_pod_or_secret_was_made_unheard(api, kube, told, tmp_path: Path):
    runner = PodRunner(
        kube=kube, settings=PodSettings(namespace="builds", builder="me"), pod_wait=5.0, idle_interval=1.0
    )
    output = PusherOutput(os.open(tmp_path / "shown", os.O_WRONLY | os.O_CREAT))
    urls = {"tar-get": Secret("http://nobody.invalid/")}
    try:
        with pytest.raises(ReceiveError, match=told):
            runner.run(JOB, urls=urls, config={}, output=output, cancellation=Cancellation())
    finally:
        output.close()
    assert api.made[-1].split("/")[-2] == api.loses
    assert api.there == set()
