"""Text that can't be stored is found wherever it is."""

import pytest

from controller.api.texts import DEEPEST, NOT_FINITE, TOO_DEEP, find_wrong_text

NUL = "Null characters are not allowed."


@pytest.mark.parametrize(
    "value", [{"a": ["\x00"]}, {"\x00": 1}, ["x", {"a": {"b": "c\x00"}}], "\x00", ("\x00",)]
)
def test_nul(value):
    assert find_wrong_text(value) == NUL


def test_half_a_character():
    assert find_wrong_text({"a": "\ud800"}) == "Surrogate characters are not allowed: U+D800."


def test_everything_else_is_fine():
    assert find_wrong_text({"a": [1, None, True, 1.5, "ünï ☃ 🐘 \n\t\x7f"]}) == ""


def test_numbers_that_json_has_not():
    assert find_wrong_text({"a": [float("inf")]}) == NOT_FINITE
    assert find_wrong_text(float("nan")) == NOT_FINITE


def test_depth():
    value: list[object] = []
    for _ in range(DEEPEST - 1):
        value = [value]
    assert find_wrong_text(value) == ""
    assert find_wrong_text([[value]]) == TOO_DEEP
