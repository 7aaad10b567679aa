"""``--output``: every command of the program against its published schema, on a real cluster."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deis.argv import SHORTCUTS
from deis.dispatch import load_noun
from deis.helptexts import NOUNS

from .clustered import IMAGE, SERVER
from .conftest import PASSWORD, ROOT

SCHEMAS: dict[str, Any] = yaml.safe_load((ROOT / "docs/cli/schemas.yaml").read_text(encoding="utf-8"))
SILENT = {"apps:attach", "completion"}
"""The one is a terminal to its end, and prints nothing of its own; the other prints a script."""
COMMANDS = {str(name) for noun in NOUNS for name in load_noun(noun).commands} - SILENT
pytestmark = pytest.mark.timeout(480)


class Walker:
    """Runs commands, and holds what they print to their schemas."""

    def __init__(self, program: Any) -> None:
        self.program = program
        self.walked: set[str] = set()

    def __call__(self, command: str, *words: str, form: str = "json", **given: str) -> Any:
        done = self.program(command, *words, f"--output={form}", **given)
        assert done.code == 0, (command, done)
        name = SHORTCUTS.get(command, command)
        self.walked.add(name)
        if name == "apps:logs":
            lines = [json.loads(line) for line in done.out.splitlines()]
            for line in lines:
                check(name, line)
            return lines
        data = yaml.safe_load(done.out) if form == "yaml" else json.loads(done.out)
        check(name, data)
        return data


def check(name: str, document: Any) -> None:
    schema = {**SCHEMAS["commands"][name], "$schema": SCHEMAS["$schema"], "$defs": SCHEMAS["$defs"]}
    jsonschema.Draft202012Validator(schema).validate(document)


def test_every_command_has_a_schema():
    assert set(SCHEMAS["commands"]) == COMMANDS
    for schema in SCHEMAS["commands"].values():
        jsonschema.Draft202012Validator.check_schema(schema | {"$defs": SCHEMAS["$defs"]})


def test_every_command_prints_what_its_schema_says(
    platform, owner, app, logger, new_program, platform_admin, tmp_path
):
    walk = Walker(owner)
    walk_accounts(walk, platform, new_program)
    walk_settings(walk, app)
    walk_processes(walk, app, logger)
    walk_routing(walk, app, tmp_path)
    walk_directory(walk, app)
    walk_permissions(walk, app, platform_admin)
    assert COMMANDS - walk.walked == set()


def walk_accounts(walk: Walker, platform: str, new_program: Any) -> None:
    other = new_program("other")
    name = f"other-{uuid.uuid4().hex[:8]}"
    theirs = Walker(other)
    credentials = (f"--username={name}", f"--password={PASSWORD}")
    assert (
        theirs("register", platform, *credentials, "--email=o@example.com", "--login=false")["settings"]
        is None
    )
    assert theirs("login", platform, *credentials)["settings"] == f"{other.home}/.deis/client.json"
    assert theirs("whoami")["username"] == name
    assert theirs("whoami", "--all")["is_active"] is True
    assert theirs("auth:regenerate") == {"username": name, "all": False}
    assert theirs("passwd", f"--password={PASSWORD}", "--new-password=another-1") == {"username": name}
    key = Path(other.directory) / "id.pub"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key.with_suffix("")), "-C", "me"],
        check=True,
    )
    assert theirs("keys:add", "laptop", "id.pub")["id"] == "laptop"
    assert theirs("keys:list")["count"] == 1
    assert theirs("keys:remove", "laptop") == {"id": "laptop"}
    assert theirs("auth:cancel", f"--username={name}", "--yes") == {"username": name, "cancelled": True}
    assert theirs("logout")["settings"]
    walk.walked |= theirs.walked


def walk_settings(walk: Walker, app: str) -> None:
    a = ("-a", app)
    assert walk("config:set", "PORT=5000", "B=x y", *a)["values"] == {"PORT": "5000", "B": "x y"}
    assert walk("config:list", *a, form="yaml") == walk("config:list", *a)
    assert walk("config:unset", "B", *a)["values"] == {"PORT": "5000"}
    assert walk("config:pull", *a)["values"] == {"PORT": "5000"}
    assert walk("config:edit", *a, EDITOR="true")["values"] == {"PORT": "5000"}
    assert walk("config:push", *a, stdin="C=1\n")["values"] == {"PORT": "5000", "C": "1"}
    assert walk("limits:set", "web=64M", *a)["memory"] == {"web": "64M"}
    assert walk("limits:unset", "web", *a)["memory"] == {}
    walk("limits:list", *a)
    assert walk("tags:set", "kubernetes.io/os=linux", *a)["tags"] == {"kubernetes.io/os": "linux"}
    walk("tags:list", *a)
    walk("tags:unset", "kubernetes.io/os", *a)
    walk("registry:set", "username=bob", "password=s3cret", *a)
    walk("registry:list", *a)
    walk("registry:unset", "username", "password", *a)
    walk("timeouts:set", "web=5", *a)
    walk("timeouts:list", *a)
    walk("timeouts:unset", "web", *a)
    walk("labels:set", "team=frontend", *a)
    assert walk("labels:list", *a) == {"app": app, "labels": {"team": "frontend"}}
    walk("labels:unset", "team", *a)
    walk("healthchecks:set", "liveness", "tcpSocket", "5000", "--type=web", *a)
    walk("healthchecks:list", *a)
    walk("healthchecks:unset", "liveness", "--type=web", *a)
    walk("autoscale:list", *a)


def walk_processes(walk: Walker, app: str, logger: Any) -> None:
    a = ("-a", app)
    built = walk("builds:create", IMAGE, "-p", json.dumps({"web": SERVER}), *a)
    assert walk("builds:list", *a)["results"][0]["uuid"] == built["build"]
    version = walk("releases:list", *a)["results"][0]["version"]
    assert walk("releases:info", f"v{version}", *a)["version"] == version
    assert walk("ps:scale", "web=1", *a)["results"][0]["state"] == "up"
    assert walk("ps:list", *a)["count"] == 1
    assert walk("top", "web", *a)["results"][0]["memory_limit"] is None
    assert walk("ps:restart", "web", *a)["count"] == 1
    assert walk("run", "echo hi", *a)["output"] == "hi\n"
    run = begin_run(walk.program, app)
    assert [found["name"] for found in walk("apps:runs", *a)["results"]] == [run]
    assert walk("apps:stop", *a) == {"app": app, "name": run}
    failed = walk.program("run", "exit 3", *a, "--output=json")
    assert (failed.code, json.loads(failed.out)["exit_code"], failed.err) == (3, 3, "")
    assert walk("rollback", f"v{version}", *a)["version"] > version
    walk("autoscale:set", "web", "--min=1", "--max=2", "--cpu-percent=50", *a)
    walk("autoscale:unset", "web", *a)
    walk_operations(walk, app)
    logger.send(app, "hello")
    assert walk("logs", *a)[-1]["text"] == "hello"


def begin_run(program: Any, app: str) -> str:
    """An interactive run that waits for its first client."""
    settings = json.loads((program.home / ".deis/client.json").read_text())
    headers = {"Authorization": f"token {settings['token']}", "Content-Type": "application/json"}
    body = json.dumps({"command": "sleep 60", "interactive": True}).encode()
    url = f"{settings['controller']}/v2/apps/{app}/run"
    request = urllib.request.Request(url, data=body, method="POST", headers=headers)
    with urllib.request.urlopen(request, timeout=50) as answer:
        return str(json.load(answer)["name"])


def walk_operations(walk: Walker, app: str) -> None:
    """One that never gets ready is stopped."""
    a = ("-a", app)
    done = walk.program(
        "builds:create", IMAGE, "-p", json.dumps({"web": "sleep 999"}), *a, "--no-wait", "-o", "json"
    )
    begun = json.loads(done.out)
    jsonschema.Draft202012Validator({"$ref": "#/$defs/accepted", "$defs": SCHEMAS["$defs"]}).validate(begun)
    assert walk("operations:info", begun["uuid"], *a)["kind"] == "build"
    assert walk("operations:cancel", begun["uuid"], *a)["state"] == "cancelled"
    done = walk.program("config:set", "D=1", *a, "--no-wait", "--output=json")
    assert walk("operations:wait", json.loads(done.out)["uuid"], *a)["state"] == "succeeded"
    assert "config" in [found["kind"] for found in walk("operations:list", *a)["results"]]
    assert walk("audit:list", *a)["results"]


def walk_routing(walk: Walker, app: str, tmp_path: Path) -> None:
    a = ("-a", app)
    domain = f"{app}.example.com"
    assert walk("domains:add", domain, *a)["domain"] == domain
    assert walk("domains:list", *a)["count"] == 2
    make_certificate(tmp_path, domain)
    walk("certs:add", app, str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"))
    walk("certs:attach", app, domain)
    walk("certs:list")
    assert walk("certs:info", app)["domains"] == [domain]
    walk("certs:detach", app, domain)
    walk("certs:remove", app)
    walk("domains:remove", domain, *a)
    for command in ("maintenance:on", "maintenance:info", "maintenance:off"):
        walk(command, *a)
    for command in ("routing:disable", "routing:info", "routing:enable"):
        walk(command, *a)
    for command in ("tls:enable", "tls:info", "tls:disable"):
        walk(command, *a)
    walk("whitelist:add", "0.0.0.0/0", *a)
    walk("whitelist:list", *a)
    walk("whitelist:remove", "0.0.0.0/0", *a)
    walk("services:add", "--type", "web", "--route", "/api", *a)
    walk("services:list", *a)
    walk("services:remove", "web", *a)


def make_certificate(directory: Path, name: str) -> None:
    files = ("-keyout", str(directory / "key.pem"), "-out", str(directory / "cert.pem"))
    kind = ("-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}")
    subprocess.run(("openssl", "req", *kind, *files), check=True, capture_output=True)


def walk_directory(walk: Walker, app: str) -> None:
    a = ("-a", app)
    walk("apps:list")
    assert walk("info", *a)["processes"]
    walk("shortcuts:list")
    (Path(walk.program.directory) / "app.yaml").write_text(
        "labels: {team: backend}\nusers: []\nscale: {web: 1}\n"
    )
    assert [found["key"] for found in walk("apply", "-f", "app.yaml", *a)["changes"]] == ["team"]
    assert walk("apply", "-f", "app.yaml", *a)["changes"] == []
    assert walk("doctor", *a)["healthy"] is True
    walk("version")
    assert walk("version", "--all")["controller_api"] == "2.3"
    subprocess.run(["git", "init", "-q"], cwd=walk.program.directory, check=True)
    assert walk("git:remote", *a)["remote"] == "deis"
    assert walk("git:remove", *a)["remotes"] == ["deis"]
    walk("open", *a, PATH=f"{make_browser(walk.program.home)}{os.pathsep}{walk.program.env['PATH']}")


def make_browser(directory: Path) -> Path:
    """A directory with a browser in it that shows nothing."""
    programs = directory / "programs"
    programs.mkdir()
    (programs / "xdg-open").write_text("#!/bin/sh\n")
    (programs / "xdg-open").chmod(0o755)
    return programs


def walk_permissions(walk: Walker, app: str, admin: Any) -> None:
    theirs = Walker(admin)
    owner = theirs("users:list")["results"][-1]["username"]
    assert theirs("perms:list", "--admin")["app"] is None
    assert walk("perms:create", "admin", "-a", app)["username"] == "admin"
    assert walk("perms:list", "-a", app) == {"app": app, "users": ["admin"]}
    walk("perms:delete", "admin", "-a", app)
    assert owner
    name = f"ct-{uuid.uuid4().hex[:8]}"
    assert theirs("create", name, "--no-remote")["git_remote"] is None
    assert theirs("apps:transfer", "admin", "-a", name) == {"app": name, "owner": "admin"}
    assert theirs("destroy", "-a", name, f"--confirm={name}") == {"app": name}
    walk.walked |= theirs.walked
