"""The client when the API server misbehaves: a small server on loopback that says what each test tells it to."""

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
import pytest

from kit.kube import CONFIGMAPS, Kube, KubeGone, KubeUnreachable, Reflector
from kit.waiting import wait_for

EMPTY = {"items": [], "metadata": {"resourceVersion": "5"}}
GONE = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}


class Script:
    """Answers each request by the next step; remembers the requests."""

    def __init__(self) -> None:
        self.steps: list[Callable[[BaseHTTPRequestHandler], None]] = []
        self.requests: list[str] = []

    def then(self, status: int, content: object = None, **headers: str) -> "Script":
        def answer(handler: BaseHTTPRequestHandler) -> None:
            body = orjson.dumps(content)
            handler.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(body)

        self.steps.append(answer)
        return self

    def then_stream(self, *events: object) -> "Script":
        """Send events in chunks and end, properly."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            for event in events:
                line = orjson.dumps(event) + b"\n"
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            handler.wfile.write(b"0\r\n\r\n")

        self.steps.append(answer)
        return self

    def then_hang_up(self) -> "Script":
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)

        self.steps.append(answer)
        return self


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def kube(script):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            script.requests.append(f"{self.command} {self.path}")
            step = script.steps.pop(0) if script.steps else Script().then(200, EMPTY).steps[0]
            step(self)

        do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    client = Kube(f"http://127.0.0.1:{server.server_port}", timeout=2)
    yield client
    client.close()
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_busy_server_is_asked_again(kube, script):
    script.then(429, {}, Retry_After="0").then(200, {"metadata": {"name": "x"}})
    manifest = {"metadata": {"name": "x"}}
    assert kube.create(CONFIGMAPS, manifest, namespace="a")["metadata"]["name"] == "x"
    assert len(script.requests) == 2


def test_a_server_that_stays_busy_is_unreachable(kube, script):
    for _ in range(4):
        script.then(429, {"kind": "Status", "message": "try again"}, Retry_After="0")
    with pytest.raises(KubeUnreachable, match="try again"):
        kube.list(CONFIGMAPS)


def test_a_read_is_repeated_when_the_connection_breaks(kube, script):
    script.then_hang_up()
    assert kube.list(CONFIGMAPS) == []
    assert len(script.requests) == 2


def test_a_write_that_may_have_happened_is_not_repeated(kube, script):
    script.then_hang_up()
    with pytest.raises(KubeUnreachable):
        kube.create(CONFIGMAPS, {"metadata": {"name": "x"}}, namespace="a")
    assert len(script.requests) == 1


def test_an_apply_is_repeated_as_it_may_happen_twice(kube, script):
    script.then_hang_up().then(200, {})
    kube.apply(CONFIGMAPS, {"metadata": {"name": "x"}}, manager="m", namespace="a")
    assert len(script.requests) == 2


def test_a_server_that_says_nothing_is_unreachable_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        kube = Kube(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.1)
        with pytest.raises(KubeUnreachable, match="does not answer"):
            kube.create(CONFIGMAPS, {"metadata": {"name": "x"}}, namespace="a")
        kube.close()


def test_no_server_is_unreachable():
    with pytest.raises(KubeUnreachable, match="does not answer"):
        Kube("http://127.0.0.1:9").list(CONFIGMAPS)


def test_an_error_of_the_server_is_unreachable_with_its_words(kube, script):
    script.then(500, {"kind": "Status", "code": 500, "message": "etcdserver: leader changed"})
    with pytest.raises(KubeUnreachable, match="etcdserver: leader changed") as caught:
        kube.list(CONFIGMAPS)
    assert caught.value.status == 500


def test_a_page_that_is_no_longer_kept_makes_the_list_one_piece(kube, script):
    first = {"items": [{"metadata": {"name": "a"}}], "metadata": {"resourceVersion": "5", "continue": "t"}}
    script.then(200, first).then(410, GONE).then(200, EMPTY)
    assert kube.list(CONFIGMAPS) == []
    assert [request.partition("?")[2] for request in script.requests] == [
        "limit=500",
        "limit=500&continue=t",
        "",
    ]


def test_an_error_in_a_watch_is_raised(kube, script):
    script.then_stream({"type": "ERROR", "object": GONE})
    with pytest.raises(KubeGone, match="too old"):
        list(kube.watch(CONFIGMAPS, resource_version="1"))


def test_bookmarks_move_the_place_and_are_not_given_out(kube, script):
    script.then_stream({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "9"}}})
    watch = kube.watch(CONFIGMAPS, resource_version="1")
    assert list(watch) == []
    assert watch.resource_version == "9"


def test_a_reflector_resumes_where_the_watch_ended_and_lists_again_when_told(kube, script):
    added = {"type": "ADDED", "object": {"metadata": {"name": "a", "resourceVersion": "6"}}}
    script.then(200, EMPTY).then_stream(added).then(410, GONE).then(200, EMPTY)
    for _ in range(50):
        script.then_stream()
    with Reflector(kube, CONFIGMAPS):
        wait_for(lambda: len(script.requests) >= 5, what="five requests", timeout=10)
    kinds = [request.rpartition("?")[2] for request in script.requests[:5]]
    assert kinds[0] == kinds[3] == "limit=500"
    assert "resourceVersion=5" in kinds[1]
    assert "resourceVersion=6" in kinds[2]
    assert "resourceVersion=5" in kinds[4]
