import pytest

from slugbuilder.errors import BuildError
from slugbuilder.processes import parse_declared_types, parse_default_types, render_procfile


def test_lines_without_a_colon_and_a_blank_declare_nothing() -> None:
    assert parse_declared_types("web: run_server\nworker: echo hi\n\nno colon here\n") == ["web", "worker"]


def test_default_types_come_from_the_release() -> None:
    assert parse_default_types("default_process_types:\n  web: npm start\n") == {"web": "npm start"}
    assert parse_default_types("") == {}
    assert parse_default_types("{}") == {}


@pytest.mark.parametrize("text", ["- a list", "default_process_types: 3", "a: b: c"])
def test_a_release_that_is_no_mapping_is_named(text: str) -> None:
    with pytest.raises(BuildError, match="bin/release"):
        parse_default_types(text)


def test_a_procfile_of_defaults() -> None:
    assert render_procfile({"web": ".static/serve"}) == "web: .static/serve\n"
    assert render_procfile({}) == "{}\n"
