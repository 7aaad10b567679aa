from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logger.buffers import EVERYTHING, Buffers
from logger.journal import NAME, Journal
from logger.lines import Line, Source


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Buffers]]:
    """A logger's buffers on the same directory, one after the other."""
    journals = []

    def start(**options: int) -> Buffers:
        journals.append(Journal(tmp_path, **options))
        return Buffers(10, journal=journals[-1])

    yield start
    for journal in journals:
        journal.close()


def fill(buffers: Buffers, numbers: range) -> None:
    for number in numbers:
        buffers.write(Line("foo", str(number), Source("node/1", number), "web"))
    buffers.flush()


def test_a_logger_goes_on_where_the_one_before_was(start: Callable[..., Buffers]) -> None:
    first = start()
    fill(first, range(25))
    second = start()
    assert second.store == first.store
    assert second.read("foo", 99) == [str(number) for number in range(15, 25)]
    assert second.follow("foo", EVERYTHING).position == 25
    assert not second.write(Line("foo", "24", Source("node/1", 24), "web"))


def test_an_end_that_was_cut_off_is_dropped(start: Callable[..., Buffers], tmp_path: Path) -> None:
    fill(start(), range(3))
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes()[:-2])
    second = start()
    assert second.read("foo", 99) == ["0", "1"]
    fill(second, range(2, 4))
    assert start().read("foo", 99) == ["0", "1", "2", "3"]


def test_a_long_journal_is_written_again_with_what_is_kept(
    start: Callable[..., Buffers], tmp_path: Path
) -> None:
    first = start(long=2000)
    fill(first, range(1000))
    first.write(Line("bar", "gone"))
    first.delete("bar")
    fill(first, range(1000, 1001))
    assert (tmp_path / NAME).stat().st_size < 2000
    second = start()
    assert second.read("foo", 99) == [str(number) for number in range(991, 1001)]
    assert second.follow("foo", EVERYTHING).position == 1001
    assert second.read("bar", 9) is None
    assert not second.write(Line("foo", "1000", Source("node/1", 1000), "web"))


def test_without_a_directory_every_start_is_a_new_store() -> None:
    assert Buffers(10).store != Buffers(10).store


def test_a_disk_that_fails_costs_no_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    buffers = Buffers(10, journal=Journal(tmp_path / "missing"))
    fill(buffers, range(3))
    assert buffers.read("foo", 99) == ["0", "1", "2"]
    assert "lines are not kept on disk any more" in caplog.text
