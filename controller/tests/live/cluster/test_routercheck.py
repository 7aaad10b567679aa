"""Asking a real HTTP server that behaves like a router to which the app is new."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from controller.cluster.desired import ClusterOptions, DesiredApp, Process, ServiceState, never_stop
from controller.cluster.routercheck import check_router
from loopback import find_port


@dataclass
class Router:
    port: int = 0
    statuses: list[int] = field(default_factory=list)
    """Answers to come; the last one is repeated."""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def router() -> Iterator[Router]:
    state = Router()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(f"{self.headers['Host']}{self.path}")
            self.send_response(state.statuses.pop(0) if len(state.statuses) > 1 else state.statuses[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def options(router: Router) -> ClusterOptions:
    return ClusterOptions(
        slugrunner_image="x", router_host="127.0.0.1", router_port=router.port, platform_domain="example.com"
    )


@pytest.fixture
def desired() -> DesiredApp:
    return DesiredApp(
        app="shop",
        release_uuid="u",
        version=2,
        summary="",
        kind="image",
        image="x",
        env={},
        processes=(Process(type="web", replicas=1, routable=True),),
        service=ServiceState(),
        port=80,
    )


def test_it_ends_with_the_first_answer_of_the_app(router, options, desired):
    router.statuses = [404, 404, 404, 404, 404, 200]
    check_router(desired, options=options, should_stop=never_stop)
    assert router.asked == ["shop.example.com/"] * 6


def test_it_is_given_up_in_time_and_fails_nothing(router, options, desired):
    router.statuses = [404]
    web = replace(desired.processes[0], health_check={"livenessProbe": {"httpGet": {"path": "/up"}}})
    started = time.monotonic()
    check_router(replace(desired, processes=(web,)), options=options, should_stop=never_stop)
    assert 9 < time.monotonic() - started < 15
    assert set(router.asked) == {"shop.example.com/up"}


def test_a_router_that_refuses_is_given_up_no_later_than_one_that_does_not_know_the_app(options, desired):
    gone = replace(options, router_port=find_port())
    started = time.monotonic()
    check_router(desired, options=gone, should_stop=never_stop)
    assert 9 < time.monotonic() - started < 15


def test_a_newer_operation_ends_it(router, options, desired):
    router.statuses = [404]
    check_router(desired, options=options, should_stop=lambda: len(router.asked) >= 2)
    assert len(router.asked) == 2


def test_nobody_is_asked_about_an_app_without_routes(router, options, desired):
    worker = Process(type="worker", replicas=1)
    check_router(replace(desired, processes=(worker,)), options=options, should_stop=never_stop)
    assert router.asked == []
