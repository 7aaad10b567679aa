from datetime import UTC, datetime

import pytest

from logger.buffers import EVERYTHING, Buffers, Selection
from logger.lines import Line
from logger.web import Query, WebApp, parse_query


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


def test_a_query_says_what_is_meant() -> None:
    query = parse_query(b"log_lines=5&process=web,worker&since=1767323045&follow=1&store=x&position=7")
    assert (query.count, query.follow, query.store, query.position) == (5, True, "x", 7)
    assert query.selection == Selection(
        processes=frozenset({"web", "worker"}), since=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    )
    assert parse_query(b"") == Query(count=100, selection=EVERYTHING)
    assert parse_query(b"since=soon&position=x&follow=yes&process=,") == Query(
        count=100, selection=EVERYTHING
    )
