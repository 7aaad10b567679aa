"""Slug tokens, key fingerprints, deploy hooks, app names, stored errors."""

import random

import pytest

from controller.errors import InvalidFields, NoMatch, Unprocessable, dump_error, load_error
from controller.services.appnames import generate_name, list_problems
from controller.services.deployhooks import build_headers, build_url
from controller.services.keys import compute_fingerprint
from controller.services.slugs import SlugTokens
from kit.errors import Conflict, InvalidInput, NotFound, Unavailable
from kit.settings import Secret

KEY = "home/shop:git-0123abcd/push/slug.tgz"


@pytest.fixture
def tokens():
    return SlugTokens(Secret("secret"), controller_url="http://c")


def test_a_token_names_one_object(tokens):
    url = tokens.build_url(KEY, app="shop")
    assert url.startswith("http://c/slugs/")
    assert tokens.parse(url.rpartition("/")[2]) == KEY


def test_nobody_else_can_make_one(tokens):
    token = tokens.sign(KEY)
    other = SlugTokens(Secret("other"), controller_url="http://c").sign(KEY)
    for wrong in (other, token[:-1], token + "x", "", ".", "é", f"{other.split('.')[0]}.", "a.b.c"):
        with pytest.raises(NotFound):
            tokens.parse(wrong)


@pytest.mark.parametrize(
    "key",
    [
        "home/shop2:git-0123abcd/push/slug.tgz",
        "home/shop:x/../other:git-0123abcd/push/slug.tgz",
        "home/shop:git-0123abcd/../../other:git-0123abcd/push/slug.tgz",
        "home/shop:git-0123abcd//push/slug.tgz",
        "home/shop:git-0123abcd/push/slug.tgz\n",
        "home/shop:git-0123abcd/tar",
        "home/shop/6b2f/repository.bundle",
        "home/sho:git",
        "other/shop:x",
        "shop",
        "",
    ],
)
def test_an_app_gets_its_own_slugs_only(tokens, key):
    with pytest.raises(InvalidInput):
        tokens.build_url(key, app="shop")


def test_fingerprints():
    assert compute_fingerprint("ssh-rsa AAAA x") == "69:3e:9a:f8:4d:3d:fc:c7:1e:64:0e:00:5b:dc:5e:2e"
    with pytest.raises(InvalidFields):
        compute_fingerprint("ssh-rsa foo_bar")


def test_deploy_hooks():
    parameters = {"user": "bob", "sha": "", "release_summary": "bob added HK", "release": "v33", "app": "cfg"}
    url = build_url("http://hook.io/p", parameters)
    assert url == "http://hook.io/p?app=cfg&release=v33&release_summary=bob+added+HK&sha=&user=bob"
    headers = build_headers(url, secret=Secret("s3"), version="2.3.0")
    assert headers["Authorization"] == "9e0f9c0f5968fc0694a93c32d0ee5f6ead49ab81"
    assert headers["User-Agent"].startswith("Deis Controller/2.3.0 CPython/")
    assert "Authorization" not in build_headers(url, secret=None, version="2.3.0")


def test_generated_names():
    source = random.Random(1)
    seen: set[str] = set()
    for _ in range(200):
        name = generate_name(source, is_taken=seen.__contains__)
        assert list_problems(name, reserved=frozenset()) == []
        adjective, noun = name.split("-")
        assert (len(adjective), len(noun)) == (6, 8)
        seen.add(name)
    assert len(seen) == 200


@pytest.mark.parametrize(
    "error",
    [InvalidFields({"id": ["x"]}), NoMatch("App"), Conflict("c"), Unprocessable("u"), Unavailable("a")],
)
def test_errors_survive_in_a_row(error):
    loaded = load_error(dump_error(error))
    assert (type(loaded), str(loaded)) == (type(error), str(error))
