from __future__ import annotations

import json

import pytest

from builder.errors import ReceiveError
from builder.hookserver import parse_request


def test_gits_directory_becomes_absolute_and_nothing_else_gets_in():
    body = json.dumps(
        {
            "token": "t",
            "directory": "/home/git/shop.git",
            "environment": {"GIT_DIR": ".", "GIT_OBJECT_DIRECTORY": "/q", "PATH": "/evil"},
            "refs": "a b c\n",
        }
    )
    request = parse_request(body.encode())
    assert request.environment == {"GIT_DIR": "/home/git/shop.git", "GIT_OBJECT_DIRECTORY": "/q"}
    assert (request.token, request.refs) == ("t", "a b c\n")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"token":"t","directory":1,"environment":{},"refs":""}']
)
def test_anything_else_is_refused(body):
    with pytest.raises(ReceiveError):
        parse_request(body)
