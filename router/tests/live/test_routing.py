"""What a client gets, through a real nginx."""

from __future__ import annotations

import pytest

from .conftest import Edge, build_service

MAINTENANCE = b"<!DOCTYPE html>\n<title>Site Maintenance</title>\n"


def test_an_app_answers_at_its_first_label_under_any_domain(edge: Edge, upstream):
    upstream("10.3.0.7", "shop")
    edge.route(build_service("shop", "10.3.0.7"))
    for host in (
        "shop.example.com",
        "SHOP.local3.example.io",
        "shop.localhost:8080",
        "shop.127.0.0.1.nip.io",
    ):
        assert edge.get(host).echo["app"] == "shop"
    for host in ("shop", "myshop.example.com", "www.shop.example.com", "unknown.example.com", "10.0.0.1"):
        answer = edge.get(host)
        assert (answer.status, b"404 Not Found" in answer.body) == (404, True)


def test_with_a_platform_domain_only_the_exact_name_is_the_apps(edge: Edge, upstream):
    upstream("10.3.0.7", "shop")
    edge.route(build_service("shop", "10.3.0.7"), annotations={"platformDomain": "example.com"})
    assert edge.get("shop.example.com").echo["app"] == "shop"
    assert edge.get("Shop.Example.com:80").echo["app"] == "shop"
    for host in ("shop.other.com", "a.shop.example.com", "example.com", "shop"):
        assert edge.get(host).status == 404


def test_exact_names_go_before_wildcards_and_these_before_first_labels(edge: Edge, upstream):
    upstream("10.0.0.1", "exact")
    upstream("10.0.0.2", "wild")
    upstream("10.0.0.3", "www")
    edge.route(
        build_service("exact", "10.0.0.1", domains="exact,a.foo.com"),
        build_service("wild", "10.0.0.2", domains="*.foo.com,*.b.foo.com"),
        build_service("www", "10.0.0.3"),
    )
    assert edge.get("a.foo.com").echo["app"] == "exact"
    assert edge.get("b.foo.com").echo["app"] == "wild"
    assert edge.get("c.b.foo.com").echo["app"] == "wild"
    assert edge.get("www.foo.com").echo["app"] == "wild"
    assert edge.get("www.bar.com").echo["app"] == "www"
    assert edge.get("foo.com").status == 404


def test_a_platform_name_goes_before_a_wildcard_of_another_app(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    upstream("10.0.0.2", "wild")
    edge.route(
        build_service("shop", "10.0.0.1"),
        build_service("wild", "10.0.0.2", domains="wild,*.example.com"),
        annotations={"platformDomain": "example.com"},
    )
    assert edge.get("shop.example.com").echo["app"] == "shop"
    assert edge.get("other.example.com").echo["app"] == "wild"


def test_apps_may_have_the_names_of_nginx_keywords(edge: Edge, upstream):
    names = ("default", "hostnames", "include", "volatile")
    services = []
    for number, name in enumerate(names, start=1):
        upstream(f"10.0.0.{number}", name)
        services.append(build_service(name, f"10.0.0.{number}"))
    edge.route(*services)
    for name in names:
        assert edge.get(f"{name}.example.com").echo["app"] == name


def test_the_longest_names_need_no_setting(edge: Edge, upstream):
    upstream("10.0.0.1", "long")
    long = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 57, "com"])
    edge.route(build_service("l" * 63, "10.0.0.1", domains=f"{'l' * 63},{long},*.{long[4:]}"))
    assert edge.get(long).echo["app"] == "long"
    assert edge.get(f"{'l' * 63}.example.com").echo["app"] == "long"


