from hypothesis import given
from hypothesis import strategies as st

from log_shipper.lines import LogLine, parse_lines

TIME = "2026-01-02T03:04:05.123456789Z"


def test_whole_lines_have_their_place_in_the_file() -> None:
    data = f"{TIME} stdout F one\n{TIME} stderr F \n".encode()
    first = len(f"{TIME} stdout F one\n")
    assert list(parse_lines(data, offset=100)) == [
        LogLine(TIME, "stdout", "one", 100, 100 + first),
        LogLine(TIME, "stderr", "", 100 + first, 100 + len(data)),
    ]


def test_parts_are_joined_and_an_unfinished_line_waits() -> None:
    data = f"{TIME} stdout P one \n{TIME} stdout F two\n{TIME} stdout P three\n{TIME} std".encode()
    (line,) = parse_lines(data, offset=0)
    assert line.text == "one two"
    assert line.start == 0
    assert data[line.end :].startswith(f"{TIME} stdout P three".encode())


def test_what_is_not_in_the_runtimes_form_is_skipped() -> None:
    assert [line.text for line in parse_lines(f"garbage\n{TIME} stdout F x\n".encode(), offset=0)] == ["x"]


def test_a_progress_bars_carriage_returns_end_no_line() -> None:
    data = f"{TIME} stdout F 10%\r20%\r\n{TIME} stdout F done\n".encode()
    assert [line.text for line in parse_lines(data, offset=0)] == ["10%\r20%\r", "done"]


@given(
    st.lists(st.text(st.characters(blacklist_characters="\n", blacklist_categories=["Cs"])), max_size=8),
    st.data(),
)
def test_reading_on_from_any_acknowledged_end_loses_and_repeats_nothing(
    texts: list[str], data: st.DataObject
) -> None:
    whole = "".join(f"{TIME} stdout F {text}\n" for text in texts).encode()
    cut = data.draw(st.integers(0, len(whole)))
    first = list(parse_lines(whole[:cut], offset=0))
    end = first[-1].end if first else 0
    rest = list(parse_lines(whole[end:], offset=end))
    assert [line.text for line in first + rest] == texts
