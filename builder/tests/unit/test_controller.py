from __future__ import annotations

import uuid

import pytest

from builder.apps import App
from builder.controller import BuildReport, describe_failure, is_compatible, parse_identity
from builder.errors import ControllerError
from kit.names import AppName


def test_the_body_of_the_build_hook():
    report = BuildReport(
        sha="abc123",
        user="test",
        app=App(name=AppName("example-go"), uuid=str(uuid.UUID(int=1))),
        image="test:abc123",
        procfile={"web": "./run"},
        is_dockerfile=True,
    )
    assert report.as_json() == (
        b'{"sha":"abc123","receive_user":"test","receive_repo":"example-go","image":"test:abc123",'
        b'"procfile":{"web":"./run"},"dockerfile":"true",'
        b'"receive_uuid":"00000000-0000-0000-0000-000000000001"}'
    )


def test_whose_key_it_is():
    first, second = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
    answer = {"username": "ada", "apps": ["shop", "blog"], "app_uuids": {"shop": first, "blog": second}}
    identity = parse_identity(answer, fingerprint="f")
    assert (identity.user, identity.fingerprint) == ("ada", "f")
    assert identity.apps == {App(name=AppName("shop"), uuid=first), App(name=AppName("blog"), uuid=second)}
    assert parse_identity({"username": "ada", "apps": []}, fingerprint="f").apps == frozenset()


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"username": "ada", "apps": None},
        {"username": "ada", "apps": ["shop"]},
        {"username": "ada", "apps": ["shop"], "app_uuids": {}},
        {"username": "ada", "apps": ["shop"], "app_uuids": {"shop": None}},
        {"username": "ada", "apps": ["shop"], "app_uuids": {"shop": "../elsewhere"}},
        {"apps": []},
    ],
)
def test_an_answer_without_what_tells_apps_apart_is_refused(answer):
    with pytest.raises(ControllerError, match="makes no sense"):
        parse_identity(answer, fingerprint="f")


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (401, "", "Unauthorized: Missing or Invalid Token"),
        (403, '{"detail": "x"}', "You do not have permission to perform this action."),
        (404, '"No App matches the given query."', '"No App matches the given query."'),
        (404, "", "Not Found"),
        (405, "", "Method Not Allowed"),
        (422, '{"detail":"because"}', "Unable to process your request: because"),
        (500, "", "Internal Server Error"),
        (400, '{"image":["This field may not be blank."]}', "The given image is invalid"),
        (400, '{"detail":"No nodes matched the provided labels: a"}', "No nodes matched the provided labels"),
        (400, '{"detail":"(app::deploy): Boom!"}', 'Unknown Error (400): {"detail":"(app::deploy): Boom!"}'),
        (409, '{"detail":"a\\nb"}', 'Unknown Error (409): {"detail":"a\nb"}'),
    ],
)
def test_refusals_in_the_words_of_the_specification(status, body, text):
    assert describe_failure(status, body) == text


@pytest.mark.parametrize(
    ("version", "fits"),
    [("2.3", True), ("2.4", True), ("2.10", True), ("2.2", False), ("3.3", False), ("x", False)],
)
def test_versions_of_the_api(version, fits):
    assert is_compatible(version) is fits
