from __future__ import annotations

import json

import pytest

from dockerbuilder.buildargs import (
    list_multiline,
    parse_build_args,
    read_build_args,
    render_arg_file,
    render_dockerfile,
)
from dockerbuilder.errors import BuildError, SourceMissing


def test_no_file_no_arguments(tmp_path):
    assert read_build_args(tmp_path) == {}
    (tmp_path / "DOCKER_BUILD_ARGS").write_text('{"A":"1"}')
    assert read_build_args(tmp_path) == {"A": "1"}


def test_a_malformed_object_is_not_repeated():
    for text in ("{secret", '["secret"]'):
        with pytest.raises(BuildError) as error:
            parse_build_args(text)
        assert "secret" not in str(error.value)


def test_values_of_several_lines_go_another_way():
    args = parse_build_args(json.dumps({"ONE": 'x=y "z"', "TWO": "a\nb"}))
    assert render_arg_file(args) == 'ONE=x=y "z"\n'
    assert list_multiline(args) == ["TWO"]


def test_names_that_are_none_are_left_out():
    assert parse_build_args('{"A-B": "1", "A": "2"}') == {"A": "2"}


def test_arguments_are_declared_at_the_end(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /")
    assert render_dockerfile(tmp_path, {"A": "1", "B": "2"}) == "FROM scratch\nCOPY . /\nARG A\nARG B\n"
    assert render_dockerfile(tmp_path, {}) == "FROM scratch\nCOPY . /"


def test_a_dockerfile_is_not_read_through_a_link_that_leads_out(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (tmp_path / "secret").write_text("FROM secret")
    (source / "Dockerfile").symlink_to("../secret")
    with pytest.raises(SourceMissing, match="leads out"):
        render_dockerfile(source, {})
    (source / "Dockerfile").unlink()
    (source / "docker").mkdir()
    (source / "docker/Dockerfile").write_text("FROM scratch\n")
    (source / "Dockerfile").symlink_to("docker/Dockerfile")
    assert render_dockerfile(source, {}) == "FROM scratch\n"


def test_no_dockerfile(tmp_path):
    with pytest.raises(SourceMissing):
        render_dockerfile(tmp_path, {})
