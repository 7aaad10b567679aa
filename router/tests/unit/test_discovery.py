from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.discovery import Decoder, Inputs, build_model, decode_service, list_wanted_certificates
from router.model import App, CustomName, Profile, RouterModel
from router.options import BuilderOptions, ProxyBuffers, RouterOptions
from router.services import FIELDS

ROUTER = "router.deis.io/"


def build_service(
    name: str, ip: str = "10.3.0.7", namespace: str | None = None, **annotations: str
) -> dict[str, Any]:
    keys = {ROUTER + key.replace("_", "."): value for key, value in {"domains": name, **annotations}.items()}
    metadata = {"name": name, "namespace": namespace or name, "labels": {"app": name}, "annotations": keys}
    return {"metadata": metadata, "spec": {"clusterIP": ip}}


def build_inputs(*services: dict[str, Any], **options: Any) -> Inputs:
    annotations = {f"{ROUTER}nginx.{key}": value for key, value in options.pop("router", {}).items()}
    by_key = {(s["metadata"]["namespace"], s["metadata"]["name"]): s for s in services}
    return Inputs(deployment={"metadata": {"annotations": annotations}}, services=by_key, **options)


def build(*services: dict[str, Any], **options: Any) -> RouterModel:
    return build_model(build_inputs(*services, **options))


def get_reasons(model: RouterModel) -> list[str]:
    return [f"{left_out.owner}: {left_out.reason}" for left_out in model.left_out]


def test_the_worked_example_of_the_specification():
    foo = build_service("foo", domains="foo,www.foo.com", certificates="www.foo.com:www-foo")
    model = build(
        foo, router={"platformDomain": "example.com"}, certificates={("foo", "www-foo-cert"): "digest"}
    )
    assert model.apps == (
        App(
            route="foo",
            name="foo",
            namespace="foo",
            service="foo",
            address="10.3.0.7:80",
            platform_names=("foo.example.com",),
            custom_names=(CustomName("www.foo.com", "digest"),),
            profile=Profile(connect_timeout="30s", tcp_timeout="1300s", proxy_buffers=ProxyBuffers()),
        ),
    )
    assert model.left_out == ()
    assert model.files == {"digest"}


def test_names_of_apps():
    controller = build_service("deis-controller", namespace="deis", domains="deis")
    unlabelled = build_service("blog")
    del unlabelled["metadata"]["labels"]
    assert [app.name for app in build(controller, unlabelled).apps] == ["blog", "deis/deis-controller"]


def test_two_services_of_one_app_have_routes_of_their_own():
    extra = build_service("shop-api", "10.0.0.2", "shop")
    extra["metadata"]["labels"]["app"] = "shop"
    first, second = build(build_service("shop"), extra).apps
    assert (first.name, second.name) == ("shop", "shop")
    assert (first.route, second.route) == ("shop", "shop/shop-api")


def test_services_without_domains_are_nothing():
    bare = build_service("bare")
    bare["metadata"]["annotations"] = None
    assert build(bare, build_service("empty", domains="")).apps == ()


@pytest.mark.parametrize("ip", ["None", "", None])
def test_services_without_an_address_are_left_out_alone(ip: str | None):
    model = build(build_service("headless", ip), build_service("shop"))  # type: ignore[arg-type]
    assert [app.name for app in model.apps] == ["shop"]
    assert get_reasons(model) == ["headless: Service headless has no cluster IP."]


def test_addresses_of_the_new_protocol_are_bracketed():
    assert build(build_service("shop", "fd00::7")).apps[0].address == "[fd00::7]:80"


def test_the_first_to_have_a_name_keeps_it():
    model = build(
        build_service("a", domains="a,www.foo.com,WWW.foo.com"),
        build_service("b", domains="www.FOO.com,b"),
        build_service("c", domains="a"),
    )
    assert [app.name for app in model.apps] == ["a", "b"]
    assert model.apps[1].custom_names == ()
    assert get_reasons(model) == [
        "b: www.foo.com is routed to a/a already.",
        "c: a is routed to a/a already.",
    ]


def test_a_full_name_under_the_platforms_domain_is_not_the_short_one():
    services = [build_service("a", domains="x.example.com"), build_service("b", domains="x")]
    assert len(build(*services).apps) == 2
    model = build(*services, router={"platformDomain": "example.com"})
    assert [app.name for app in model.apps] == ["a"]


def test_certificates_are_those_of_full_names_in_the_apps_namespace():
    mapped = "www.foo.com:one,foo:two,other.com:three,bar.com:four"
    foo = build_service("foo", domains="foo,www.foo.com,bar.com,*.baz.com", certificates=mapped)
    inputs = build_inputs(foo, certificates={("foo", "one-cert"): "d1", ("else", "four-cert"): "d4"})
    assert set(list_wanted_certificates(inputs, Decoder())) == {("foo", "one-cert"), ("foo", "four-cert")}
    app = build_model(inputs).apps[0]
    assert app.custom_names == (
        CustomName("www.foo.com", "d1"),
        CustomName("bar.com"),
        CustomName("*.baz.com"),
    )


