"""Which lines of a log that is followed again are new."""

from __future__ import annotations

from deis.following import Recent, is_last, is_leaving


def line(second: int, text: str) -> str:
    return f"2026-01-02T03:04:{second:02}+00:00 shop[web.v2.abcde]: {text}"


def test_a_line_that_comes_again_after_a_break_is_not_new() -> None:
    recent = Recent()
    recent.begin()
    first, second = line(5, "a"), line(6, "b")
    assert [recent.take(text) for text in (first, second, second)] == [True, True, True]
    assert recent.since == "2026-01-02T03:04:01+00:00"
    recent.begin()
    repeated = (first, second, second, second, line(7, "c"))
    assert [recent.take(text) for text in repeated] == [False, False, False, True, True]


def test_old_lines_are_forgotten() -> None:
    recent = Recent()
    recent.begin()
    for second in range(20):
        assert recent.take(line(second, "x"))
    assert len(recent._lines) == 6
    assert recent.take("no time at all")


def test_how_a_log_ends() -> None:
    assert is_last("2026-01-02T03:04:05+00:00 deis[logs]: the app is gone")
    assert is_leaving("2026-01-02T03:04:05+00:00 deis[logs]: this controller is about to end; follow again")
    assert not is_last(line(5, "the app is gone"))
