from __future__ import annotations

import pytest

from deis.logtext import Painter, choose_colour, parse_line, render_line, split_log


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


def test_a_process_keeps_its_colour() -> None:
    painter = Painter(colours=True)
    web, worker = "2026-01-02T03:04:05Z shop[web.v2.abcde]: ", "2026-01-02T03:04:05Z shop[worker.v2.fghij]: "
    first, second, third = (painter.render(f"{head}x") for head in (web, worker, web))
    assert first == third != second
    assert first == f"\x1b[36m{web}\x1b[0mx\n"
    assert painter.render("no such line") == "no such line\n"


def test_the_parts_of_a_line() -> None:
    assert parse_line("2026-01-02T03:04:05+00:00 shop[web.v2.abcde]: a: b") == (
        "2026-01-02T03:04:05+00:00",
        "web.v2.abcde",
        "a: b",
    )
    assert parse_line("2026-01-02T03:04:05+00:00 deis[controller]: INFO x").process == "controller"
    assert parse_line("free text") == (None, None, "free text")
