"""The API's description over HTTP: for everybody, whatever they would rather have, and to be read offline."""

import json

import pytest
import yaml

from .contract import Contract


def test_programs_get_json_or_yaml(controller):
    anybody = controller.client()
    answer = anybody.get("/v2/openapi.json")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json["openapi"] == "3.1.0"
    assert "/v2/apps/{app}/config/" in answer.json["paths"]
    other = anybody.get("/v2/openapi.yaml")
    assert (other.status, other.headers["Content-Type"]) == (200, "application/yaml")
    assert yaml.safe_load(other.body) == answer.json


@pytest.mark.parametrize("path", ["/v2/docs", "/v2/docs/"])
def test_people_get_a_page_that_asks_nobody_else(controller, path):
    answer = controller.client().get(path, Accept="text/html,*/*;q=0.8", Authorization="token wrong")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; connect-src 'self'")
    assert b'fetch("/v2/openapi.json")' in answer.body


def test_an_answer_that_is_not_described_is_noticed(controller):
    """Of the check that every other test's answers go through."""
    contract = Contract(controller.client().get("/v2/openapi.json").json)
    good = {"users": ["bob"]}
    for method, path, status, media, body in (
        ("GET", "/v2/apps/x/perms", 418, "application/json", good),
        ("GET", "/v2/apps/x/perms/", 200, "text/plain", good),
        ("GET", "/v2/apps/x/perms", 200, "application/json", {"users": ["bob"], "more": 1}),
        ("GET", "/v2/apps/x/perms", 200, "application/json", {"users": "bob"}),
        ("GET", "/v2/apps/x/perms", 403, "application/json", "no"),
        ("GET", "/v2/nope", 200, "application/json", good),
        ("PUT", "/v2/apps/x/perms", 200, "application/json", good),
        ("POST", "/v2/auth/login", 200, "application/json", {"token": "0" * 40}),
    ):
        with pytest.raises(AssertionError):
            contract.check(method, path, status=status, media=media, body=json.dumps(body).encode())
    text = json.dumps(good).encode()
    contract.check("GET", "/v2/apps/x/perms?a=b", status=200, media="application/json", body=text)
    contract.check("HEAD", "/v2/apps/x/perms", status=200, media="application/json", body=b"")
