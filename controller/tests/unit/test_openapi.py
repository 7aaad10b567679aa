"""The API's description: complete, valid, and with examples that are what they are examples of."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import drf_spectacular.validation
import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from controller.api.authorization import MATRIX
from controller.api.documents import PAGE
from controller.api.openapi.descriptions import DESCRIPTIONS
from controller.api.openapi.document import ERRORS, build_document, list_operations, render_yaml
from controller.api.openapi.schemas import SCHEMAS


@pytest.fixture(scope="module")
def document():
    return build_document()


@pytest.fixture(scope="module")
def validate(document):
    registry = Registry().with_resource("urn:api", DRAFT202012.create_resource(document))

    def validate(value, *place):
        """Against the schema at this place of the document."""
        pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in ("", *place))
        checker = Draft202012Validator.FORMAT_CHECKER
        schema = {"$ref": f"urn:api#{pointer}"}
        validator = Draft202012Validator(schema, registry=registry, format_checker=checker)
        return [error.message for error in validator.iter_errors(value)]

    return validate


def list_contents(document, kind):
    """Bodies of requests or answers, with where they are."""
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            found = {"": operation["requestBody"]} if kind == "requestBody" and kind in operation else {}
            for status, part in (operation["responses"] if kind == "responses" else found).items():
                for media, content in part.get("content", {}).items():
                    yield content, ("paths", path, verb, kind, *filter(None, [status]), "content", media)


def test_every_route_and_verb_is_described():
    assert set(DESCRIPTIONS) == {(route, verb) for route, verbs in MATRIX.items() for verb in verbs}


def test_it_is_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    drf_spectacular.validation.validate_schema(document)


def test_operations_have_names_of_their_own_and_words(document):
    operations = list(list_operations(document))
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] and operation["tags"] for operation in operations)
    assert all(operation["security"] for operation in operations)


def test_every_schema_has_an_example_that_fits(validate):
    for name, schema in SCHEMAS.items():
        assert schema["examples"], name
        for example in schema["examples"]:
            assert validate(example, "components", "schemas", name) == [], name


@pytest.mark.parametrize("kind", ["requestBody", "responses"])
def test_every_body_has_an_example_that_fits(document, validate, kind):
    contents = list(list_contents(document, kind))
    assert len(contents) > 20
    for content, place in contents:
        assert validate(content["example"], *place, "schema") == [], place


def test_every_error_has_examples_that_fit(validate):
    for name, response in ERRORS.values():
        content = response["content"]["application/json"]
        assert content["examples"], name
        for example in content["examples"].values():
            place = ("components", "responses", name, "content", "application/json", "schema")
            assert validate(example["value"], *place) == [], name


def test_errors_are_those_that_the_rules_bring(document):
    def list_statuses(path, verb):
        return set(document["paths"][path][verb]["responses"])

    assert {"200", "401", "403", "404", "500", "503"} <= list_statuses("/v2/apps/{app}/config/", "get")
    assert {"201", "202", "400", "409", "415", "422"} <= list_statuses("/v2/apps/{app}/config/", "post")
    assert "401" not in list_statuses("/v2/auth/login/", "post")
    assert "429" in list_statuses("/v2/auth/login/", "post")


def test_both_forms_say_the_same(document):
    assert yaml.safe_load(render_yaml()) == document


def test_the_image_holds_it_ready(document, tmp_path):
    """What the image's build runs, in a process of its own as there."""
    command = [sys.executable, "-m", "controller.api.openapi.build", tmp_path]
    subprocess.run(command, env={"PYTHONPATH": ":".join(sys.path)}, check=True, timeout=60)
    assert json.loads((tmp_path / "openapi.json").read_bytes()) == document
    assert yaml.safe_load((tmp_path / "openapi.yaml").read_bytes()) == document


def test_the_page_needs_nothing_from_elsewhere():
    page = PAGE.read_text()
    assert re.findall(r"https?:|//\w|\bsrc=|\bhref=|@import|url\(", page) == []
