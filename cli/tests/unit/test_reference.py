"""The pages under ``docs/cli/reference`` say what the program is."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from deis.argv import parse_argv
from deis.dispatch import load_noun
from deis.grammar import check_words, parse_words
from deis.helptexts import NOUNS
from deis.manual import EXAMPLES, EXIT_CODES
from deis.program import Command

ROOT = Path(__file__).parents[3]
COMMANDS = {str(command.name): command for noun in NOUNS for command in load_noun(noun).commands.values()}
SHELL_ONLY = ("|", "<", ">")


def test_the_pages_are_those_of_the_program(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "scripts/reference.py", tmp_path], check=True, timeout=60)
    written, kept = (
        {path.name: path.read_text(encoding="utf-8") for path in directory.iterdir()}
        for directory in (tmp_path, ROOT / "docs/cli/reference")
    )
    assert kept == written, "`make reference` writes the pages again"


def test_every_command_has_examples() -> None:
    assert set(EXAMPLES) == set(COMMANDS)
    assert set(EXIT_CODES) <= set(COMMANDS)


def read_example(example: str) -> list[str]:
    """The words behind `deis`, without what belongs to the shell."""
    words = shlex.split(example)
    words = words[words.index("deis") + 1 :]
    ends = [words.index(word) for word in SHELL_ONLY if word in words]
    return words[: min(ends, default=len(words))]


@pytest.mark.parametrize(
    ("name", "example"), [(name, example) for name, examples in EXAMPLES.items() for example in examples]
)
def test_an_example_is_a_call_of_its_command(name: str, example: str) -> None:
    call = parse_argv(read_example(example))
    noun, command = load_noun(call.noun), COMMANDS[name]
    assert isinstance(command, Command)
    if noun.name not in noun.commands:
        assert noun.find_verb(noun.default or "" if call.verb is None else call.verb) is command
    check_words(command.grammar, parse_words(command.grammar, call.words))
