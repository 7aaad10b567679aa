from slugrunner.release import get_command, parse_mapping, render_config_vars


def test_config_vars_are_assignments_that_no_value_can_break() -> None:
    release = parse_mapping("config_vars:\n  LANG: C\n  QUOTE: it's\n")
    assert render_config_vars(release) == "LANG=C\nQUOTE='it'\"'\"'s'\n"
    assert render_config_vars({}) == ""


def test_a_process_type_has_its_command_or_none() -> None:
    procfile = parse_mapping("web: gunicorn app:app\nworker: sleep 1\n")
    assert get_command(procfile, "web") == "gunicorn app:app"
    assert get_command(procfile, "clock") == ""


def test_anything_but_a_mapping_counts_as_empty() -> None:
    assert parse_mapping("- a list") == {}
    assert parse_mapping("") == {}
