from __future__ import annotations

import json

import pytest

from deis.errors import PodNotFound
from deis.replies import build_error, is_compatible, render_mismatch

BLANK = "This field may not be blank."
TAKEN = "A user with that username already exists."
LOGIN = "Unable to log in with provided credentials."
USERNAME = "Enter a valid username. This value may contain only letters, numbers and @/./+/-/_ characters."


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("username", BLANK, USERNAME),
        ("username", USERNAME, USERNAME),
        ("username", USERNAME.replace("numbers and", "numbers, and"), USERNAME),
        ("username", TAKEN, TAKEN),
        ("password", BLANK, "A Password is required"),
        ("non_field_errors", LOGIN, LOGIN),
        (
            "id",
            "App name can only contain a-z (lowercase), 0-9 and hyphens",
            "App name can only contain a-z (lowercase), 0-9 and hyphens",
        ),
        ("id", "Application with this id already exists.", "Application with this id already exists."),
        ("id", BLANK, "An id is required"),
        ("key", BLANK, "A key is required"),
        ("key", "Public Key is already in use", "Public Key is already in use"),
        ("public", "Public Key is already in use", "Public Key is already in use"),
        ("public", "Key contains invalid base64 chars", "A key is required"),
        ("certificate", "Could not load certificate: bad", "Could not load certificate"),
        (
            "name",
            "Can only contain a-z (lowercase), 0-9 and hyphens",
            "Name can only contain a-z (lowercase), 0-9 and hyphens",
        ),
        ("domain", "Hostname does not look valid.", "Hostname does not look valid."),
        ("image", BLANK, "The given image is invalid"),
        ("email", "Enter a valid email address.", "Enter a valid email address."),
    ],
)
def test_field_errors(field: str, text: str, message: str) -> None:
    assert str(build_error(400, json.dumps({field: ["another", text]}))) == message


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (400, '{"detail":"version cannot be below 0"}', "The given version is invalid"),
        (
            400,
            '{"detail":"No nodes matched the provided labels: a=b"}',
            "No nodes matched the provided labels",
        ),
        (400, '{"detail":"a\\nb"}', 'Unknown Error (400): {"detail":"a\nb"}'),
        (
            400,
            '{"username":["part: ' + TAKEN + '"]}',
            'Unknown Error (400): {"username":["part: ' + TAKEN + '"]}',
        ),
        (
            400,
            '["bad"]',
            'Unknown Error (400): error decoding json response (expected an object, not list): ["bad"]',
        ),
        (401, "x", "Unauthorized: Missing or Invalid Token"),
        (403, '{"detail":"x"}', "You do not have permission to perform this action."),
        (404, '"No App matches the given query."', '"No App matches the given query."'),
        (404, "", "Not Found"),
        (405, "", "Method Not Allowed"),
        (409, '{"detail":"busy"}', 'Unknown Error (409): {"detail":"busy"}'),
        (
            409,
            '{"detail":"bob still has applications assigned. Delete or transfer ownership"}',
            "Failed to delete user because the user still has applications assigned. Delete or transfer ownership.",
        ),
        (
            422,
            '{"detail":"B does not exist under values"}',
            "Unable to process your request: B does not exist under values",
        ),
        (422, "{}", "Unknown Error (422): {}"),
        (500, "<html>", "Internal Server Error"),
        (503, "busy", "Unknown Error (503): busy"),
    ],
)
def test_messages(status: int, body: str, message: str) -> None:
    error = build_error(status, body)
    assert str(error) == message
    assert error.status == status


def test_a_missing_pod_has_its_own_class() -> None:
    error = build_error(400, '{"detail":"Container type x does not exist in application"}')
    assert isinstance(error, PodNotFound)
    assert str(error) == "Pod not found in application"


@pytest.mark.parametrize(
    ("server", "fits"),
    [
        ("2.3", True),
        ("2.4", True),
        ("2.2", False),
        ("2.10", False),
        ("3.3", False),
        ("1.3", False),
        ("", False),
    ],
)
def test_versions(server: str, fits: bool) -> None:
    assert is_compatible(server, client="2.3") is fits


def test_the_warning() -> None:
    assert render_mismatch("2.2", client="2.3") == (
        "!    WARNING: Client and server API versions do not match. Please consider upgrading.\n"
        "!    Client version: 2.3\n"
        "!    Server version: 2.2\n"
    )
