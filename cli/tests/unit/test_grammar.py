from __future__ import annotations

import pytest

from deis.dispatch import load_noun
from deis.grammar import Grammar, GrammarError, OptionShape, Words, check_words, parse_words, render_for_click
from deis.helptexts import NOUNS
from deis.program import Command

CREATE = Grammar(
    options=(
        OptionShape("--no-remote"),
        OptionShape("--buildpack", "-b", True),
        OptionShape("--remote", "-r", True),
    ),
    most=1,
)
PULL = Grammar(
    options=(
        OptionShape("--app", "-a", True),
        OptionShape("--interactive", "-i"),
        OptionShape("--overwrite", "-o"),
    )
)
CHECKS = Grammar(
    options=(
        OptionShape("--type", "", True),
        OptionShape("--timeout-seconds", "", True),
        OptionShape("--headers", "", True),
    ),
    least=3,
    most=None,
    dashes_at=2,
)
RUN = Grammar(options=(OptionShape("--app", "-a", True),), least=1, most=None, dashes_at=0)


def read(grammar: Grammar, *words: str) -> list[str]:
    return render_for_click(check_words(grammar, parse_words(grammar, words)))


def refuse(grammar: Grammar, *words: str) -> str:
    with pytest.raises(GrammarError) as caught:
        read(grammar, *words)
    return str(caught.value)


@pytest.mark.parametrize(
    ("words", "read_as"),
    [
        (["--app=x"], ["--app=x", "--"]),
        (["--app", "x"], ["--app=x", "--"]),
        (["-a", "x"], ["--app=x", "--"]),
        (["-ax"], ["--app=x", "--"]),
        (["-a=x"], ["--app==x", "--"]),
        (["-oi"], ["--overwrite", "--interactive", "--"]),
        (["-oa", "x", "-i"], ["--overwrite", "--app=x", "--interactive", "--"]),
        (["--ap=x", "--over"], ["--app=x", "--overwrite", "--"]),
        (["-a", "-i"], ["--app=-i", "--"]),
        (["--app="], ["--"]),
    ],
)
def test_spellings(words: list[str], read_as: list[str]) -> None:
    assert read(PULL, *words) == read_as


def test_options_and_positionals_may_be_mixed() -> None:
    assert read(CREATE, "--remote", "r", "shop", "-b", "u") == ["--remote=r", "--buildpack=u", "--", "shop"]


@pytest.mark.parametrize(
    ("grammar", "words", "reason"),
    [
        (PULL, ["--app"], "--app requires argument"),
        (PULL, ["-a"], "-a requires argument"),
        (PULL, ["--app", "--"], "--app requires argument"),
        (PULL, ["--inter=x"], "--interactive must not have an argument"),
        (CHECKS, ["--t", "x"], "--t is not a unique prefix: --type, --timeout-seconds?"),
        (PULL, ["-i", "--interactive"], ""),
        (PULL, ["-a", "x", "-a", "x"], ""),
        (PULL, ["--nope"], ""),
        (PULL, ["-x"], ""),
        (PULL, ["extra"], ""),
        (PULL, ["--"], ""),
        (RUN, [], ""),
        (CREATE, ["a", "b"], ""),
    ],
)
def test_what_is_refused(grammar: Grammar, words: list[str], reason: str) -> None:
    assert refuse(grammar, *words) == reason


@pytest.mark.parametrize(
    ("grammar", "words", "positionals"),
    [
        (RUN, ["--", "ls", "-la"], ("ls", "-la")),
        (RUN, ["ls", "--", "-la"], ("ls", "--", "-la")),
        (RUN, ["--", "ls", "--", "x"], ("ls", "--", "x")),
        (CHECKS, ["liveness", "exec", "--", "ls", "-l"], ("liveness", "exec", "ls", "-l")),
        (CREATE, ["--"], ("--",)),
    ],
)
def test_one_double_dash_is_swallowed_where_usage_shows_it(
    grammar: Grammar, words: list[str], positionals: tuple[str, ...]
) -> None:
    assert check_words(grammar, parse_words(grammar, words)).positionals == positionals


@pytest.mark.parametrize("words", [["-h"], ["--help"], ["extra", "--nope", "-h"], ["-ih"], ["--help=x"]])
def test_help_wins_over_wrong_words(words: list[str]) -> None:
    assert parse_words(PULL, words).wants_help


def test_help_behind_a_double_dash_belongs_to_the_command() -> None:
    assert parse_words(RUN, ["--", "ls", "--help"]) == Words((), ("--", "ls", "--help"))
    assert not parse_words(PULL, ["--hel"]).wants_help


def test_a_syntax_error_wins_over_help() -> None:
    assert refuse(PULL, "-h", "--app") == "--app requires argument"


def test_options_that_exclude_or_need_each_other() -> None:
    grammar = Grammar(
        options=(
            OptionShape("--app", "-a", True),
            OptionShape("--admin"),
            OptionShape("--limit", "-l", True),
        ),
        exclusive=(("--app", "--admin"),),
        needs=(("--limit", "--admin"),),
    )
    assert read(grammar, "--admin", "-l", "5") == ["--admin", "--limit=5", "--"]
    assert refuse(grammar, "--admin", "-a", "x") == ""
    assert refuse(grammar, "--admin", "--app=") == ""
    assert refuse(grammar, "-l", "5") == ""


def test_a_required_option_must_be_there() -> None:
    grammar = Grammar(options=(OptionShape("--min", "", True, True),))
    assert refuse(grammar) == ""
    assert read(grammar, "--min", "1") == ["--min=1", "--"]


def list_commands() -> list[Command]:
    found = [command for noun in NOUNS for command in load_noun(noun).commands.values()]
    return [command for command in found if isinstance(command, Command)]


@pytest.mark.parametrize("command", list_commands(), ids=lambda command: str(command.name))
def test_newer_options_change_the_meaning_of_no_old_word(command: Command) -> None:
    now = command.grammar
    before = now._replace(options=tuple(option for option in now.options if not option.newer))
    words = {option.long[:length] for option in before.options for length in range(3, len(option.long) + 1)}
    for word in sorted(words | {option.short for option in before.options if option.short}):
        assert try_words(now, word, "x") == try_words(before, word, "x"), word


def try_words(grammar: Grammar, *words: str) -> Words | str:
    try:
        return parse_words(grammar, words)
    except GrammarError as error:
        return str(error)


def test_an_old_prefix_wins_over_a_newer_option() -> None:
    output = OptionShape("--output", "-x", True, newer=True)
    grammar = PULL._replace(options=(*PULL.options, output))
    assert read(grammar, "--o") == ["--overwrite", "--"]
    assert read(grammar, "--out", "json") == ["--output=json", "--"]
    timeout = OptionShape("--timeout", "", True, newer=True)
    grammar = CHECKS._replace(options=(*CHECKS.options, timeout), least=0)
    assert read(grammar, "--timeout=5") == ["--timeout-seconds=5", "--"]
