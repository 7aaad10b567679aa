"""HTTPS: the platform's certificate, certificates of apps, names that have none."""

from __future__ import annotations

import ssl
import subprocess

import pytest

from router.errors import InvalidCertificate

from .conftest import Edge, build_service, make_pair


def get_common_name(edge: Edge, name: str) -> str:
    """Return whose certificate a client that looks for ``name`` is shown."""
    pem = edge.get_certificate(name)
    command = ["openssl", "x509", "-noout", "-subject", "-nameopt", "multiline"]
    said = subprocess.run(command, input=pem, capture_output=True, text=True, check=True).stdout
    return said.rpartition("= ")[2].strip()


def test_without_any_certificate_https_is_404_with_one_of_our_own(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1"))
    assert edge.get("shop.x.com", tls="shop.x.com").status == 404
    assert edge.get("shop.x.com", "/healthz", tls="shop.x.com").status == 200
    assert get_common_name(edge, "shop.x.com") == "deis-router"


@pytest.mark.parametrize("platform_domain", ["", "example.com"])
def test_the_platforms_certificate_serves_the_names_of_the_platform(
    edge: Edge, upstream, platform_domain: str
):
    upstream("10.0.0.1", "shop")
    digest = edge.store.put_pair(*make_pair("platform"))
    annotations = {"platformDomain": platform_domain} if platform_domain else {}
    shop = build_service("shop", "10.0.0.1", domains="shop,www.foo.com", ssl_enforce="true")
    edge.route(shop, annotations=annotations, platform_certificate=digest)
    echo = edge.get("shop.example.com", tls="shop.example.com").echo
    assert (echo["headers"]["x-forwarded-proto"], echo["headers"]["x-forwarded-port"]) == ("https", "443")
    assert get_common_name(edge, "shop.example.com") == "platform"
    assert edge.get("www.foo.com").status == 301
    assert edge.get("www.foo.com", tls="www.foo.com").status == 404


def test_each_custom_domain_has_its_own_certificate(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    upstream("10.0.0.2", "blog")
    certificates = {
        ("shop", "one-cert"): edge.store.put_pair(*make_pair("one")),
        ("shop", "wild-cert"): edge.store.put_pair(*make_pair("wild")),
        ("blog", "two-cert"): edge.store.put_pair(*make_pair("two")),
    }
    edge.route(
        build_service(
            "shop",
            "10.0.0.1",
            domains="shop,www.foo.com,*.foo.com",
            certificates="www.foo.com:one,*.foo.com:wild",
        ),
        build_service(
            "blog", "10.0.0.2", domains="blog,bar.com", certificates="bar.com:two", connectTimeout="3s"
        ),
        certificates=certificates,
    )
    for name, app, common_name in (
        ("www.foo.com", "shop", "one"),
        ("a.b.foo.com", "shop", "wild"),
        ("bar.com", "blog", "two"),
    ):
        assert edge.get(name, tls=name).echo["app"] == app
        assert edge.get(name).echo["app"] == app
        assert get_common_name(edge, name) == common_name
    assert edge.get("shop.x.com", tls="shop.x.com").status == 404


def test_a_platform_name_keeps_its_certificate_beside_a_wildcard(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    upstream("10.0.0.2", "wild")
    platform = edge.store.put_pair(*make_pair("platform"))
    wild = edge.store.put_pair(*make_pair("wild"))
    edge.route(
        build_service("shop", "10.0.0.1"),
        build_service("wild", "10.0.0.2", domains="*.example.com", certificates="*.example.com:w"),
        annotations={"platformDomain": "example.com"},
        platform_certificate=platform,
        certificates={("wild", "w-cert"): wild},
    )
    assert edge.get("shop.example.com", tls="shop.example.com").echo["app"] == "shop"
    assert get_common_name(edge, "shop.example.com") == "platform"
    assert edge.get("other.example.com", tls="other.example.com").echo["app"] == "wild"
    assert get_common_name(edge, "other.example.com") == "wild"


def test_old_protocols_are_accepted_as_values_and_not_spoken(edge: Edge, upstream):
    upstream("10.0.0.1", "shop")
    edge.route(build_service("shop", "10.0.0.1"), annotations={"ssl.protocols": "SSLv3 TLSv1 TLSv1.2"})
    context = edge.trust()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    edge.trust = lambda: context  # type: ignore[method-assign]
    assert edge.get("shop.x.com", tls="shop.x.com").status == 404


def test_pairs_that_no_server_could_use_are_refused(edge: Edge):
    certificate, key = make_pair("one")
    _, other_key = make_pair("two")
    for pair in ((certificate, other_key), ("garbage", key), (certificate, "garbage"), ("", "")):
        with pytest.raises(InvalidCertificate):
            edge.store.put_pair(*pair)
    assert list(edge.place.certificates.iterdir()) == []
    digest = edge.store.put_pair(certificate, key)
    assert edge.store.put_pair(certificate + "\n", key) == digest
    assert edge.place.certificate(digest).stat().st_mode & 0o777 == 0o600
    edge.store.prune([])
    assert list(edge.place.certificates.iterdir()) == []
