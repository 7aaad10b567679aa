"""What may come next on a command line."""

from __future__ import annotations

import pytest

from deis.argv import SHORTCUTS
from deis.completion import ARGUMENT_VALUES, FILES, OPTION_VALUES, PROFILES, Slot, complete
from deis.dispatch import load_noun
from deis.helptexts import HELP, NOUNS
from deis.parameters import Argument
from deis.program import Command

COMMANDS = {str(command.name): command for noun in NOUNS for command in load_noun(noun).commands.values()}


def list_texts(line: str) -> list[str]:
    """What may stand for the last word; a line that ends with a space has an empty one."""
    *words, current = line.split(" ")
    found = complete(words, current)
    assert not isinstance(found, Slot)
    return [candidate.text for candidate in found]


def find_slot(line: str) -> Slot:
    *words, current = line.split(" ")
    found = complete(words, current)
    assert isinstance(found, Slot)
    return found


def test_the_first_word_is_a_noun_or_a_shortcut():
    assert set(list_texts("")) == {*NOUNS, *SHORTCUTS, "help"}
    assert list_texts("c") == ["certs", "completion", "config", "create"]


@pytest.mark.parametrize("noun", NOUNS)
def test_a_noun_that_is_typed_shows_its_verbs(noun):
    verbs = [name for name in load_noun(noun).commands if ":" in name]
    assert set(verbs) <= set(list_texts(noun))
    assert list_texts(f"{noun}:") == sorted(verbs)
    assert list_texts(f"help {noun}:") == sorted(verbs)


def test_a_noun_shows_its_verbs_as_soon_as_it_alone_is_meant():
    assert list_texts("whit") == ["whitelist", "whitelist:add", "whitelist:list", "whitelist:remove"]
    assert list_texts("config:p") == ["config:pull", "config:push"]
    assert list_texts("sharing:") == ["sharing:add", "sharing:list", "sharing:remove"]


def test_what_is_no_command_has_nothing_behind_it():
    for line in (
        "nothing ",
        "nothing:x",
        "apps:nothing -",
        "version:x -",
        "- ",
        "-x --",
        "-c",
        "os:system -",
    ):
        assert list_texts(line) == [], line


def test_every_word_is_explained():
    found = complete([], "")
    assert not isinstance(found, Slot)
    silent = {candidate.text for candidate in found if not candidate.about}
    assert silent <= {name for name in NOUNS if f"\n  {name} " not in HELP} | {"help"}


def test_options():
    assert list_texts("whoami -") == ["--all", "--config=", "--help", "--output="]
    assert list_texts("config:set --d") == ["--deadline="]
    assert list_texts("scale web=1 --a") == ["--app="]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_every_command(name):
    command = COMMANDS[name]
    assert isinstance(command, Command)
    shapes = command.grammar.options
    expected = {f"{shape.long}=" if shape.takes_value else shape.long for shape in shapes}
    assert set(list_texts(f"{name} -")) == expected | {"--config=", "--help"}


def test_an_option_is_offered_once():
    assert "--app=" not in list_texts("config --app=shop -")
    assert "--app=" not in list_texts("config -a shop -")
    assert "--oneline" not in list_texts("config --one -")


def test_values_of_options():
    assert list_texts("apps -o ") == ["json", "yaml"]
    assert list_texts("apps --output=y") == ["--output=yaml"]
    assert list_texts("apps --outp y") == ["yaml"]
    assert list_texts("top --sort=") == ["--sort=cpu", "--sort=memory", "--sort=name"]
    assert list_texts("config:set --wait=") == []
    assert find_slot("apply -f ") == Slot(FILES)
    assert find_slot("apply --file=x") == Slot(FILES, "--file=")
    assert list_texts("config:set A=1 --deadline ") == []


def test_settings_files():
    assert find_slot("apps -c ") == Slot(PROFILES)
    assert find_slot("apps --config=st") == Slot(PROFILES, "--config=")
    assert list_texts("apps -c staging -o ") == ["json", "yaml"]


def test_positionals_by_their_place():
    assert list_texts("healthchecks:set l") == ["liveness"]
    assert list_texts("healthchecks:set liveness -a shop ") == ["httpGet", "tcpSocket", "exec"]
    assert find_slot("certs:add shop ") == Slot(FILES)
    assert list_texts("certs:add shop a b ") == []
    assert list_texts("registry:unset username ") == ["username", "password"]


def test_what_another_program_gets_is_its_own():
    assert list_texts("run -- ls -") == []
    assert list_texts("run -- -o ") == []


def test_what_is_told_about_arguments_is_true():
    for command, argument in ARGUMENT_VALUES:
        names = [param.name for param in COMMANDS[command].params if isinstance(param, Argument)]
        assert argument in names, command
    grammars = [command.grammar for command in COMMANDS.values() if isinstance(command, Command)]
    with_value = {shape.long for grammar in grammars for shape in grammar.options if shape.takes_value}
    assert set(OPTION_VALUES) <= with_value
