import pytest

from slugrunner.release import get_command, parse_mapping, render_config_vars


def test_config_vars_are_assignments_that_no_value_can_break() -> None:
    release = parse_mapping("config_vars:\n  LANG: C\n  QUOTE: it's\n")
    assert render_config_vars(release) == "LANG=C\nQUOTE='it'\"'\"'s'\n"
    assert render_config_vars({}) == ""


def test_a_process_type_has_its_command_or_none() -> None:
    procfile = parse_mapping("web: gunicorn app:app\nworker: sleep 1\n")
    assert get_command(procfile, "web") == "gunicorn app:app"
    assert get_command(procfile, "clock") == ""


@pytest.mark.parametrize("command", ["yes", "on", "no", "0x10", "1.50", "2026-11-25", "null", "~"])
def test_a_command_stays_as_it_was_written(command: str) -> None:
    assert get_command(parse_mapping(f"web: {command}\n"), "web") == command


def test_the_name_of_a_process_type_and_values_of_variables_stay_as_written_too() -> None:
    assert get_command(parse_mapping("on: ./run\n"), "on") == "./run"
    release = parse_mapping("config_vars:\n  ON: yes\n  VERSION: 3.10\n  EMPTY:\n")
    assert render_config_vars(release) == "EMPTY=''\nON=yes\nVERSION=3.10\n"


def test_anything_but_a_mapping_counts_as_empty() -> None:
    assert parse_mapping("- a list") == {}
    assert parse_mapping("") == {}
