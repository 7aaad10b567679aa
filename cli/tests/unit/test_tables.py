from __future__ import annotations

from deis.tables import render_boxed, render_count, render_pairs, render_tabbed


def test_pairs_line_up_and_are_sorted() -> None:
    values = {"NCC": 1701.0, "FLOAT": 12.34, "TRUE": True, "ä": "x"}
    assert render_pairs(values, gap=6) == (
        "FLOAT      12.34\nNCC        1701\nTRUE       true\nä         x\n"
    )
    assert render_pairs({}, gap=6) == ""


def test_a_count_shows_on_incomplete_lists_only() -> None:
    assert render_count(1, 1) == ""
    assert render_count(1, 2) == " (1 of 2)"


def test_tabs_reach_the_next_column() -> None:
    assert render_tabbed([["v2", "2016", "x"], ["v1", "2014", "y"]]) == "v2\t2016\tx\nv1\t2014\ty\n"
    assert render_tabbed([["v1234567", "a", "x"], ["v1", "b", "y"]]) == "v1234567\ta\tx\nv1\t\tb\ty\n"
    assert render_tabbed([]) == ""


def test_a_box_has_centred_titles_and_trailing_blanks() -> None:
    assert render_boxed(["Name", "Expires"], [["test-example-com", "never"], ["t", ""]]) == (
        "        Name       | Expires  \n"
        "+------------------+---------+\n"
        "  test-example-com | never    \n"
        "  t                |          \n"
    )


def test_a_wide_cell_is_wrapped_at_its_spaces_only() -> None:
    text = render_boxed(["A"], [["one two three four five six seven eight"], ["x" * 40]])
    assert text.splitlines()[2:] == [
        f"  {'one two three four five six':<40}  ",
        f"  {'seven eight':<40}  ",
        f"  {'x' * 40}  ",
    ]
    narrow = render_boxed(["A"], [["aaaaaaaaaaaaaaa bbbbbbbbbbbbbbb"]])
    assert narrow.splitlines()[1] == "+" + "-" * 32 + "+"
