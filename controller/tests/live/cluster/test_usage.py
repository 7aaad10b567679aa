"""What pods use, asked with the controller's own rights; and clusters that do not measure it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from controller.cluster.desired import ServiceState
from controller.cluster.errors import ClusterUnreachable, Unmeasured
from controller.cluster.facade import Cluster
from controller.cluster.usage import METRICS_AWAY, NO_METRICS, list_usage
from kit.errors import PlatformError
from kit.kube import POD_METRICS, Kube, KubeForbidden
from kit.kube.resources import build_path

METRICS = build_path(POD_METRICS).rpartition("/")[0]


@contextmanager
def serve_without_metrics(kube: Kube, *, status: int, text: str) -> Iterator[Kube]:
    """The same API server behind a door that answers for its metrics API."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ours = self.path.startswith(METRICS)
            body = text.encode() if ours else kube.transport.send("GET", self.path)
            self.send_response(status if ours else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    client = Kube(f"http://127.0.0.1:{server.server_port}")
    try:
        yield client
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def place(app: str, cluster: Cluster) -> str:
    """An app's namespace with the controller's rights in it."""
    cluster.ensure_app_basics(app, service=ServiceState(domains=(app,)), quota=None)
    return app


def test_the_controller_may_ask_about_an_app(cluster: Cluster, place: str) -> None:
    assert cluster.list_usage(place) == []
    assert cluster.list_usage(place, process_type="web") == []


def test_it_may_not_ask_about_others(controller_kube: Kube) -> None:
    with pytest.raises(KubeForbidden):
        controller_kube.list(POD_METRICS, namespace="kube-system")


@pytest.mark.parametrize(
    ("status", "text", "kind", "said"),
    [
        (404, "404 page not found\n", Unmeasured, NO_METRICS),
        (503, "service unavailable\n", ClusterUnreachable, f"{METRICS_AWAY}: "),
    ],
)
def test_a_cluster_that_does_not_measure(
    controller_kube: Kube, place: str, status: int, text: str, kind: type[PlatformError], said: str
) -> None:
    with (
        serve_without_metrics(controller_kube, status=status, text=text) as kube,
        pytest.raises(kind) as told,
    ):
        list_usage(kube, place)
    assert str(told.value).startswith(said)
