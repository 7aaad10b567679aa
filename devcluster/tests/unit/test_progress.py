import pytest

from devcluster.progress import render_duration, step


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.44, "0.4s"), (12.4, "12s"), (59.7, "1m00s"), (348, "5m48s")]
)
def test_durations_read_well(seconds, text):
    assert render_duration(seconds) == text


def test_a_step_says_what_it_does_and_how_long_it_took(capsys):
    with step("compiling kubernetes v1.34.4", note="about 6 minutes, once"):
        pass
    assert capsys.readouterr().out == "compiling kubernetes v1.34.4 (about 6 minutes, once) ... 0.0s\n"


def test_a_failed_step_ends_its_line(capsys):
    with pytest.raises(ValueError), step("fetching"):
        raise ValueError
    assert capsys.readouterr().out == "fetching ... failed after 0.0s\n"
