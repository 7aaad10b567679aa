from __future__ import annotations

from email.message import Message

import pytest

from kit.errors import InvalidInput
from workflow_manager.errors import BodyTooLarge, LengthMissing
from workflow_manager.web import LONGEST_BODY, REFUSED, parse_length


def build_headers(**headers: str) -> Message:
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return message


@pytest.mark.parametrize(
    ("text", "length"), [("0", 0), ("17", 17), (" 17 ", 17), (str(LONGEST_BODY), LONGEST_BODY)]
)
def test_a_length_is_a_number(text, length):
    assert parse_length(build_headers(Content_Length=text)) == length
    assert parse_length(build_headers()) == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Length": str(LONGEST_BODY + 1)}, 413),
        ({"Content_Length": "9" * 5000}, 413),
        ({"Content_Length": "-1"}, 400),
        ({"Content_Length": "many"}, 400),
        ({"Content_Length": "٣"}, 400),
        ({"Content_Length": ""}, 400),
        ({"Transfer_Encoding": "chunked"}, 411),
    ],
)
def test_what_is_refused(headers, status):
    with pytest.raises(InvalidInput) as error:
        parse_length(build_headers(**headers))
    assert REFUSED[type(error.value)] == status
    assert {BodyTooLarge: 413, LengthMissing: 411}.get(type(error.value), 400) == status
