from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from router.options import (
    BUILDER_FIELDS,
    GENERAL_FIELDS,
    GZIP_FIELDS,
    HSTS_FIELDS,
    PROTOCOLS,
    PROXY_BUFFERS_FIELDS,
    SSL_FIELDS,
    BuilderOptions,
    Gzip,
    Hsts,
    ProxyBuffers,
    RouterOptions,
    Ssl,
    list_protocols,
    parse_builder_options,
    parse_router_options,
)

ROUTER_FIELDS = (*GENERAL_FIELDS, *GZIP_FIELDS, *PROXY_BUFFERS_FIELDS, *SSL_FIELDS, *HSTS_FIELDS)


def parse(**annotations: str) -> tuple[RouterOptions, list[str]]:
    return parse_router_options(
        {f"router.deis.io/nginx.{k.replace('_', '.')}": v for k, v in annotations.items()}
    )


def test_the_defaults_are_those_of_the_specification():
    options, warnings = parse()
    assert warnings == []
    general = options.general
    assert (general.max_worker_connections, general.default_timeout, general.body_size) == (
        "768",
        "1300s",
        "1m",
    )
    assert general.proxy_real_ip_cidrs == ("10.0.0.0/8",)
    assert general.default_whitelist is None
    assert options.hsts == Hsts(enabled=False, max_age=15_552_000, include_sub_domains=False, preload=False)
    assert options.gzip == Gzip()
    assert options.proxy_buffers == ProxyBuffers(enabled=False, number=8, size="4k", busy_size="8k")
    assert options.ssl == Ssl()


def test_the_example_of_the_specification():
    options, warnings = parse(
        defaultTimeout="1500s", ssl_bufferSize="6k", ssl_hsts_maxAge="1234", ssl_hsts_includeSubDomains="true"
    )
    assert warnings == []
    default = RouterOptions()
    assert options == replace(
        default,
        general=replace(default.general, default_timeout="1500s"),
        ssl=replace(default.ssl, buffer_size="6k"),
        hsts=Hsts(max_age=1234, include_sub_domains=True),
    )


def test_the_builder_of_the_specification():
    options, warnings = parse_builder_options({"router.deis.io/nginx.connectTimeout": "20s"})
    assert (options, warnings) == (BuilderOptions(connect_timeout="20s", tcp_timeout="1200s"), [])


def test_buffers_that_nginx_would_refuse_together_are_left_out():
    options, warnings = parse(proxyBuffers_size="16k", proxyBuffers_enabled="true")
    assert options.proxy_buffers == ProxyBuffers(enabled=True)
    assert "busySize" in warnings[0]
    assert parse(proxyBuffers_size="16k", proxyBuffers_busySize="32k")[1] == []
    assert parse(proxyBuffers_number="2")[0].proxy_buffers.number == 8


def test_the_default_service_needs_an_address_and_a_name():
    options, warnings = parse(defaultServiceEnabled="true", defaultServiceIP="example", defaultAppName="x")
    assert not options.general.default_service_enabled
    assert len(warnings) == 1
    assert parse(defaultServiceEnabled="true", defaultServiceIP="10.0.0.1", defaultAppName="$x")[1] != []
    good, warnings = parse(defaultServiceEnabled="true", defaultServiceIP="fd00::1", defaultAppName="landing")
    assert (good.general.default_service_enabled, warnings) == (True, [])


def test_platform_domains_are_lower_case():
    assert parse(platformDomain="Example.COM")[0].general.platform_domain == "example.com"


def test_old_protocols_stay_accepted():
    assert list_protocols("SSLv2 SSLv3") == PROTOCOLS
    assert list_protocols("SSLv3 TLSv1TLSv1.1  TLSv1.2 TLSv1.2") == "TLSv1 TLSv1.1 TLSv1.2"


@given(
    st.dictionaries(st.sampled_from([field.key for field in (*ROUTER_FIELDS, *BUILDER_FIELDS)]), st.text())
)
def test_no_annotation_is_an_error(annotations: dict[str, str]):
    keys = {f"router.deis.io/nginx.{key}": value for key, value in annotations.items()}
    options, _ = parse_router_options(keys)
    assert options.proxy_buffers.is_consistent()
    parse_builder_options(keys)
