"""``deis releases``: the history of an app, and the way back."""

from __future__ import annotations

import re
from typing import Any

from deis.api import Json
from deis.changes import change
from deis.controllers import build_path
from deis.errors import CliError
from deis.parameters import app_option, argument, limit_option, parse_integer, wait_options
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_count, render_tabbed

noun = Noun("releases", default="list", column=21)


@noun.verb(
    "list",
    usage="[options]",
    about="list an application's release history",
    summary="Lists release history for an application.",
)
@app_option
@limit_option
@pass_session
def list_releases(session: Session, *, app: str | None, limit: int | None) -> None:
    name = session.find_app(app)
    page = session.client.list(build_path("apps", name, "releases"), session.find_limit(limit))
    session.console.answer(page.document)
    session.console.print(f"=== {name} Releases{render_count(len(page.results), page.total)}")
    rows = [[f"v{item['version']}", str(item["created"]), str(item["summary"])] for item in page.results]
    session.console.write(render_tabbed(rows))


@noun.verb(
    "info",
    usage="<version> [options]",
    about="print information about a specific release",
    summary="Prints info about a particular release.",
)
@argument(
    "<version>", "the release, such as v3", "version", callback=lambda _ctx, _param, text: parse_version(text)
)
@app_option
@pass_session
def info(session: Session, version: int, *, app: str | None) -> None:
    name = session.find_app(app)
    release = session.client.get(build_path("apps", name, "releases", f"v{version}"))
    session.console.answer(release)
    session.console.write(render_release(name, version, release))


def render_release(app: str, version: int, release: dict[str, Any]) -> str:
    """The fields in the old order; no line for a build that is not there."""
    lines = [f"=== {app} Release v{version}"]
    for key in ("build", "config", "owner", "created", "summary", "updated", "uuid"):
        value = release.get(key)
        if key != "build" or value:
            lines.append(f"{key + ':':<10}{'' if value is None else value}")
    return "".join(f"{line}\n" for line in lines)


@noun.verb(
    "rollback",
    usage="[<version>] [options]",
    about="return to a previous release",
    summary="Rolls back to a previous application release.",
)
@argument(
    "<version>",
    "the release to return to, such as v3; without it, the one before the current",
    "version",
    required=False,
    callback=lambda _ctx, _param, text: parse_version(text) if text else None,
)
@app_option
@wait_options
@pass_session
def rollback(session: Session, version: int | None, *, app: str | None) -> None:
    name = session.find_app(app)
    aim = "one release" if version is None else f"to v{version}"
    body: Json | None = None if version is None else {"version": version}
    path = build_path("apps", name, "releases", "rollback")
    answer = change(session, "POST", path, body, said=f"Rolling back {aim}... ")
    session.console.answer({"app": name, "version": answer.get("version")})
    session.console.print(f"done, v{answer.get('version', '')}")


def parse_version(text: str) -> int:
    """``v3`` or ``3``."""
    if text == "v":
        raise CliError(f"{text} is not in the form 'v#'")
    return parse_integer(re.sub(r"^v", "", text))
