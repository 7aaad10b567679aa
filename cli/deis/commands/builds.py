"""``deis builds``: what an app is made from."""

from __future__ import annotations

import os

from deis.api import Json
from deis.changes import change
from deis.controllers import build_path
from deis.files import read_text
from deis.parameters import app_option, argument, limit_option, option, wait_options
from deis.procfiles import parse_procfile
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_count

noun = Noun("builds", default="list", column=19)

PROCFILE = "Procfile"


@noun.verb(
    "list",
    usage="[options]",
    about="list build history for an application",
    summary="Lists build history for an application.",
)
@app_option
@limit_option
@pass_session
def list_builds(session: Session, *, app: str | None, limit: int | None) -> None:
    name = session.find_app(app)
    page = session.client.list(build_path("apps", name, "builds"), session.find_limit(limit))
    session.console.answer(page.document)
    session.console.print(f"=== {name} Builds{render_count(len(page.results), page.total)}")
    for build in page.results:
        session.console.print(f"{build['uuid']} {build['created']}")


@noun.verb(
    "create",
    usage="<image> [options]",
    about="imports an image and deploys as a new release",
    summary="Creates a new build of an application. Imports an <image> and deploys it to Deis\n"
    "as a new release.",
)
@argument("<image>", "a container image such as registry.example.com/shop:v1", "image")
@app_option
@option("-p --procfile=<procfile>", "a YAML text that names process types and their commands")
@wait_options
@pass_session
def create(session: Session, image: str, *, app: str | None, procfile: str | None) -> None:
    name = session.find_app(app)
    body: Json = {"image": image}
    if processes := find_procfile(procfile):
        body["procfile"] = processes
    build = change(session, "POST", build_path("apps", name, "builds"), body, said="Creating build... ")
    session.console.answer({"app": name, "build": build.get("uuid") or build.get("build"), "image": image})
    session.console.print("done")


def find_procfile(text: str | None) -> dict[str, str]:
    """The process types of the option, else of this directory's Procfile, else none."""
    if text:
        return parse_procfile(text)
    return parse_procfile(read_text(PROCFILE)) if os.path.exists(PROCFILE) else {}
