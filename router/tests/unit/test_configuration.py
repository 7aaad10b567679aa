"""What the text is; what it does is in tests/live."""

from __future__ import annotations

import re
from dataclasses import replace

from router.configuration import GENERATION, render_config
from router.directives import block, quote, table_key
from router.locations import Profiles
from router.maps import replace_variables
from router.model import App, Builder, CustomName, Profile, RouterModel
from router.options import BuilderOptions, General, Gzip, Hsts, ProxyBuffers, RouterOptions, Ssl
from router.place import Place

PLAIN = Profile(connect_timeout="30s", tcp_timeout="1300s", proxy_buffers=ProxyBuffers())
SLOW = replace(PLAIN, connect_timeout="10", tcp_timeout="1200")


def build_app(name: str, *custom: CustomName, profile: Profile = PLAIN) -> App:
    return App(
        route=name,
        name=name,
        namespace=name,
        service=name,
        address="10.0.0.1:80",
        platform_names=(name,),
        custom_names=custom,
        profile=profile,
    )


def render(*apps: App, **model: object) -> str:
    return render_config(RouterModel(apps=apps, **model), place=Place()).text  # type: ignore[arg-type]


def get_block(text: str, head: str) -> list[str]:
    """Return the lines of the first block with that head."""
    match = re.search(rf"^( *){re.escape(head)} \{{\n(.*?)^\1\}}", text, re.MULTILINE | re.DOTALL)
    assert match, head
    return [line.strip() for line in match[2].splitlines()]


def test_lines():
    assert block("a b", "c;", "", ["d;", ""], block("e", "f;")) == [
        "a b {",
        "    c;",
        "    d;",
        "    e {",
        "        f;",
        "    }",
        "}",
    ]
    assert quote(r'a "b" \c') == r'"a \"b\" \\c"'
    assert [table_key(key) for key in ("default", "include", "shop")] == ["\\default", "\\include", "shop"]


def test_no_app_at_all_is_a_configuration():
    text = render()
    assert get_block(text, "map $route $backend") == ['default "";']
    assert "load_module" not in text
    assert "stream {" not in text
    assert GENERATION not in text


def test_the_generation_is_the_text():
    one = render_config(RouterModel(), place=Place())
    two = render_config(RouterModel(apps=(build_app("a"),)), place=Place())
    assert one.generation in one.text
    assert one.generation != two.generation
    assert render_config(RouterModel(), place=Place()) == one


def test_ordinary_apps_are_entries_of_tables():
    text = render(build_app("a", CustomName("www.a.com")), build_app("default"))
    assert get_block(text, "map $route $backend")[1:] == ['a "10.0.0.1:80";', '\\default "10.0.0.1:80";']
    assert get_block(text, "map $first_label $platform_route")[1:] == ['a "a";', '\\default "default";']
    assert get_block(text, "map $host $custom_route")[2:] == ['www.a.com "a";']
    assert get_block(text, "map $route $elsewhere") == ['default "";', '"" "$unknown";']
    assert text.count("server {") == 3


def test_equal_settings_share_a_location():
    apps = [build_app(f"app{number}", profile=SLOW) for number in range(5)]
    maintained = build_app("down", profile=replace(SLOW, maintenance=True))
    secure = build_app("secure", profile=replace(PLAIN, enforce_https=True))
    text = render(*apps, maintained, secure)
    elsewhere = get_block(text, "map $route $elsewhere")
    assert elsewhere[2:7] == [f'app{number} "@profile_1";' for number in range(5)]
    assert elsewhere[7:] == ['down "@maintenance";', 'secure "$enforce_https";']
    assert text.count("location @profile_") == 1
    assert "proxy_read_timeout 1200;" in get_block(text, "location @profile_1")


def test_whitelists_are_in_the_profile():
    text = render(
        build_app("a", profile=replace(PLAIN, allow=("1.2.3.4",))),
        build_app("b", profile=replace(PLAIN, allow=())),
    )
    assert get_block(text, "location @profile_1")[:2] == ["allow 1.2.3.4;", "deny all;"]
    assert get_block(text, "location @profile_2")[0] == "deny all;"
    assert "deny all;" not in get_block(text, "location /")


