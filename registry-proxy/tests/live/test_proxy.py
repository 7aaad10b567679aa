"""What a node's container runtime can do through the proxy, with a real nginx."""

import base64

import pytest

from kit.waiting import wait_for

BASIC = "Basic " + base64.b64encode(b"node:pull-only").decode()


@pytest.fixture
def registry(start_registry):
    return start_registry()


@pytest.fixture
def proxy(registry, start_proxy):
    proxy = start_proxy(registry.server_port)
    proxy.wait_until_answers()
    registry.requests.clear()
    return proxy


def test_a_pull_arrives_with_the_proxys_own_password(proxy, registry):
    answer = proxy.ask("GET", "/v2/shop/manifests/v1", Authorization="Basic d3Jvbmc6b25l")

    assert (answer.status, answer.data) == (200, b"{}")
    [(method, path, headers)] = registry.requests
    assert (method, path) == ("GET", "/v2/shop/manifests/v1")
    assert headers["Authorization"] == BASIC


def test_the_registry_learns_where_a_request_came_from(proxy, registry):
    proxy.ask("GET", "/v2/", Host="127.0.0.1:5555")

    [(_, _, headers)] = registry.requests
    assert headers["Host"] == "127.0.0.1:5555"
    assert headers["X-Real-IP"] == headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "http"


def test_head_is_passed_on(proxy, registry):
    assert proxy.ask("HEAD", "/v2/shop/manifests/v1").status == 200
    assert registry.requests[0][0] == "HEAD"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_that_changes_is_passed_on(proxy, registry, method):
    assert proxy.ask(method, "/v2/shop/blobs/uploads/").status == 405
    assert registry.requests == []


@pytest.mark.parametrize("agent", ["docker/1.3.0", "docker/1.5", "Go 1.1 package http"])
def test_old_clients_find_nothing(proxy, registry, agent):
    assert proxy.ask("GET", "/v2/", **{"User-Agent": agent}).status == 404
    assert registry.requests == []


@pytest.mark.parametrize("agent", ["containerd/v1.6.20", "docker/1.13.1", "Go-http-client/1.1"])
def test_present_clients_are_served(proxy, agent):
    assert proxy.ask("GET", "/v2/", **{"User-Agent": agent}).status == 200


def test_it_waits_for_the_registry_and_says_so(start_proxy, start_registry, free_port):
    proxy = start_proxy(free_port)
    waiting = f"waiting for the registry (127.0.0.1:{free_port}) to come online..."
    wait_for(lambda: waiting in proxy.log.read_text(), what="the line", timeout=20)
    assert not proxy.is_answering()

    start_registry(free_port)

    proxy.wait_until_answers()
    assert proxy.log.read_text().endswith("starting registry-proxy...\n")


def test_without_an_answer_from_the_registry_a_pull_fails_and_the_proxy_lives(proxy, registry):
    registry.__exit__()

    assert proxy.ask("GET", "/v2/").status == 502
    assert proxy.is_answering()
