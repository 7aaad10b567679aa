"""The services outside, over HTTP."""

from __future__ import annotations

import json

import pytest

from loopback import find_port
from workflow_manager.errors import ServiceFailed
from workflow_manager.services import Service
from workflow_manager.versions import Versions

LATEST = "/v3/versions/latest"
COMPONENTS = [
    {"component": {"name": name, "type": "Deployment"}, "version": {"version": "3.0.0"}}
    for name in ("deis-router", "deis-builder")
]


@pytest.fixture
def versions(outside) -> Versions:
    return Versions(Service(url=outside.url))


def build_answer(**newest: str) -> tuple[int, bytes]:
    entries = [{"component": {"name": name}, "version": {"version": found}} for name, found in newest.items()]
    return 200, json.dumps({"data": entries}).encode()


def test_the_newest_versions_are_asked_for_and_kept(outside, versions, caplog):
    outside.answers[LATEST] = build_answer(**{"deis-router": "3.1.0"})
    versions.refresh(COMPONENTS)
    assert versions.available == {"deis-router": "3.1.0"}
    asked = [
        {"component": {"name": name}, "version": {"train": "stable"}}
        for name in ("deis-router", "deis-builder")
    ]
    assert outside.posted == [(LATEST, {"data": asked})]
    assert "latest version not available for deis-builder" in caplog.text
    assert "deis-router" not in caplog.text


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((500, b""), "answered with status 500"),
        ((400, b'{"code":400,"message":"no such train"}'), "answered with status 400: no such train"),
        ((200, b"<html>"), "answered with what is no JSON"),
        ((200, b"{}"), "makes no sense"),
        ((200, b""), "makes no sense"),
    ],
)
def test_what_was_known_stays_when_there_is_no_answer(outside, versions, answer, said):
    outside.answers[LATEST] = build_answer(**{"deis-router": "3.1.0", "deis-builder": "3.0.0"})
    versions.refresh(COMPONENTS)
    outside.answers[LATEST] = answer
    with pytest.raises(ServiceFailed, match=said):
        versions.refresh(COMPONENTS)
    assert versions.available["deis-router"] == "3.1.0"


def test_what_is_installed_is_told(outside, versions):
    versions.send({"id": "x", "components": COMPONENTS})
    assert outside.posted == [("/v3/clusters", {"id": "x", "components": COMPONENTS})]


def test_a_service_that_is_not_there():
    url = f"http://127.0.0.1:{find_port()}"
    with pytest.raises(ServiceFailed, match="cannot be reached"):
        Service(url=url).post("/v3/clusters", {})


def test_a_service_behind_a_proxy_is_asked_for_by_its_own_address(outside):
    Service(url="http://versions.invalid", proxies={"http": outside.url}).post("/v3/clusters", {})
    assert outside.posted == [("http://versions.invalid/v3/clusters", {})]