def test_https_everywhere_is_the_default_of_the_table():
    options = RouterOptions(ssl=Ssl(enforce=True))
    profiles = Profiles([SLOW], options)
    assert profiles.choose(PLAIN) == "$enforce_https"
    text = render(build_app("a"), build_app("b", profile=SLOW), options=options)
    assert get_block(text, "map $route $elsewhere") == [
        'default "$enforce_https";',
        '"" "$unknown";',
        'b "@profile_1";',
    ]
    assert "error_page 418 = @redirect;" in get_block(text, "location @profile_1")


def test_hsts():
    hsts = Hsts(enabled=True, max_age=1234, include_sub_domains=True, preload=True)
    text = render(options=RouterOptions(hsts=hsts))
    assert get_block(text, "map $access_scheme $sts")[1:] == [
        'https "max-age=1234; includeSubDomains; preload";'
    ]
    assert "$sts" not in render()


def test_options_of_the_http_level():
    general = General(
        worker_processes="3",
        body_size="0",
        disable_server_tokens=True,
        error_log_level="info",
        http2_enabled=False,
    )
    text = render(options=RouterOptions(general=general, gzip=Gzip(enabled=False)))
    lines = [line.strip() for line in text.splitlines()]
    assert {
        "worker_processes 3;",
        "client_max_body_size 0;",
        "server_tokens off;",
        "error_log stderr info;",
    } <= set(lines)
    assert "gzip" not in text
    assert "http2" not in text
    default = render()
    assert "server_tokens" not in default
    assert "worker_processes 2;" in default
    assert "http2 on;" in default


def test_the_proxy_protocol_is_on_every_port_but_health():
    builder = Builder(address="1.2.3.4:2222", options=BuilderOptions())
    text = render(options=RouterOptions(general=General(use_proxy_protocol=True)), builder=builder)
    listens = re.findall(r"listen (.*);", text)
    assert listens == [
        "0.0.0.0:8080 default_server proxy_protocol",
        "0.0.0.0:6443 default_server ssl proxy_protocol",
        "0.0.0.0:9090 default_server",
        "0.0.0.0:2222 proxy_protocol",
    ]
    assert "real_ip_header proxy_protocol;" in text


def test_the_builder_is_a_stream():
    options = BuilderOptions(connect_timeout="20s")
    text = render(builder=Builder(address="1.2.3.4:2222", options=options))
    assert text.startswith("load_module ")
    assert get_block(text, "stream") == [
        "server {",
        "listen 0.0.0.0:2222;",
        "proxy_connect_timeout 20s;",
        "proxy_timeout 1200s;",
        "proxy_pass 1.2.3.4:2222;",
        "}",
    ]


def test_certificates_go_by_variable_and_the_platforms_is_static():
    text = render(
        build_app("a", CustomName("www.a.com", "d1"), CustomName("plain.com")), platform_certificate="d0"
    )
    assert get_block(text, "map $ssl_server_name $certificate")[2:] == ['www.a.com "d1";']
    assert get_block(text, "map $host $tls_route")[2:] == ['www.a.com "a";']
    assert "ssl_certificate /tmp/router/certificates/d0.pem;" in text
    assert "ssl_certificate /tmp/router/certificates/$certificate.pem;" in text
    assert re.findall(r"server_name ([^_]\S*);", text) == ["www.a.com"]


def test_log_formats_name_the_server_as_if_each_app_had_one():
    text = '$server_name ${server_name} $server_namex $upstream_addr "$app_name"'
    assert replace_variables(text, {"upstream_addr": "-"}) == (
        '$shown_server_name $shown_server_name $server_namex - "$app_name"'
    )
    quoted = render(options=RouterOptions(general=General(log_format="it's $app_name")))
    assert 'log_format upstreaminfo "it\'s $app_name";' in quoted
