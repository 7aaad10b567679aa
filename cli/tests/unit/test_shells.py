"""What shells ask, and what they are told."""

from __future__ import annotations

import subprocess

import pytest

from deis.completion import Candidate
from deis.shells import SCRIPTS, Line, parse_question, quote_for_bash, render_answer, split_line

BREAKS = " \t\n\"'><=;|&(:"
SINGLE, DOUBLE = "'", '"'
ODD = [
    "a b",
    "$(id)",
    "`id`",
    "it's",
    'a"b',
    "a;b|c&d",
    "*?[x]{a,b}",
    "~",
    "#x",
    "!!",
    "a\\b",
    "<x>",
    "ü ö",
    "$HOME",
]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", Line((), "")),
        ("deis", Line((), "deis")),
        ("deis ", Line((), "")),
        ("deis apps:cr", Line((), "apps:cr", "", 5)),
        ("deis  config --app=shop  ", Line(("config", "--app=shop"), "")),
        ("deis config --app=sh", Line(("config",), "--app=sh", "", 6)),
        ('deis run \'a b\' c\\ d "e \\" f" x', Line(("run", "a b", "c d", 'e " f'), "x")),
        ("deis config -a 'sh", Line(("config", "-a"), "sh", "'")),
        ("deis config --app='s:h", Line(("config",), "--app=s:h", "'", 6)),
        ('deis run "a\\', Line(("run",), "a", '"')),
        ("deis x '' ", Line(("x", ""), "")),
        ("deis a\\:b", Line((), "a:b")),
    ],
)
def test_a_line_is_split_as_bash_does(text, line):
    assert split_line(text, BREAKS) == line


def test_words_are_not_broken_where_the_user_does_not_want_it():
    assert split_line("deis apps:cr", " \t\n").begins == 0


def test_what_shells_ask():
    assert parse_question("bash", f"deis apps:c\0{BREAKS}\0") == Line((), "apps:c", "", 5)
    for shell in ("zsh", "fish"):
        assert parse_question(shell, "deis\0config\0-a\0sh\0") == Line(("config", "-a"), "sh")
        assert parse_question(shell, "deis\0\0") == Line((), "")
    assert parse_question("fish", "deis\0config\0-a\0's\\'h") == Line(("config",), "-a")
    assert parse_question("fish", "deis\0config\0-a\0'sh\0").current == "sh"


@pytest.mark.parametrize("shell", SCRIPTS)
@pytest.mark.parametrize("text", ["", "\0", "\0\0", "x", "'", "deis 'x\\\0", "\0\0\0\0"])
def test_a_strange_question_is_no_error(shell, text):
    assert isinstance(parse_question(shell, text), Line)


def read_by_bash(*words: str) -> list[str]:
    """What the words mean to bash, as they stand in a line."""
    command = ["bash", "--norc", "-c", "printf '%s\\0' " + " ".join(words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.split("\0")[:-1]


def test_bash_reads_back_what_it_is_told():
    assert read_by_bash(*(quote_for_bash(text, "") for text in ODD)) == ODD
    single = [text for text in ODD if quote_for_bash(text, "'")]
    assert read_by_bash(*(f"'{quote_for_bash(text, SINGLE)}'" for text in single)) == single
    assert set(ODD) - set(single) == {"it's"}
    double = [text for text in ODD if quote_for_bash(text, '"')]
    assert read_by_bash(*(f'"{quote_for_bash(text, DOUBLE)}"' for text in double)) == double
    assert set(ODD) - set(double) == {"!!"}


def test_answers():
    found = [Candidate("--app=", "the app"), Candidate("a:b c")]
    assert render_answer("bash", Line((), "a:", "", 2), [found[1]]) == "words\nb\\ c\n"
    assert render_answer("zsh", Line((), ""), found) == "words\n--app=\t--app=  -- the app\na:b c\ta:b c\n"
    assert render_answer("fish", Line((), ""), found) == "words\n--app=\tthe app\na:b c\n"
    assert render_answer("bash", Line((), ""), []) == "words\n"


def test_the_command(deis):
    for shell, script in SCRIPTS.items():
        done = deis("completion", shell)
        assert (done.code, done.out, done.err) == (0, script, "")
        asked = deis("completion", shell, "--ask", stdin="deis\0apps:cr\0")
        assert (asked.code, asked.err) == (0, "")
    wrong = deis("completion", "csh")
    assert (wrong.code, wrong.err) == (1, "Error: there is completion for bash, zsh and fish, not for csh\n")
    assert deis("completion").code == 1


def test_a_plugin_of_that_name_goes_before(deis, tmp_path):
    plugin = tmp_path / "deis-completion"
    plugin.write_text("#!/bin/sh\necho mine $@\n")
    plugin.chmod(0o755)
    assert deis("completion", "x", PATH=f"{tmp_path}:{deis.env['PATH']}").out == "mine x\n"


def test_nothing_is_asked_of_a_controller_for_a_command(bob, scripted):
    out = bob("completion", "bash", "--ask", stdin=f"deis apps:cr\0{BREAKS}\0").out
    assert (out, scripted.asked) == ("words\ncreate\n", [])
