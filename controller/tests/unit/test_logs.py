"""Which lines a request means, and what a follower is told of them."""

import asyncio
from datetime import UTC, datetime

import pytest

from controller.services.logs import LogQuery, parse_log_query
from controller.streams.logs import LogFollowers, render
from controller.streams.logstore import Place
from kit.errors import InvalidInput

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "parameters"),
    [
        ({}, {"log_lines": "100"}),
        ({"log_lines": "seven"}, {"log_lines": "seven"}),
        ({"process": "web,my-worker"}, {"log_lines": "100", "process": "web,my-worker"}),
        ({"since": "10m"}, {"since": "1767322445"}),
        ({"since": "2026-01-02T03:04:05+01:00", "log_lines": "5"}, {"log_lines": "5", "since": "1767319445"}),
        ({"since": "2026-01-02T03:04:05 01:00"}, {"since": "1767319445"}),
        ({"since": "2026-01-02T03:04:05"}, {"since": "1767323045"}),
    ],
)
def test_a_query_in_the_loggers_terms(given, parameters):
    assert parse_log_query("shop", given, now=NOW).parameters == parameters


@pytest.mark.parametrize(
    "given",
    [
        {"since": "soon"},
        {"since": "999999999d"},
        {"since": "10w"},
        {"process": ","},
        {"process": "a b"},
        {"process": "web\n"},
        {"heartbeat": "0"},
        {"heartbeat": "1e3"},
    ],
)
def test_what_can_not_be_meant_is_refused(given):
    with pytest.raises(InvalidInput):
        parse_log_query("shop", given, now=NOW)


def tell(place, *items):
    return "".join(render(items, place)).splitlines()


def line(text, offset, **more):
    return {"text": text, "file": "f", "offset": offset, **more}


def test_a_place_counts_what_went_by():
    place = Place()
    told = tell(
        place, {"store": "s", "position": 7}, line("old", 1, before=True), line("a", 2), {}, {"lost": 3}
    )
    assert told[:2] == ["old", "a"]
    assert told[2].endswith(" deis[logs]: 3 lines were lost here")
    assert place.parameters == {"store": "s", "position": "11"}


def test_a_line_that_two_stores_had_is_told_once():
    place = Place()
    tell(place, {"store": "s", "position": 0}, line("a", 2), {"end": "stopping"})
    assert tell(place, {"store": "t", "position": 0}, line("a", 2), line("b", 3)) == ["b"]
    assert place.parameters == {"store": "t", "position": "2"}


def test_a_store_that_went_without_a_word_is_told_of():
    place = Place()
    tell(place, {"store": "s", "position": 0}, line("a", 2))
    assert tell(place, {"store": "s", "position": 1}) == []
    (told,) = tell(place, {"store": "t", "position": 0})
    assert "another logger took over" in told


def test_the_end_of_an_app_is_the_end():
    place = Place()
    tell(place, {"store": "s", "position": 0})
    (told,) = tell(place, {"end": "purged"})
    assert told.endswith("deis[logs]: the app is gone")
    assert place.purged


def test_a_query_has_a_hundred_lines_by_default():
    assert LogQuery(app="shop").parameters == {"log_lines": "100"}


START = b'{"store": "s", "position": 0}\n'


def test_who_may_not_read_on_is_told_and_let_go():
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + START)
        await reader.read()
        writer.close()

    async def follow():
        sent, answers = [], iter([True, True, False])

        async def send(message):
            sent.append(message)

        async def may_go_on():
            return next(answers)

        async def receive():
            await asyncio.Event().wait()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            followers = LogFollowers(url, look=0.2)
            await followers.serve(LogQuery(app="shop"), receive, send, may_go_on=may_go_on)
        return sent

    sent = asyncio.run(follow())
    assert sent[0]["status"] == 200
    assert sent[-1]["body"].endswith(b" deis[logs]: you may not read this log any more\n")
    assert not sent[-1]["more_body"]
