from __future__ import annotations

import pytest

from builder.controller import BuildReport, describe_failure, is_compatible
from kit.names import AppName


def test_the_body_of_the_build_hook():
    report = BuildReport(
        sha="abc123",
        user="test",
        app=AppName("example-go"),
        image="test:abc123",
        procfile={"web": "./run"},
        is_dockerfile=True,
    )
    assert report.as_json() == (
        b'{"sha":"abc123","receive_user":"test","receive_repo":"example-go","image":"test:abc123",'
        b'"procfile":{"web":"./run"},"dockerfile":"true"}'
    )


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
