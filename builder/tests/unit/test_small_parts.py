"""Packet lines, fingerprints, keys of objects, selectors, Procfiles."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.apps import App
from builder.errors import ReceiveError
from builder.fingerprints import build_fingerprint
from builder.pktlines import build_pkt_line
from builder.procfiles import MalformedProcfile, parse_procfile
from builder.selectors import check_pull_policy, parse_node_selector
from builder.slugs import SlugKeys, app_prefixes, app_root, bundle_key, owner_of
from kit.names import AppName

UUID = "6b3f2c0e-7c1a-4c8e-9f53-2f1d1c0a5b77"
MYAPP = App(name=AppName("myapp"), uuid=UUID)
ED25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


def test_the_packet_line_of_a_busy_repository():
    assert build_pkt_line("ERR Another git push is ongoing\n") == b"0024ERR Another git push is ongoing\n"


@given(st.text(max_size=2000))
def test_a_packet_line_begins_with_its_length(text):
    line = build_pkt_line(text)
    assert int(line[:4], 16) == len(line)
    assert line[4:].decode() == text


def test_a_fingerprint_is_the_one_of_ssh_keygen():
    blob = base64.b64decode(ED25519)
    assert build_fingerprint(blob) == "65:96:2d:fc:e8:d5:a9:11:64:0c:0f:ea:00:6e:5b:bd"


def test_keys_of_a_build():
    keys = SlugKeys(MYAPP, "c3b4e4ba")
    assert keys.tar == "home/myapp:git-c3b4e4ba/tar"
    assert keys.push == "home/myapp:git-c3b4e4ba/push"
    assert keys.slug == "home/myapp:git-c3b4e4ba/push/slug.tgz"
    assert keys.procfile == "home/myapp:git-c3b4e4ba/push/Procfile"
    assert keys.cache == f"home/myapp/{UUID}/cache"
    assert keys.cache_archive == f"home/myapp/{UUID}/cache/cache.tgz"
    assert bundle_key(MYAPP) == f"home/myapp/{UUID}/repository.bundle"


def test_every_key_belongs_to_its_app_and_to_no_app_that_begins_like_it():
    keys = SlugKeys(MYAPP, "c3b4e4ba")
    for key in (keys.tar, keys.slug, keys.cache_archive, bundle_key(MYAPP)):
        assert owner_of(key) == "myapp"
        assert any(key.startswith(prefix) for prefix in app_prefixes("myapp"))
        assert not any(key.startswith(prefix) for prefix in app_prefixes("my"))
    assert owner_of("elsewhere/myapp/x") is None


def test_history_and_cache_of_an_app_are_not_those_of_an_earlier_one_of_its_name():
    earlier = App(name=AppName("myapp"), uuid="6b3f2c0e-7c1a-4c8e-9f53-2f1d1c0a5b78")
    for key in (SlugKeys(earlier, "c3b4e4ba").cache_archive, bundle_key(earlier)):
        assert owner_of(key) == "myapp"
        assert not key.startswith(app_root(MYAPP))


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        ("", {}),
        ("  ", {}),
        ("pool:worker", {"pool": "worker"}),
        ("pool:worker,network:fast", {"pool": "worker", "network": "fast"}),
        (" pool : worker , network: fast", {"pool": "worker", "network": "fast"}),
    ],
)
def test_node_selectors(text, selector):
    assert parse_node_selector(text) == selector


@pytest.mark.parametrize("text", ["invalidformat", "a:b:c", "a:b,", "a:b,c"])
def test_malformed_node_selectors(text):
    with pytest.raises(ReceiveError) as error:
        parse_node_selector(text)
    assert str(error.value) == (
        f"error build builder pod node selector Invalid BuilderPodNodeSelector value format: {text}"
    )


def test_pull_policies():
    for policy in ("Always", "IfNotPresent", "Never"):
        assert check_pull_policy(policy) == policy
    for policy in ("", "always", "Sometimes"):
        with pytest.raises(ReceiveError, match=f"^{policy} is an invalid pull policy$"):
            check_pull_policy(policy)


@pytest.mark.parametrize(
    ("content", "types"),
    [
        (b"web: example-go", {"web": "example-go"}),
        (b"web: ./a -p $PORT\nworker: b\n", {"web": "./a -p $PORT", "worker": "b"}),
        (b"web: 123", {"web": "123"}),
        (b"web: yes\nother: 1.50", {"web": "yes", "other": "1.50"}),
        (b"web:", {"web": ""}),
        (b"", {}),
        (b"# nothing\n", {}),
        (b"{}\n", {}),
    ],
)
def test_procfiles(content, types):
    assert parse_procfile(content) == types


@pytest.mark.parametrize(
    "content",
    [b"web= example-go", b"- web", b"web: {a: b}", b"web: a: b", b"web: [a]", b"\xff\xfe\xff", b"web: 'a"],
)
def test_malformed_procfiles(content):
    with pytest.raises(MalformedProcfile):
        parse_procfile(content)
