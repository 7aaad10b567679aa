from datetime import UTC, datetime

from logger.buffers import EVERYTHING, Buffers, Selection
from logger.lines import Line, Source


def test_the_newest_lines_are_read_oldest_first() -> None:
    buffers = Buffers(10)
    for number in range(5):
        buffers.write(Line("foo", str(number)))
    assert buffers.read("foo", 8) == ["0", "1", "2", "3", "4"]
    assert buffers.read("foo", 3) == ["2", "3", "4"]


def test_a_full_buffer_forgets_the_oldest() -> None:
    buffers = Buffers(10)
    for number in range(11):
        buffers.write(Line("foo", str(number)))
    assert buffers.read("foo", 20) == [str(number) for number in range(1, 11)]


def test_unknown_and_deleted_apps_have_no_lines() -> None:
    buffers = Buffers(10)
    assert buffers.read("foo", 5) is None
    buffers.write(Line("foo", "x"))
    assert buffers.read("foo", 0) is None
    buffers.delete("foo")
    buffers.delete("never")
    assert buffers.read("foo", 5) is None


def test_a_repeat_is_kept_once() -> None:
    buffers = Buffers(10)
    assert buffers.write(Line("foo", "x", Source("node/1", 0)))
    assert not buffers.write(Line("foo", "x", Source("node/1", 0)))
    assert buffers.write(Line("foo", "x", Source("node/1", 2)))
    assert buffers.write(Line("foo", "x", Source("node/2", 0)))
    assert buffers.read("foo", 9) == ["x", "x", "x"]


def texts(lines: list[Line]) -> list[str]:
    return [line.text for line in lines]


def test_a_follower_reads_on_from_where_it_is() -> None:
    buffers = Buffers(10)
    buffers.write(Line("foo", "old"))
    follower = buffers.follow("foo", EVERYTHING)
    assert texts(buffers.read_before(follower, 5)) == ["old"]
    assert follower.read() == (0, [])
    buffers.write(Line("foo", "a"))
    buffers.write(Line("bar", "other"))
    buffers.write(Line("foo", "b"))
    assert follower.wake.is_set()
    lost, lines = follower.read()
    assert (lost, texts(lines), follower.position) == (0, ["a", "b"], 3)
    assert follower.read() == (0, [])


def test_a_burst_is_kept_for_a_follower() -> None:
    buffers = Buffers(10)
    follower = buffers.follow("foo", EVERYTHING)
    for number in range(5000):
        buffers.write(Line("foo", str(number)))
    read: list[str] = []
    while piece := follower.read()[1]:
        read += texts(piece)
    assert read == [str(number) for number in range(5000)]
    assert buffers.read("foo", 100) == [str(number) for number in range(4990, 5000)]
    buffers.leave(follower)
    buffers.write(Line("foo", "last"))
    assert len(follower.ring.lines) == 10


def test_what_went_before_it_was_read_is_counted() -> None:
    buffers = Buffers(10)
    for number in range(25):
        buffers.write(Line("foo", str(number), process="web" if number % 2 else "worker"))
    everything = buffers.follow("foo", EVERYTHING, position=3)
    lost, lines = everything.read()
    assert (lost, texts(lines)) == (12, [str(number) for number in range(15, 25)])
    web = buffers.follow("foo", Selection(processes=frozenset({"web"})), position=3)
    lost, lines = web.read()
    assert (lost, texts(lines)) == (4, ["15", "17", "19", "21", "23"])
    assert web.read() == (0, [])


def test_lines_are_selected_by_process_and_time() -> None:
    buffers = Buffers(10)
    for second, process in enumerate(["web", "worker", "", "web"]):
        buffers.write(Line("foo", f"2026-01-02T03:04:0{second}+00:00 {process}", process=process))
    since = datetime(2026, 1, 2, 3, 4, 2, tzinfo=UTC)
    assert buffers.read("foo", 9, Selection(since=since)) == [
        "2026-01-02T03:04:02+00:00 ",
        "2026-01-02T03:04:03+00:00 web",
    ]
    assert buffers.read("foo", 1, Selection(processes=frozenset({"worker"}))) == [
        "2026-01-02T03:04:01+00:00 worker"
    ]
    assert buffers.read("foo", 1, Selection(processes=frozenset({"nope"}))) is None


def test_a_deleted_apps_followers_are_told() -> None:
    buffers = Buffers(10)
    follower = buffers.follow("foo", EVERYTHING)
    buffers.delete("foo")
    assert follower.purged
    assert follower.wake.is_set()
    buffers.write(Line("foo", "of a new app"))
    assert follower.read() == (0, [])
