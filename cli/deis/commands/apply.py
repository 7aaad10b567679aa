"""``deis apply``: an app brought to the state that a file describes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from deis.api import Json, check_objects, get_array, get_object
from deis.changes import change
from deis.controllers import build_path
from deis.errors import ApiError, CliError
from deis.files import read_text
from deis.parameters import app_option, option
from deis.program import Command, Noun, pass_session
from deis.session import Session
from deis.wanted import (
    CONFIG_MAPS,
    SETTING_MAPS,
    SWITCHES,
    Change,
    build_maps,
    is_within,
    parse_wanted,
    plan_list,
    plan_map,
)

noun = Noun("apply", default=None, column=0)

MISSING = 404
MANY = 1000


@noun.command(
    "apply",
    cls=Command,
    usage="--file=<file> [options]",
    summary="Brings an application to the state that a YAML file describes: config, limits, image, scale, domains\n"
    "and all else. Sections that the file does not have are left alone.",
    short_help="",
)
@option("-f --file=<file>", "the file; - is standard input", must_be_given=True)
@option("--dry-run", "show the changes and make none")
@app_option
@pass_session
def apply(session: Session, *, file: str, dry_run: bool, app: str | None) -> None:
    wanted = parse_wanted(sys.stdin.read() if file == "-" else read_text(file))
    name = session.find_app(app or wanted.get("app"))
    changes = plan(session, name, wanted)
    session.console.answer(
        {"app": name, "applied": not dry_run, "changes": [found._asdict() for found in changes]}
    )
    session.console.print(f"=== {name} Changes")
    for found in changes:
        session.console.print(found.render())
    if not changes:
        session.console.print("None: it is as it should be.")
    if dry_run or not changes:
        return
    session.console.print()
    carry_out(session, name, wanted, changes)


def plan(session: Session, app: str, wanted: Json) -> list[Change]:
    """What differs, in the order in which it is changed."""
    try:
        details = session.client.get(build_path("apps", app))
    except ApiError as error:
        if error.status != MISSING:
            raise
        return [Change("app", app, None, app), *plan_sections(_Nothing(), app, wanted, structure={})]
    return plan_sections(_Existing(session, app), app, wanted, structure=get_object(details, "structure"))


class _Existing:
    """What the controller knows of the app, asked when it is needed."""

    def __init__(self, session: Session, app: str) -> None:
        self._session = session
        self._app = app

    def get(self, part: str) -> Json:
        return self._session.client.get(build_path("apps", self._app, part))

    def list(self, part: str, limit: int = MANY) -> list[Json]:
        return self._session.client.list(build_path("apps", self._app, part), limit).results


class _Nothing:
    """The same of an app that is not there yet."""

    def get(self, _: str) -> Json:
        return {}

    def list(self, _: str, __: int = MANY) -> list[Json]:
        return []


def plan_sections(now: _Existing | _Nothing, app: str, wanted: Json, *, structure: Json) -> list[Change]:
    changes: list[Change] = []
    for names, part in ((CONFIG_MAPS, "config"), (SETTING_MAPS, "settings")):
        given = [section for section in names if section in wanted]
        known = now.get(part) if given else {}
        for section in given:
            changes += plan_map(section, get_object(known, names[section]), wanted[section])
        if part == "config":
            serving = find_serving_build(now) if {"image", "procfile", "scale"} & wanted.keys() else {}
            changes += plan_build(serving, wanted) + plan_scale(structure, serving, wanted)
    changes += plan_switches(now, wanted)
    if "whitelist" in wanted:
        changes += plan_list("whitelist", get_array(now.get("whitelist"), "addresses"), wanted["whitelist"])
    if "domains" in wanted:
        domains = [str(row["domain"]) for row in now.list("domains") if row["domain"] != app]
        changes += plan_list("domains", domains, [name for name in wanted["domains"] if name != app])
    if "users" in wanted:
        changes += plan_list("users", get_array(now.get("perms"), "users"), wanted["users"])
    if "services" in wanted:
        rows = check_objects(get_array(now.get("services"), "services"))
        known = {str(row["procfile_type"]): row["path_pattern"] for row in rows}
        changes += plan_map("services", known, wanted["services"])
    return changes


def find_serving_build(now: _Existing | _Nothing) -> Json:
    """That of the newest release that has not failed: a build that never ran is not what the app is. {}: none."""
    good: Json = next((release for release in now.list("releases") if not release.get("failed")), {})
    return next((build for build in now.list("builds") if build.get("uuid") == good.get("build")), {})


def plan_build(serving: Json, wanted: Json) -> list[Change]:
    """A new build if the one that serves has another image or other processes."""
    if "image" not in wanted:
        if "procfile" in wanted:
            raise CliError("procfile needs an image: what is pushed has a Procfile of its own")
        return []
    image, procfile = wanted["image"], wanted.get("procfile")
    same = serving.get("image") == image and (procfile is None or serving.get("procfile") == procfile)
    return [] if same else [Change("image", "", serving.get("image"), image)]


def plan_scale(structure: Json, serving: Json, wanted: Json) -> list[Change]:
    """Process types that the file does not name keep their number."""
    counts = wanted.get("scale") or {}
    kinds = wanted.get("procfile") or ("image" not in wanted and serving.get("procfile")) or counts
    if strange := sorted(counts.keys() - kinds):
        raise CliError(f"scale: no process type {', '.join(strange)}; there are {', '.join(sorted(kinds))}")
    return [
        Change("scale", kind, structure.get(kind), count)
        for kind, count in sorted(counts.items())
        if structure.get(kind) != count
    ]


def plan_switches(now: _Existing | _Nothing, wanted: Json) -> list[Change]:
    changes = []
    given = [section for section in SWITCHES if section in wanted]
    settings = now.get("settings") if given else {}
    for section in given:
        before = settings.get(SWITCHES[section], section == "routing")
        if not is_within(wanted[section], before):
            changes.append(Change(section, "", before, wanted[section]))
    if "tls" in wanted:
        enforced = bool(now.get("tls").get("https_enforced"))
        if enforced != wanted["tls"]:
            changes.append(Change("tls", "", enforced, wanted["tls"]))
    return changes


def carry_out(session: Session, app: str, wanted: Json, changes: list[Change]) -> None:
    """One request for what belongs together. What fails leaves what was done before: apply again."""

    def select(*sections: str) -> list[Change]:
        return [found for found in changes if found.section in sections]

    def send(method: str, path: tuple[str, ...], body: Json | None, what: str, *, slash: bool = True) -> None:
        change(session, method, build_path("apps", *path, slash=slash), body, said=f"Applying {what}... ")
        session.console.print("done")

    if select("app"):
        send("POST", (), {"id": app}, "app")
    if config := select(*CONFIG_MAPS):
        send("POST", (app, "config"), build_maps(config, CONFIG_MAPS), "config")
    if select("image"):
        body = {
            "image": wanted["image"],
            **({"procfile": wanted["procfile"]} if wanted.get("procfile") else {}),
        }
        send("POST", (app, "builds"), body, "image")
    if scale := select("scale"):
        send("POST", (app, "scale"), {found.key: found.after for found in scale}, "scale")
    if settings := select(*SETTING_MAPS):
        send("POST", (app, "settings"), build_maps(settings, SETTING_MAPS), "settings")
    if switches := select(*SWITCHES):
        send(
            "POST",
            (app, "settings"),
            {SWITCHES[found.section]: found.after for found in switches},
            "switches",
        )
    if tls := select("tls"):
        send("POST", (app, "tls"), {"https_enforced": tls[0].after}, "tls")
    _carry_out_lists(app, select, send)


def _carry_out_lists(app: str, select: Callable[..., list[Change]], send: Callable[..., Any]) -> None:
    whitelist = select("whitelist")
    if added := [found.key for found in whitelist if found.after]:
        send("POST", (app, "whitelist"), {"addresses": added}, "whitelist")
    if removed := [found.key for found in whitelist if not found.after]:
        send("DELETE", (app, "whitelist"), {"addresses": removed}, "whitelist")
    for found in select("domains"):
        if found.after:
            send("POST", (app, "domains"), {"domain": found.key}, f"domain {found.key}")
        else:
            send("DELETE", (app, "domains", found.key), None, f"domain {found.key}", slash=False)
    for found in select("users"):
        if found.after:
            send("POST", (app, "perms"), {"username": found.key}, f"user {found.key}")
        else:
            send("DELETE", (app, "perms", found.key), None, f"user {found.key}", slash=False)
    for found in select("services"):
        body = {"procfile_type": found.key}
        if found.after:
            send("POST", (app, "services"), {**body, "path_pattern": found.after}, f"service {found.key}")
        else:
            send("DELETE", (app, "services"), body, f"service {found.key}")
