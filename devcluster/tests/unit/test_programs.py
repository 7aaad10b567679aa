import dataclasses

import pytest

from devcluster.programs import (
    COREDNS,
    HELM,
    KUBERNETES,
    METRICS_SERVER,
    PAUSE,
    REGISTRY,
    Program,
    build_digest,
    build_linker_flags,
    get_path,
    parse_module_version,
)
from devcluster.settings import Settings


@pytest.mark.parametrize(
    ("program", "version"),
    [
        (KUBERNETES, "v1.34.4"),
        (COREDNS, "v1.12.4"),
        (HELM, "v3.22.0"),
        (REGISTRY, "v3.1.2"),
        (METRICS_SERVER, "v0.9.0"),
        (PAUSE, "v0"),
    ],
)
def test_a_compiled_programs_place_names_the_pinned_version(program, version):
    assert get_path(program, Settings()).parent.name.startswith(f"{program.name}-{version}-")


def test_a_version_is_read_from_either_form_of_requirement():
    assert parse_module_version("require example.org/a v1.2.3\n", "example.org/a") == "v1.2.3"
    assert (
        parse_module_version("require (\n\texample.org/a v1.2.3 // indirect\n)\n", "example.org/a")
        == "v1.2.3"
    )


def test_a_changed_source_is_another_program(tmp_path):
    (tmp_path / "go.mod").write_text("module a\n")
    before = build_digest(PAUSE, tmp_path)
    assert build_digest(PAUSE, tmp_path) == before
    assert build_digest(dataclasses.replace(PAUSE, variables=("a=b",)), tmp_path) != before
    (tmp_path / "main.go").write_text("package main\n")
    assert build_digest(PAUSE, tmp_path) != before


def test_the_linker_is_told_the_version():
    program = Program(name="a", variables=("a.version={version}", "a.minor=34"))
    assert build_linker_flags(program, "v1") == "-s -w -X a.version=v1 -X a.minor=34"