def test_a_changed_fingerprint_is_a_reason_to_read_again():
    foo = build_service("foo", domains="a.com", certificates="a.com:one", certificateFingerprints="one:0123")
    assert list_wanted_certificates(build_inputs(foo), Decoder()) == {("foo", "one-cert"): "one:0123"}


@pytest.mark.parametrize(
    ("mode", "enforced", "default", "own", "allowed"),
    [
        ("extend", "false", None, None, None),
        ("extend", "false", "1.1.1.1", "2.2.2.2", ("1.1.1.1", "2.2.2.2")),
        ("override", "false", "1.1.1.1", "2.2.2.2", ("2.2.2.2",)),
        ("extend", "false", "1.1.1.1", None, ("1.1.1.1",)),
        ("override", "true", "1.1.1.1", None, ("1.1.1.1",)),
        ("override", "true", None, "2.2.2.2", ("2.2.2.2",)),
        ("extend", "true", None, None, ()),
        ("extend", "false", None, "nonsense", ()),
        ("extend", "false", None, "nonsense,2.2.2.2", ("2.2.2.2",)),
        ("extend", "false", None, "fd00::/8,2.2.2.2", ("fd00::/8", "2.2.2.2")),
    ],
)
def test_whitelists(
    mode: str, enforced: str, default: str | None, own: str | None, allowed: tuple[str, ...] | None
):
    router = {"whitelistMode": mode, "enforceWhitelists": enforced}
    router |= {"defaultWhitelist": default} if default else {}
    shop = build_service("shop", **({"whitelist": own} if own else {}))
    assert build(shop, router=router).apps[0].profile.allow == allowed


def test_an_app_without_its_own_settings_has_the_routers():
    router = {"defaultTimeout": "100s", "proxyBuffers.enabled": "true", "proxyBuffers.number": "16"}
    own = build_service("own", tcpTimeout="5s", connectTimeout="10", nginx_proxyBuffers_number="4")
    plain = build_service("plain")
    first, second = build(own, plain, router=router).apps
    assert (first.profile.tcp_timeout, first.profile.connect_timeout) == ("5s", "10")
    assert first.profile.proxy_buffers == ProxyBuffers(enabled=True, number=4)
    assert second.profile.tcp_timeout == "100s"
    assert second.profile.proxy_buffers == ProxyBuffers(enabled=True, number=16)


def test_letter_case_of_booleans_does_not_change_the_model():
    one = build(build_service("shop", maintenance="False", ssl_enforce="True"))
    assert one == build(build_service("shop", maintenance="false", ssl_enforce="true"))


def test_bad_annotations_concern_their_app_alone():
    model = build(
        build_service("bad", tcpTimeout="soon", nginx_proxyBuffers_size="1m"), build_service("good")
    )
    assert [app.profile.tcp_timeout for app in model.apps] == ["1300s", "1300s"]
    assert {left_out.owner for left_out in model.left_out} == {"bad"}
    assert len(model.left_out) == 2


def test_the_builder():
    builder = {
        "metadata": {"annotations": {f"{ROUTER}nginx.connectTimeout": "20s"}},
        "spec": {"clusterIP": "1.2.3.4"},
    }
    found = build(builder=builder).builder
    assert found
    assert (found.address, found.options) == ("1.2.3.4:2222", BuilderOptions(connect_timeout="20s"))
    assert build().builder is None
    assert get_reasons(build(builder={"metadata": {}, "spec": {"clusterIP": "None"}})) == [
        "the builder: its Service has no cluster IP."
    ]


def test_the_decoder_works_once_for_each_version():
    decoder = Decoder()
    shop = build_service("shop")
    shop["metadata"]["resourceVersion"] = "1"
    inputs = build_inputs(shop)
    first = decoder.decode(inputs.services, RouterOptions())[0]
    assert decoder.decode(inputs.services, RouterOptions())[0] is first
    shop["metadata"]["resourceVersion"] = "2"
    assert decoder.decode(inputs.services, RouterOptions())[0] is not first
    assert decoder.decode({}, RouterOptions()) == []


@given(st.dictionaries(st.sampled_from([field.key for field in FIELDS]), st.text()))
def test_no_annotation_of_an_app_is_an_error(annotations: dict[str, str]):
    service = build_service("shop")
    service["metadata"]["annotations"] |= {ROUTER + key: value for key, value in annotations.items()}
    decode_service(service, RouterOptions())
    build(service, build_service("other"))