def test_the_app_sees_the_headers_of_the_specification(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1"))
    sent = {"X-Forwarded-For": "1.2.3.4, 5.6.7.8", "X-Forwarded-Proto": "http, https", "X-Thing": "kept"}
    echo = edge.get("Shop.Example.com:8080", "/a%2Fb//c?d=e%20f", headers=sent).echo
    assert echo["path"] == "/a%2Fb//c?d=e%20f"
    assert echo["headers"]["host"] == "shop.example.com"
    assert echo["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert echo["headers"]["x-forwarded-proto"] == "https"
    assert echo["headers"]["x-forwarded-port"] == "80"
    assert echo["headers"]["connection"] == "close"
    assert echo["headers"]["x-thing"] == "kept"
    assert not {"upgrade", "x-request-id", "via", "x-real-ip", "forwarded"} & set(echo["headers"])


@pytest.mark.parametrize(
    ("sent", "seen"),
    [("HTTPS", "http"), ("https,http", "http"), ("https", "https"), ("wss", "wss"), ("x", "http")],
)
def test_forwarded_scheme(edge: Edge, upstream, sent: str, seen: str):
    upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1"))
    answer = edge.get("shop.x.com", headers={"X-Forwarded-Proto": sent, "X-Forwarded-Port": "8443"})
    assert answer.echo["headers"]["x-forwarded-proto"] == seen
    assert answer.echo["headers"]["x-forwarded-port"] == "8443"


def test_a_trusted_proxy_tells_the_clients_address(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1"), annotations={"proxyRealIpCidrs": "127.0.0.0/8,10.0.0.0/8"})
    echo = edge.get("shop.x.com", headers={"X-Forwarded-For": "9.9.9.9, 1.2.3.4, 10.1.1.1"}).echo
    assert echo["headers"]["x-forwarded-for"] == "1.2.3.4"


def test_headers_with_underscores_come_back(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1"))
    assert edge.get("shop.x.com").headers["deis_api_version"] == "2.3"


def test_bodies_reach_the_app_up_to_the_size(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1"), annotations={"bodySize": "100k"})
    answer = edge.get("shop.x.com", method="POST", body=b"x" * 100_000)
    assert (answer.echo["method"], answer.echo["length"]) == ("POST", 100_000)
    assert edge.get("shop.x.com", method="POST", body=b"x" * 110_000).status == 413


def test_an_apps_own_errors_pass_unchanged(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1"))
    for status in (404, 418, 500, 502, 503, 504):
        answer = edge.get("shop.x.com", headers={"X-Status": str(status)})
        assert (answer.status, answer.echo["app"]) == (status, "shop")


def test_an_app_without_endpoints_is_503_for_every_method(edge: Edge):
    edge.route(build_service("shop", "10.0.0.1"))
    for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
        answer = edge.get("shop.x.com", method=method, body=b"x" if method == "POST" else None)
        assert answer.status == 503
        assert method == "HEAD" or b"503 Service Temporarily Unavailable" in answer.body


def test_an_app_with_endpoints_that_refuse_is_502(edge: Edge):
    edge.route(build_service("shop", "10.0.0.1"))
    edge.endpoints[("shop", "shop")] = [edge.nobody]
    answer = edge.get("shop.x.com", method="POST", body=b"x")
    assert (answer.status, b"502 Bad Gateway" in answer.body) == (502, True)


def test_without_the_router_process_a_failure_is_502(edge: Edge):
    edge.route(build_service("shop", "10.0.0.1"))
    edge.place.failure_socket.unlink()
    assert edge.get("shop.x.com").status == 502


def test_a_request_that_reached_no_pod_is_tried_at_a_ready_one(edge: Edge, upstream):
    """kube-proxy may not know of an app's first pod for another second."""
    pod = upstream("10.0.0.99", "shop")
    edge.route(build_service("shop", "10.0.0.1"))
    edge.endpoints[("shop", "shop")] = [pod.address]
    echo = edge.get("shop.x.com", "/form?a=b", method="POST", body=b"x" * 50_000).echo
    assert (echo["app"], echo["method"], echo["path"], echo["length"]) == (
        "shop",
        "POST",
        "/form?a=b",
        50_000,
    )
    assert echo["headers"]["host"] == "shop.x.com"
    line = edge.wait_for_log("/form?a=b").split(" - ")
    assert (line[1], line[4], line[10]) == ("shop", "200", edge.nobody)


def test_maintenance_answers_everything_with_the_page(edge: Edge, upstream):
    shop = upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1", maintenance="True", ssl_enforce="True"))
    for method in ("GET", "HEAD", "POST", "PUT"):
        answer = edge.get("shop.x.com", "/any?thing", method=method)
        assert (answer.status, answer.headers["content-type"]) == (503, "text/html")
        assert answer.body == (b"" if method == "HEAD" else MAINTENANCE)
    assert (shop.requests, len(MAINTENANCE)) == (0, 48)


def test_whitelists(edge: Edge, upstream):
    upstream("10.0.0.1", "open")
    upstream("10.0.0.2", "closed")
    upstream("10.0.0.3", "mine")
    edge.route(
        build_service("open", "10.0.0.1"),
        build_service("closed", "10.0.0.2", whitelist="1.2.3.4"),
        build_service("mine", "10.0.0.3", whitelist="1.2.3.4,127.0.0.0/8"),
        build_service("broken", "10.0.0.3", whitelist="nonsense"),
        build_service("down", "10.0.0.2", whitelist="1.2.3.4", maintenance="true"),
        build_service("pause", "10.0.0.3", whitelist="127.0.0.1", maintenance="true"),
    )
    statuses = {
        name: edge.get(f"{name}.x.com").status
        for name in ("open", "closed", "mine", "broken", "down", "pause")
    }
    assert statuses == {"open": 200, "closed": 403, "mine": 200, "broken": 403, "down": 403, "pause": 503}
    assert edge.get("pause.x.com", method="POST").body == MAINTENANCE


def test_enforced_whitelists_let_nobody_in(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1"), annotations={"enforceWhitelists": "true"})
    assert edge.get("shop.x.com").status == 403
    assert edge.get("unknown.x.com").status == 404


def test_https_is_enforced_by_redirect(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    upstream("10.0.0.2", "slow")
    edge.route(
        build_service("shop", "10.0.0.1", ssl_enforce="True"),
        build_service("slow", "10.0.0.2", ssl_enforce="true", tcpTimeout="5s", whitelist="1.2.3.4"),
        build_service("plain", "10.0.0.1"),
    )
    for name in ("shop", "slow"):
        answer = edge.get(f"{name.upper()}.x.com:8080", "/a?b=c", method="POST")
        assert (answer.status, answer.headers["location"]) == (301, f"https://{name}.x.com/a?b=c")
    assert (
        edge.get("shop.x.com", headers={"X-Forwarded-Proto": "ws"}).headers["location"] == "wss://shop.x.com/"
    )
    assert edge.get("shop.x.com", headers={"X-Forwarded-Proto": "https"}).status == 200
    assert edge.get("slow.x.com", headers={"X-Forwarded-Proto": "wss"}).status == 403
    assert edge.get("plain.x.com").status == 200


def test_hsts_and_request_ids(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    edge.route(
        build_service("shop", "10.0.0.1"),
        build_service("down", "10.0.0.2"),
        annotations={"ssl.hsts.enabled": "true", "ssl.hsts.preload": "true", "requestIDs": "true"},
    )
    assert edge.get("shop.x.com").status == 301
    answer = edge.get("shop.x.com", headers={"X-Forwarded-Proto": "https", "X-Correlation-Id": "mine"})
    assert answer.headers["strict-transport-security"] == "max-age=15552000; preload"
    request_id = answer.headers["x-request-id"]
    assert len(request_id) == 32
    assert answer.headers["x-correlation-id"] == f"mine,{request_id}"
    assert answer.echo["headers"]["x-correlation-id"] == f"mine,{request_id}"
    down = edge.get("down.x.com", headers={"X-Forwarded-Proto": "https"})
    assert (down.status, "x-request-id" in down.headers) == (503, True)
    assert "strict-transport-security" not in down.headers


def test_health_and_status(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1"))
    assert [edge.get_health(path).status for path in ("/healthz", "/healthz/", "/nginx_status", "/x")] == [
        200,
        200,
        200,
        404,
    ]
    unknown = edge.get("unknown.x", "/healthz")
    assert (unknown.status, unknown.body, unknown.headers["content-type"]) == (200, b"", "text/plain")
    assert unknown.headers["content-length"] == "0"
    assert edge.get("shop.x.com", "/healthz").echo["path"] == "/healthz"


def test_the_default_service_takes_unmapped_names(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    options = {"defaultServiceEnabled": "true", "defaultServiceIP": "127.0.0.1", "defaultAppName": "landing"}
    edge.route(build_service("shop", "10.0.0.1"), annotations=options)
    assert edge.get("shop.x.com").echo["app"] == "shop"
    assert edge.get("unknown.x", "/healthz").status == 200
    assert edge.get("tls.x", tls="tls.x").status == 404


def test_access_lines_have_the_form_that_metrics_read(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1", domains="shop,*.foo.com"), build_service("down", "10.0.0.2"))
    edge.get("shop.example.io", "/one", headers={"User-Agent": "probe"})
    edge.get("a.foo.com", "/two")
    edge.get("down.example.io", "/three")
    edge.get("unknown.example.io", "/four")
    address = edge.upstreams["10.0.0.1:80"]
    fields = edge.wait_for_log("/one").split(" - ")
    assert fields[1:5] == ["shop", "127.0.0.1", "-", "200"]
    assert fields[5:6] + fields[7:11] == [
        '"GET /one HTTP/1.1"', '"-"', '"probe"', r'"~^shop\x5C.(?<domain>.+)$"', address,
    ]  # fmt: skip
    assert fields[11] == "shop.example.io"
    assert len(fields) == 14
    assert float(fields[12]) >= 0
    assert edge.wait_for_log("/two").split(" - ")[9] == '"*.foo.com"'
    down = edge.wait_for_log("/three").split(" - ")
    assert (down[1], down[4], down[10], down[12]) == ("down", "503", "-", "-")
    unknown = edge.wait_for_log("/four").split(" - ")
    assert (unknown[1], unknown[4], unknown[9]) == ("router-default-vhost", "404", '"_"')
