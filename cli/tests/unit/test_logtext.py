from __future__ import annotations

import pytest

from deis.logtext import choose_colour, render_line, split_log


@pytest.mark.parametrize(
    ("word", "colour"), [("INFO", 5), ("a", 2), ("b", 3), ("c", 4), ("d", 9), ("e", 6), ("f", 1)]
)
def test_the_first_word_gives_the_colour(word: str, colour: int) -> None:
    assert choose_colour(f"{word} [shop] -- text") == colour
    assert choose_colour(word) == colour


def test_a_line_is_coloured_and_otherwise_unchanged() -> None:
    assert render_line("a \x1b[1mx", colours=True) == "\x1b[32ma \x1b[1mx\x1b[0m\n"
    assert render_line("a", colours=False) == "a\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [("a\nb\n", ["a", "b"]), ("a\\nb\\n", ["a", "b"]), ("listen", ["listen"]), ("a\n\nb", ["a", "", "b"])],
)
def test_both_kinds_of_line_end(text: str, lines: list[str]) -> None:
    assert split_log(text) == lines
