import pytest

from devcluster.dns import HEADER, IDENTITY, build_query, has_answer


def test_a_query_is_spelt_as_the_protocol_wants_it():
    assert build_query("a.bc") == (
        b"\x19\x84\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x02bc\x00\x00\x01\x00\x01"
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((IDENTITY, 0x8580, 1, 1, 0, 0), True),
        ((IDENTITY, 0x8583, 1, 0, 1, 0), False),
        ((IDENTITY, 0x8580, 1, 0, 0, 0), False),
        ((IDENTITY, 0x0100, 1, 1, 0, 0), False),
        ((IDENTITY + 1, 0x8580, 1, 1, 0, 0), False),
    ],
)
def test_only_a_record_is_an_answer(fields, expected):
    assert has_answer(HEADER.pack(*fields)) is expected


def test_a_short_packet_is_none():
    assert not has_answer(b"\x19\x84")
