import pytest

from logger.buffers import Buffers
from logger.lines import Line
from logger.web import WebApp


@pytest.fixture
def web() -> WebApp:
    buffers = Buffers(10)
    buffers.write(Line("foo", "one"))
    buffers.write(Line("foo", "two"))
    return WebApp(buffers)


@pytest.mark.parametrize(
    ("method", "path", "query", "answer"),
    [
        ("GET", "/healthz", b"", (200, b"")),
        ("GET", "/logs/foo", b"", (200, b"one\ntwo\n")),
        ("GET", "/logs/foo/", b"log_lines=1", (200, b"two\n")),
        ("GET", "/logs/foo", b"log_lines=many", (200, b"one\ntwo\n")),
        ("GET", "/logs/bar", b"", (204, b"")),
        ("DELETE", "/logs/foo", b"", (200, b"")),
        ("DELETE", "/logs/unknown", b"", (200, b"")),
        ("POST", "/logs/foo", b"", (404, b"")),
        ("GET", "/", b"", (404, b"")),
    ],
)
def test_each_route_answers_as_specified(
    method: str, path: str, query: bytes, answer: tuple[int, bytes], web: WebApp
) -> None:
    assert web.answer(method, path, query) == answer
