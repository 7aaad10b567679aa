"""A whole app as a file: what is read, what is to change, what is asked for."""

from __future__ import annotations

import json

import pytest

from deis.errors import CliError
from deis.wanted import Change, build_maps, is_within, parse_wanted, plan_list, plan_map

FILE = """
app: a1
config: {PORT: 5000, DEBUG: false, NAME: "x y"}
memory: {web: 1G}
healthchecks: {web: {livenessProbe: {tcpSocket: {port: 5000}}}}
labels: {team: frontend}
maintenance: true
tls: true
image: registry.example.com/shop:v1
procfile: {web: ./serve}
scale: {web: 2}
domains: [www.example.com]
users: [alice]
whitelist: [10.0.0.0/8]
services: {api: /api}
"""
CONFIG = {
    "values": {"PORT": "5000", "NAME": "x", "OLD": "1"},
    "healthcheck": {"web": {"livenessProbe": {"tcpSocket": {"port": 5000}, "timeoutSeconds": 50}}},
    "memory": {},
}
DIFFERENCE = """\
=== a1 Changes
+ config DEBUG: false
~ config NAME: x → x y
- config OLD: 1
+ memory web: 1G
+ image: registry.example.com/shop:v1
+ scale web: 2
+ labels team: frontend
~ maintenance: false → true
~ tls: false → true
- whitelist 1.1.1.1: 1.1.1.1
+ domains www.example.com: www.example.com
- domains old.example.com: old.example.com
- users bob: bob
+ services api: /api
"""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- a", "must be a YAML mapping"),
        ("a: [", "yaml: "),
        ("confg: {}", "unknown section confg; there are app, autoscale, config"),
        ("config: [A]", "config must be a mapping"),
        ("config: {A: [1]}", "A of config must be a text"),
        ("scale: {web: -1}", "scale must be numbers"),
        ("scale: {web: true}", "scale must be numbers"),
        ("domains: x", "domains must be a list"),
        ("domains: [[x]]", "domains must be a list of texts"),
        ("tls: 1", "tls must be true or false"),
        ("image: [1]", "image must be a text"),
        ("config: {A: }", 'A of config is empty: write A: "" for an empty text, or leave it out'),
        ("config: {A: 1}\nscale: {web: 1}\nconfig: {B: 1}", "line 3: config is given twice"),
        ("config:\n  A: 1\n  A: 2", "line 3: A is given twice"),
        ("healthchecks: {web: {livenessProbe: {a: 1, a: 2}}}", "line 1: a is given twice"),
        ("autoscale: {web: 2026-02-31}", "yaml: day is out of range"),
        ("config: &c {A: *c}", "A of config must be a text"),
    ],
)
def test_what_is_no_wanted_state(text: str, reason: str) -> None:
    with pytest.raises(CliError) as caught:
        parse_wanted(text)
    assert reason in str(caught.value)


def test_texts_are_taken_as_they_are_written() -> None:
    assert parse_wanted("app: 007\nimage: 1.10") == {"app": "007", "image": "1.10"}
    config = {
        "NO": "no",
        "on": "ON",
        "MODE": "0755",
        "V": "1.10",
        "AT": "12:30:00",
        "DAY": "2026-11-26",
        "BIG": "1_000",
        "Q": "null",
        "E": "",
    }
    lines = "".join(f"  {key}: {value}\n" for key, value in config.items() if key not in "QE")
    assert parse_wanted(f"config:\n{lines}  Q: 'null'\n  E: ''\n") == {"config": config}
    assert parse_wanted("timeouts:\nlabels: {1: 2}\ndomains: [1.10, no]") == {
        "timeouts": {},
        "labels": {"1": "2"},
        "domains": ["1.10", "no"],
    }
    assert parse_wanted("healthchecks: {web: {port: 80, on: yes}}\nmaintenance: on") == {
        "healthchecks": {"web": {"port": 80, "on": True}},
        "maintenance": True,
    }


def test_anchors_and_merges_work() -> None:
    text = "procfile: &all {web: a, no: b}\nconfig: {<<: *all, web: c}"
    assert parse_wanted(text) == {"procfile": {"web": "a", "no": "b"}, "config": {"web": "c", "no": "b"}}


def test_plans() -> None:
    now = {"A": "1", "B": "2"}
    assert plan_map("config", now, {"A": "1", "B": "3"}) == [Change("config", "B", "2", "3")]
    changes = [*plan_map("config", now, {"C": "4"}), Change("memory", "web", None, "1G")]
    assert build_maps(changes, {"config": "values", "memory": "memory"}) == {
        "values": {"C": "4", "A": None, "B": None},
        "memory": {"web": "1G"},
    }
    assert plan_list("users", ["a", "b"], ["b", "c"]) == [
        Change("users", "c", None, "c"),
        Change("users", "a", "a", None),
    ]
    assert Change("config", "KEY", None, "a\nb").render() == r'+ config KEY: "a\nb"'
    assert Change("autoscale", "web", None, {"min": 1}).render() == '+ autoscale web: {"min": 1}'
    assert Change("registry", "password", "x", "y").render() == "~ registry password: ****** → ******"


def test_defaults_that_the_controller_adds_are_no_difference() -> None:
    assert is_within({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}})
    assert not is_within({"a": {"b": 1}}, {"a": {"c": 2}})
    assert is_within("30", 30)
    assert not is_within("", None)


