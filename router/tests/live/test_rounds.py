"""Rounds against a real nginx: reloads, refusals, culprits."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from router.discovery import Inputs
from router.errors import ConfigRejected, NginxEnded, ReloadFailed
from router.sync import Router

from .conftest import Edge, build_service, make_pair


class NoCertificates:
    def read(self, wanted: Mapping[Any, str]) -> dict[Any, str]:
        return {}


@pytest.fixture
def router(edge: Edge) -> Router:
    return Router(edge.place, nginx=edge.nginx, store=edge.store, certificates=NoCertificates())  # type: ignore[arg-type]


def build_inputs(*services: dict[str, Any], **annotations: str) -> Inputs:
    keys = {f"router.deis.io/nginx.{key}": value for key, value in annotations.items()}
    by_key = {
        (service["metadata"]["namespace"], service["metadata"]["name"]): service for service in services
    }
    return Inputs(deployment={"metadata": {"annotations": keys}}, services=by_key)


def test_reloads_drop_no_request(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1"))
    statuses: list[int] = []
    stopping = threading.Event()

    def ask() -> None:
        while not stopping.is_set():
            statuses.append(edge.get("shop.x.com").status)

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    try:
        for number in range(15):
            edge.route(build_service("shop", "10.0.0.1", domains=f"shop,name{number}.com"))
            assert [edge.get(f"name{number}.com").status for _ in range(3)] == [200] * 3
    finally:
        stopping.set()
        for client in clients:
            client.join()
    assert len(statuses) > 100
    assert set(statuses) == {200}


def test_what_nginx_refuses_changes_nothing(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1"))
    with pytest.raises(ConfigRejected, match="nonsense"):
        edge.route(build_service("shop", "10.0.0.1"), annotations={"logFormat": "$nonsense"})
    assert edge.get("shop.x.com").status == 200
    edge.route(build_service("shop", "10.0.0.1", domains="other"))
    assert edge.get("other.x.com").status == 200


def test_a_bad_annotation_of_the_router_is_found_and_left_out(router: Router, edge: Edge, caplog):
    services = [build_service(f"app{number}", "127.0.0.1") for number in range(20)]
    router.sync(build_inputs(*services, logFormat="$nonsense", disableServerTokens="true"))
    assert edge.get_health().status == 200
    assert "server_tokens off;" in edge.place.config.read_text()
    assert "annotation router.deis.io/nginx.logFormat is left out" in caplog.text
    assert router.live
    assert len(router.live.apps) == 20
    caplog.clear()
    router.sync(build_inputs(*services, logFormat="$nonsense", disableServerTokens="true"))
    assert caplog.text == ""
    router.sync(build_inputs(*services, logFormat="$app_name mine", disableServerTokens="true"))
    assert "$app_name mine" in edge.place.config.read_text()


def test_a_bad_service_is_found_and_left_out_until_it_changes(router: Router, edge: Edge, caplog):
    """The model lets no bad Service through that we know of, so one is smuggled past it."""
    good = [build_service(f"app{number}", "127.0.0.1") for number in range(9)]
    bad = build_service("bad", "127.0.0.1", tcpTimeout="7s")
    for number, service in enumerate([*good, bad]):
        service["metadata"]["resourceVersion"] = str(number)
    check = edge.nginx._check_file
    router._nginx._check_file = lambda path: refuse(check, path, "read_timeout 7s")  # type: ignore[method-assign]
    router.sync(build_inputs(*good[:5], bad, *good[5:]))
    assert router.live
    assert len(router.live.apps) == 9
    assert "Service bad/bad is left out" in caplog.text
    assert edge.get("bad.x.com").status == 404
    mended = build_service("bad", "127.0.0.1", tcpTimeout="8s")
    mended["metadata"]["resourceVersion"] = "99"
    router.sync(build_inputs(*good, mended))
    assert len(router.live.apps) == 10


def refuse(check: Any, path: Any, text: str) -> None:
    if text in path.read_text():
        raise ConfigRejected(f"{text} is refused")
    check(path)


def test_a_reload_that_nginx_gives_up_is_noticed(edge: Edge, monkeypatch):
    edge.route(build_service("shop", "10.0.0.1"))
    monkeypatch.setattr("router.nginx.TAKEOVER_TIMEOUT", 1.0)
    taken = replace(edge.place.listeners, git=edge.place.listeners.health)
    edge.place = edge.nginx._place = replace(edge.place, listeners=taken)
    with pytest.raises(ReloadFailed):
        edge.route(build_service("other", "10.0.0.1"), builder="127.0.0.1:1")


def test_files_of_certificates_stay_while_they_may_be_needed(edge: Edge):
    """Two apps ask for one name: the second's certificate is needed when the first lets go of it."""
    one, two = (edge.store.put_pair(*make_pair(name)) for name in ("one", "two"))
    known = {("a", "one-cert"): one, ("b", "two-cert"): two}
    certificates = SimpleNamespace(read=lambda wanted: {key: known[key] for key in wanted})
    router = Router(edge.place, nginx=edge.nginx, store=edge.store, certificates=certificates)  # type: ignore[arg-type]
    second = build_service("b", "10.0.0.1", domains="b,www.foo.com", certificates="www.foo.com:two")
    first = build_service("a", "10.0.0.1", domains="a,www.foo.com", certificates="www.foo.com:one")
    router.sync(build_inputs(first, second))
    assert edge.place.certificate(two).exists()
    router.sync(build_inputs(second))
    router.sync(build_inputs(build_service("b", "10.0.0.1")))
    router.sync(build_inputs(build_service("b", "10.0.0.1", domains="c")))
    assert list(edge.place.certificates.iterdir()) == []


def test_the_end_of_nginx_is_noticed(edge: Edge):
    edge.route(build_service("shop", "10.0.0.1"))
    assert edge.nginx.quit(5.0)
    with pytest.raises(NginxEnded):
        edge.route(build_service("other", "10.0.0.1"))


def test_open_requests_finish_when_nginx_is_told_to_quit(edge: Edge, upstream):
    started, go_on = threading.Event(), threading.Event()
    server = upstream("10.0.0.1", "shop")
    handle = server.finish_request

    def wait(request: Any, address: Any) -> None:
        started.set()
        go_on.wait(10)
        handle(request, address)

    server.finish_request = wait
    edge.route(build_service("shop", "10.0.0.1"))
    answers: list[int] = []
    client = threading.Thread(target=lambda: answers.append(edge.get("shop.x.com").status))
    client.start()
    assert started.wait(10)
    assert not edge.nginx.wait(0)
    edge.nginx._signal(3)  # type: ignore[arg-type]
    go_on.set()
    client.join()
    assert answers == [200]
    assert edge.nginx.wait(10)
