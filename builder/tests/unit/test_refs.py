from __future__ import annotations

import pytest

from builder.errors import ReceiveError
from builder.refs import RefUpdate, parse_object_id, parse_ref_line, parse_ref_lines

ID = "c3b4e4ba8b7267226ff02ad07a3a2cca9c9237de"


def test_an_object_id_has_a_full_and_a_short_form():
    parsed = parse_object_id(ID)
    assert (parsed.full, parsed.short) == (ID, "c3b4e4ba")


@pytest.mark.parametrize("text", ["", "abc", "abc123", "c3b4e4ba8b", ID + "0", ID.upper(), ID + "\n"])
def test_anything_else_is_no_object_id(text):
    with pytest.raises(ReceiveError, match=r"was invalid$") as error:
        parse_object_id(text)
    assert str(error.value) == f"git sha {text} was invalid"


def test_a_ref_line_has_three_fields():
    assert parse_ref_line(f"old {ID} refs/heads/master") == RefUpdate(
        old="old", new=ID, ref="refs/heads/master"
    )


@pytest.mark.parametrize("line", ["", "one two", "one two three four"])
def test_any_other_number_of_fields_is_malformed(line):
    with pytest.raises(ReceiveError) as error:
        parse_ref_line(line)
    assert str(error.value) == f"reading STDIN (malformed line [{line}])"


def test_lines_keep_their_order():
    assert [update.new for update in parse_ref_lines("a b c\nd e f\n")] == ["b", "e"]