@pytest.fixture
def existing(bob, scripted):
    app = "/v2/apps/a1"
    scripted.answers |= {
        f"GET {app}/": {"id": "a1", "structure": {"web": 1}},
        f"GET {app}/config/": CONFIG,
        f"GET {app}/settings/": {"label": {}, "maintenance": False},
        f"GET {app}/builds/": {"count": 0, "results": []},
        f"GET {app}/releases/": {"count": 0, "results": []},
        f"GET {app}/tls/": {"https_enforced": None},
        f"GET {app}/whitelist/": {"addresses": ["10.0.0.0/8", "1.1.1.1"]},
        f"GET {app}/domains/": {"count": 2, "results": [{"domain": "a1"}, {"domain": "old.example.com"}]},
        f"GET {app}/perms/": {"users": ["alice", "bob"]},
        f"GET {app}/services/": {"services": []},
    }
    (bob.directory / "app.yaml").write_text(FILE)
    return scripted


def test_a_dry_run_shows_the_exact_change_and_makes_none(bob, existing):
    existing.answers["GET /v2/apps/a1/"] = {"id": "a1", "structure": {}}
    assert bob("apply", "-f", "app.yaml", "--dry-run") == (0, DIFFERENCE, "")
    assert {asked.method for asked in existing.asked} == {"GET"}
    document = json.loads(bob("apply", "-f", "app.yaml", "--dry-run", "-o", "json").out)
    assert (document["applied"], len(document["changes"])) == (False, DIFFERENCE.count("\n") - 1)


def test_what_belongs_together_is_one_request(bob, existing):
    existing.anything = (200, {})
    done = bob("apply", "--file=app.yaml")
    assert done.code == 0, done.err
    assert "~ scale web: 1 → 2\n" in done.out
    made = [(asked.method, asked.path, asked.body) for asked in existing.asked if asked.method != "GET"]
    config = {"values": {"DEBUG": "false", "NAME": "x y", "OLD": None}, "memory": {"web": "1G"}}
    image = {"image": "registry.example.com/shop:v1", "procfile": {"web": "./serve"}}
    assert made == [
        ("POST", "/v2/apps/a1/config/", config),
        ("POST", "/v2/apps/a1/builds/", image),
        ("POST", "/v2/apps/a1/scale/", {"web": 2}),
        ("POST", "/v2/apps/a1/settings/", {"label": {"team": "frontend"}}),
        ("POST", "/v2/apps/a1/settings/", {"maintenance": True}),
        ("POST", "/v2/apps/a1/tls/", {"https_enforced": True}),
        ("DELETE", "/v2/apps/a1/whitelist/", {"addresses": ["1.1.1.1"]}),
        ("POST", "/v2/apps/a1/domains/", {"domain": "www.example.com"}),
        ("DELETE", "/v2/apps/a1/domains/old.example.com", None),
        ("DELETE", "/v2/apps/a1/perms/bob", None),
        ("POST", "/v2/apps/a1/services/", {"procfile_type": "api", "path_pattern": "/api"}),
    ]


def test_an_app_as_it_should_be_and_one_that_is_not_there(bob, existing):
    done = bob(
        "apply",
        "-f",
        "-",
        stdin="app: a1\nscale: {web: 1}\nmaintenance: false\nwhitelist: [1.1.1.1, 10.0.0.0/8]",
    )
    assert done.out == "=== a1 Changes\nNone: it is as it should be.\n"
    existing.anything = (404, '"No App matches the given query."')
    done = bob("apply", "-f", "-", "--dry-run", stdin="app: new\nconfig: {A: 1}\nrouting: true\ntls: false")
    assert done.out == "=== new Changes\n+ app new: new\n+ config A: 1\n"
    assert bob("apply").err == "Usage: deis apply --file=<file> [options]\n"
    assert bob("apply", "-f", "no.yaml").err == "Error: open no.yaml: no such file or directory\n"
    assert "procfile needs an image" in bob("apply", "-f", "-", stdin="app: a1\nprocfile: {web: x}").err


def test_what_serves_is_compared_not_what_failed(bob, existing):
    """The newest build never ran: asked for again, it is tried again."""
    old, new = ({"uuid": name, "image": name, "procfile": {"web": "serve"}} for name in ("old", "new"))
    existing.answers |= {
        "GET /v2/apps/a1/builds/": {"count": 2, "results": [new, old]},
        "GET /v2/apps/a1/releases/": {
            "count": 2,
            "results": [
                {"version": 3, "build": "new", "failed": True},
                {"version": 2, "build": "old", "failed": False},
            ],
        },
    }
    (bob.directory / "app.yaml").write_text("image: new\n")
    assert (
        bob("apply", "-a", "a1", "-f", "app.yaml", "--dry-run").out == "=== a1 Changes\n~ image: old → new\n"
    )
    (bob.directory / "app.yaml").write_text("image: old\n")
    assert bob("apply", "-a", "a1", "-f", "app.yaml").out == "=== a1 Changes\nNone: it is as it should be.\n"
    (bob.directory / "app.yaml").write_text("scale: {wbe: 2, web: 1}\n")
    done = bob("apply", "-a", "a1", "-f", "app.yaml", "--dry-run")
    assert (done.code, done.err) == (1, "Error: scale: no process type wbe; there are web\n")
