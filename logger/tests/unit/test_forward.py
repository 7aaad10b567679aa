import gzip

import msgpack
import pytest

from logger.errors import InvalidMessage
from logger.forward import parse_message

ENTRIES = [[1, {"log": "a"}], [2, {"log": "b"}]]
PACKED = b"".join(msgpack.packb(entry) for entry in ENTRIES)
RECORDS = [{"log": "a"}, {"log": "b"}]


@pytest.mark.parametrize(
    "message",
    [
        ["tag", ENTRIES, {"chunk": "c"}],
        ["tag", PACKED, {"chunk": "c", "size": 2}],
        ["tag", gzip.compress(PACKED), {"chunk": "c", "compressed": "gzip"}],
    ],
)
def test_every_mode_gives_its_records_and_its_chunk(message: list[object]) -> None:
    assert parse_message(message) == (RECORDS, "c")


def test_a_single_record_may_have_no_option() -> None:
    assert parse_message(["tag", 1, {"log": "a"}]) == ([{"log": "a"}], None)
    assert parse_message(["tag", 1, {"log": "a"}, {"chunk": "c"}]) == ([{"log": "a"}], "c")


@pytest.mark.parametrize("message", [{}, [], ["tag"], [1, ENTRIES], ["tag", 1], ["tag", ["no entry"]]])
def test_anything_else_is_refused(message: object) -> None:
    with pytest.raises(InvalidMessage):
        parse_message(message)


@pytest.mark.parametrize(
    "data",
    [gzip.compress(PACKED)[:-9], gzip.compress(b"")[:10] + b"\xff\xff", PACKED],
    ids=["cut", "damaged", "not compressed"],
)
def test_entries_that_can_not_be_decompressed_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidMessage, match="compressed"):
        parse_message(["tag", data, {"compressed": "gzip"}])
