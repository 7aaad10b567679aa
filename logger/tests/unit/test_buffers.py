from logger.buffers import Buffers
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
