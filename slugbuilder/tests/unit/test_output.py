import io

import pytest

from slugbuilder.output import Output, format_compiled, format_line, format_size, format_title


def test_titles_and_lines_start_at_the_first_column() -> None:
    assert format_title("Restoring cache...") == "\x1b[1G-----> Restoring cache..."
    assert format_line("Done!") == "\x1b[1G       Done!"


def test_a_buildpacks_own_titles_stay_and_its_other_lines_are_indented() -> None:
    out = io.StringIO()
    Output(out).compiled(["-----> Using Go\n", "  fetched one module \n"])
    assert out.getvalue() == "\x1b[1G-----> Using Go\n\x1b[1G       fetched one module\n"
    assert format_compiled("-- two dashes are a title") == "\x1b[1G-- two dashes are a title"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0"),
        (512, "512"),
        (1024, "1.0K"),
        (1740, "1.7K"),
        (1024 * 10, "10K"),
        (84 * 2**20, "84M"),
        (1782580, "1.8M"),
    ],
)
def test_sizes_read_like_those_of_du(size: int, text: str) -> None:
    assert format_size(size) == text
