"""Names of the controller on a command line, and what is kept of them."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deis.completion import ARGUMENT_VALUES, FILES, OPTION_VALUES, PROFILES
from deis.names import FRESH, JUST_ASKED, KINDS

APPS = "GET /v2/apps/"
Tab = Callable[..., list[str]]


@pytest.fixture
def tab(bob: Any, scripted: Any) -> Tab:
    """What may stand for the last word of a line."""
    scripted.answers[APPS] = build_page("id", "shop", "shed", "blog")

    def press(line: str, **env: str) -> list[str]:
        question = "".join(f"{word}\0" for word in line.split(" "))
        done = bob("completion", "zsh", "--ask", stdin=question, **env)
        assert (done.code, done.err) == (0, "")
        kind, *lines = done.out.splitlines()
        assert kind == "words"
        return [found.partition("\t")[0] for found in lines]

    return press


def build_page(key: str, *names: Any) -> dict[str, Any]:
    return {"count": len(names), "results": [{key: name} for name in names]}


def add_profile(bob: Any, name: str, *, username: str) -> None:
    """A settings file beside that of ``bob``, for the same controller."""
    directory = bob.home / ".deis"
    data = json.loads((directory / "client.json").read_text())
    (directory / f"{name}.json").write_text(json.dumps(data | {"username": username}))


def find_cache(bob: Any) -> Path:
    (path,) = (bob.home / ".cache/deis").iterdir()
    return Path(path)


def grow_old(bob: Any, seconds: float) -> None:
    path = find_cache(bob)
    data = json.loads(path.read_text())
    path.write_text(json.dumps({entry: [asked - seconds, names] for entry, (asked, names) in data.items()}))


def test_every_kind_of_name_is_known():
    told = {value for table in (OPTION_VALUES, ARGUMENT_VALUES) for value in table.values()}
    kinds = {value.partition("=")[0] for value in told if isinstance(value, str)}
    assert kinds - {FILES, PROFILES} <= set(KINDS)


@pytest.mark.parametrize(
    ("line", "path", "answer", "words"),
    [
        ("deis apps:info -a sh", "/v2/apps/", build_page("id", "shop", "shed", "blog"), ["shed", "shop"]),
        ("deis destroy --app=b", "/v2/apps/", build_page("id", "shop", "blog"), ["--app=blog"]),
        ("deis ps:scale -a a1 w", "/v2/apps/a1/", {"structure": {"web": 1, "cron": 0}}, ["web="]),
        ("deis ps:restart -a a1 ", "/v2/apps/a1/", {"structure": {"web": 1, "cron": 0}}, ["cron", "web"]),
        ("deis logs -a a1 --process=", "/v2/apps/a1/", {"structure": {"web": 1}}, ["--process=web"]),
        ("deis config:unset -a a1 ", "/v2/apps/a1/config/", {"values": {"B": 1, "A": 2}}, ["A", "B"]),
        ("deis config:set X=1 -a a1 ", "/v2/apps/a1/config/", {"values": {"A": 2}}, ["A="]),
        ("deis tags:unset -a a1 ", "/v2/apps/a1/config/", {"tags": {"disk": "ssd"}}, ["disk"]),
        ("deis labels:set -a a1 ", "/v2/apps/a1/settings/", {"label": {"team": "x"}}, ["team="]),
        (
            "deis whitelist:remove -a a1 ",
            "/v2/apps/a1/settings/",
            {"whitelist": ["10.0.0.0/8"]},
            ["10.0.0.0/8"],
        ),
        ("deis rollback -a a1 v1", "/v2/apps/a1/releases/", build_page("version", 2, 12), ["v12"]),
        ("deis domains:remove -a a1 ", "/v2/apps/a1/domains/", build_page("domain", "x.y"), ["x.y"]),
        ("deis certs:attach ", "/v2/certs/", build_page("name", "cert-1"), ["cert-1"]),
        ("deis keys:remove ", "/v2/keys/", build_page("id", "me@home"), ["me@home"]),
        ("deis perms:delete -a a1 ", "/v2/apps/a1/perms/", {"users": ["ann"]}, ["ann"]),
        ("deis operations:wait -a a1 ", "/v2/apps/a1/operations/", build_page("uuid", "u-1"), ["u-1"]),
    ],
)
def test_where_names_stand(tab, scripted, line, path, answer, words):
    scripted.answers[f"GET {path}"] = answer
    assert tab(line) == words
    assert scripted.list_requests() == [f"GET {path}?limit=1000"]


def test_the_app_is_that_of_the_directory(tab, bob, scripted):
    app = bob.directory.name.lower()
    scripted.answers[f"GET /v2/apps/{app}/"] = {"structure": {"web": 1}}
    assert tab("deis ps:restart ") == ["web"]


def test_names_are_asked_for_once_a_minute(tab, bob, scripted):
    assert tab("deis info -a sh") == tab("deis info -a sh") == ["shed", "shop"]
    assert tab("deis info -a b") == ["blog"]
    assert len(scripted.asked) == 1
    grow_old(bob, FRESH)
    assert tab("deis info -a b") == ["blog"]
    assert len(scripted.asked) == 2


def test_a_name_that_is_new_is_found(tab, bob, scripted):
    assert tab("deis info -a new") == []
    scripted.answers[APPS] = build_page("id", "newer")
    assert tab("deis info -a new") == []
    assert len(scripted.asked) == 1
    grow_old(bob, JUST_ASKED)
    assert tab("deis info -a new") == ["newer"]


def test_names_are_kept_for_their_user_only(tab, bob, scripted):
    assert tab("deis info -a sh") == ["shed", "shop"]
    assert stat.S_IMODE(find_cache(bob).stat().st_mode) == 0o600
    assert stat.S_IMODE(find_cache(bob).parent.stat().st_mode) == 0o700
    scripted.answers[APPS] = build_page("id", "shack")
    add_profile(bob, "other", username="ann")
    assert tab("deis info -c other -a sh") == ["shack"]
    assert tab("deis info -a sh") == ["shed", "shop"]
    assert tab("deis info -a sh", XDG_CACHE_HOME=str(bob.home / "elsewhere")) == ["shack"]


def test_a_controller_that_is_away_or_refuses_costs_no_name(tab, bob, scripted):
    assert tab("deis info -a b") == ["blog"]
    grow_old(bob, FRESH)
    scripted.answers[APPS] = (403, {"detail": "no"})
    assert tab("deis info -a b") == ["blog"]
    scripted.answers[APPS] = {"results": "none"}
    assert tab("deis info -a b") == ["blog"]


def test_nobody_waits_for_a_controller_that_is_slow(tab, bob, scripted):
    assert tab("deis info -a b") == ["blog"]
    grow_old(bob, FRESH)
    scripted.answers[APPS] = lambda _: time.sleep(30)  # noqa: TID251  # the slow one
    began = time.monotonic()
    assert tab("deis info -a b") == ["blog"]
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("content", ["", "[", "[]", '{"apps ": 1}', '{"apps ": [0]}', '{"apps ": ["x", []]}'])
def test_a_strange_file_counts_as_empty(tab, bob, scripted, content):
    tab("deis info -a b")
    find_cache(bob).write_text(content)
    assert tab("deis info -a b") == ["blog"]
    assert len(scripted.asked) == 2


def test_without_a_place_for_the_file_it_is_asked_for_each_time(tab, bob, scripted):
    (bob.home / ".cache").write_text("")
    assert tab("deis info -a b") == tab("deis info -a b") == ["blog"]
    assert len(scripted.asked) == 2


def test_names_that_no_line_can_have_are_not_offered(tab, scripted):
    scripted.answers[APPS] = build_page("id", "a\x1b[2J", "a\nb", "a\tb", "", None, 7, "a-b")
    assert tab("deis info -a ") == ["a-b"]


def test_who_is_not_logged_in_is_offered_nothing(deis):
    done = deis("completion", "zsh", "--ask", stdin="deis\0info\0-a\0\0")
    assert (done.code, done.out, done.err) == (0, "words\n", "")
    assert not (deis.home / ".cache").exists()


def test_settings_files(tab, bob, scripted):
    add_profile(bob, "staging", username="bob")
    assert tab("deis apps -c ") == ["client", "staging"]
    assert tab("deis apps --config=st") == ["--config=staging"]
    assert scripted.asked == []
