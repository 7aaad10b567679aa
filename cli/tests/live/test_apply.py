"""``deis apply``: the change that is shown is the one that is made, and made once."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator

import pytest

from .clustered import IMAGE, SERVER

IDLE = "trap 'exit 0' TERM; sleep 1000 & wait"
SERVED = {"image": IMAGE, "procfile": {"web": SERVER, "worker": IDLE}}

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def name(owner) -> Iterator[str]:
    """Of an app that is not there yet; it goes in the end."""
    name = f"ct-{uuid.uuid4().hex[:8]}"
    yield name
    done = owner("destroy", "-a", name, f"--confirm={name}", "--no-wait")
    assert done.code == 0 or "No App matches" in done.err, done.err


def write(owner, **sections):
    (owner.directory / "app.yaml").write_text(json.dumps(sections))  # JSON is YAML


def apply(owner, *options):
    done = owner("apply", "-f", "app.yaml", *options)
    assert (done.code, done.err) == (0, ""), done
    return done.out.replace("...\b\b\b", "")


def read(owner, command, app):
    done = owner(command, "-a", app, "-o", "json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_a_new_app_and_its_changes(owner, name):
    domain = f"www.{name}.example.com"
    first = {
        "app": name,
        **SERVED,
        "config": {"PORT": 5000, "MODE": "trial"},
        "memory": {"web": "128M"},
        "labels": {"team": "frontend"},
        "domains": [domain],
    }
    write(owner, **first)
    changes = (
        f"=== {name} Changes\n"
        f"+ app {name}: {name}\n"
        "+ config MODE: trial\n"
        "+ config PORT: 5000\n"
        "+ memory web: 128M\n"
        f"+ image: {IMAGE}\n"
        "+ labels team: frontend\n"
        f"+ domains {domain}: {domain}\n"
    )
    assert apply(owner, "--dry-run") == changes
    assert 'Error: "No App matches' in owner("info", "-a", name).err
    steps = ("app", "config", "image", "settings", f"domain {domain}")
    assert apply(owner) == changes + "\n" + "".join(f"Applying {step}... done\n" for step in steps)
    assert read(owner, "config:list", name)["values"] == {"MODE": "trial", "PORT": "5000"}
    assert [row["version"] for row in read(owner, "releases:list", name)["results"]] == [3, 2, 1]
    assert [(pod["type"], pod["release"]) for pod in read(owner, "ps:list", name)["results"]] == [
        ("web", "v3")
    ]
    unchanged(owner, name, releases=3)

    second = first | {
        "config": {"PORT": 5000, "MODE": "earnest"},
        "memory": {},
        "scale": {"worker": 1, "web": 2},
        "labels": {"team": "backend"},
        "domains": [],
        "maintenance": True,
    }
    write(owner, **second)
    changes = (
        f"=== {name} Changes\n"
        "~ config MODE: trial → earnest\n"
        "- memory web: 128M\n"
        "~ scale web: 1 → 2\n"
        "+ scale worker: 1\n"
        "~ labels team: frontend → backend\n"
        "~ maintenance: false → true\n"
        f"- domains {domain}: {domain}\n"
    )
    assert apply(owner, "--dry-run") == changes
    assert read(owner, "config:list", name)["values"]["MODE"] == "trial"
    steps = ("config", "scale", "settings", "switches", f"domain {domain}")
    assert apply(owner) == changes + "\n" + "".join(f"Applying {step}... done\n" for step in steps)
    assert read(owner, "config:list", name)["values"] == {"MODE": "earnest", "PORT": "5000"}
    assert read(owner, "limits:list", name)["memory"] == {}
    assert sorted(pod["type"] for pod in read(owner, "ps:list", name)["results"]) == ["web", "web", "worker"]
    assert read(owner, "labels:list", name)["labels"] == {"team": "backend"}
    assert [row["domain"] for row in read(owner, "domains:list", name)["results"]] == [name]
    assert read(owner, "maintenance:info", name)["maintenance"] is True
    unchanged(owner, name, releases=4)


def unchanged(owner, name, *, releases):
    """Applied again, the same file changes nothing, and makes no release."""
    nothing = f"=== {name} Changes\nNone: it is as it should be.\n"
    assert apply(owner) == nothing
    assert apply(owner, "--dry-run") == nothing
    assert read(owner, "releases:list", name)["count"] == releases


def test_a_change_that_fails_says_so_and_what_was_before_it_stays(owner, app):
    write(owner, config={"PORT": 5000}, image=IMAGE, procfile={"web": "echo broken; exit 3"}, users=["admin"])
    done = owner("apply", "-f", "app.yaml", "-a", app)
    assert done.code == 1
    assert "Process type web crashes: exit code 3" in done.err
    assert read(owner, "config:list", app)["values"] == {"PORT": "5000"}
    assert read(owner, "perms:list", app)["users"] == []
    changes = f"=== {app} Changes\n+ image: {IMAGE}\n+ users admin: admin\n"
    assert apply(owner, "-a", app, "--dry-run") == changes  # what never ran is not there
    write(owner, config={"PORT": 5000}, **SERVED, users=["admin"])
    assert apply(owner, "-a", app).endswith("Applying image... done\nApplying user admin... done\n")
    assert read(owner, "perms:list", app)["users"] == ["admin"]


def test_who_waits_who_does_not_and_who_waits_for_a_while(owner, app):
    a = ("-a", app)
    assert owner("config:set", "PORT=5000", *a).code == 0
    never = json.dumps({"web": "sleep 999"})
    late = owner("builds:create", IMAGE, "-p", never, *a, "--deadline=1")
    assert (late.code, late.out) == (124, "Creating build... ...\b\b\b")
    (going,) = [row for row in read(owner, "operations:list", app)["results"] if row["state"] == "running"]
    assert f"the deadline is over; the operation goes on: deis operations:info {going['uuid']}" in late.err
    queued = owner("config:set", "A=1", *a, "--no-wait")
    assert queued.code == 0, queued.err
    (accepted,) = re.findall(
        r"accepted, 'deis operations:info (\S+) -a \S+' tells how it goes\n$", queued.out
    )
    assert owner("operations:cancel", going["uuid"], *a).code == 0
    waited = owner("operations:wait", accepted, *a)
    assert (waited.code, waited.out) == (0, f"Waiting for config {accepted}... ...\b\b\bsucceeded\n")
    assert read(owner, "config:list", app)["values"] == {"PORT": "5000", "A": "1"}
    done = owner("builds:create", IMAGE, "-p", json.dumps({"web": SERVER}), *a, "--wait", "--deadline=40")
    assert (done.code, done.out) == (0, "Creating build... ...\b\b\bdone\n"), done
    assert [pod["state"] for pod in read(owner, "ps:list", app)["results"]] == ["up"]
