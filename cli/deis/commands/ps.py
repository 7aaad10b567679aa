"""``deis ps``: the processes of an app."""

from __future__ import annotations

import re
import time
from typing import Any

from deis.api import Json, check_objects, get_array
from deis.changes import change
from deis.controllers import build_path
from deis.errors import CliError, PodNotFound
from deis.parameters import app_option, argument, wait_options
from deis.program import Noun, pass_session
from deis.session import Session

noun = Noun("ps", default="list", column=15, label="processes")

LIST_LIMIT = 1000
_TARGET = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)=([0-9]+)")


@noun.verb(
    "list",
    usage="[options]",
    about="list application processes",
    summary="Lists processes servicing an application.",
)
@app_option
@pass_session
def list_processes(session: Session, *, app: str | None) -> None:
    session.console.answer(show_processes(session, session.find_app(app), limit=LIST_LIMIT))


def show_processes(session: Session, app: str, *, limit: int) -> Json:
    page = session.client.list(build_path("apps", app, "pods"), limit)
    session.console.write(render_processes(app, page.results))
    return page.document


def render_processes(app: str, pods: list[dict[str, Any]]) -> str:
    """Process types by name, and below each its pods by name."""
    lines = [f"=== {app} Processes"]
    for kind in sorted({str(pod["type"]) for pod in pods}):
        lines.append(f"--- {kind}:")
        of_kind = sorted((pod for pod in pods if str(pod["type"]) == kind), key=lambda pod: str(pod["name"]))
        lines += [f"{pod['name']} {pod['state']} ({pod['release']})" for pod in of_kind]
    return "".join(f"{line}\n" for line in lines)


@noun.verb(
    "restart",
    usage="[<type>] [options]",
    about="restart an application or its process types",
    summary="Restart an application, a process type or a specific process.",
)
@argument("<type>", "a process type such as web, or the name of one process", "target", required=False)
@app_option
@wait_options
@pass_session
def restart(session: Session, target: str | None, *, app: str | None) -> None:
    name, console = session.find_app(app), session.console
    kind, pod = split_target(name, target) if target else ("", "")
    segments = [segment for segment in (kind, pod) if segment]
    console.print(f"Restarting processes... but first, {session.settings.drink}!")
    started = time.monotonic()
    try:
        path = build_path("apps", name, "pods", *segments, "restart")
        answer = change(session, "POST", path, said="", array="pods")
    except PodNotFound as error:
        raise CliError(f"Could not find process type {kind} in app {name}") from error
    pods = check_objects(get_array(answer, "pods"))
    console.answer({"count": len(pods), "results": pods})
    if not pods:
        console.print("Could not find any processes to restart")
        return
    console.print(f"done in {int(time.monotonic() - started)}s")
    console.write(render_processes(name, pods))


def split_target(app: str, target: str) -> tuple[str, str]:
    """Process type and pod of what the user named; a word without a hyphen is a type.

    A pod's name is the app, the type and two random parts, or without the app; old ones
    have the release before the type.
    """
    if "-" not in target:
        return target, ""
    rest = target.replace(f"{app}-", "", 1)
    parts = rest.split("-")
    if re.search(r"[a-z0-9]{8,10}-[a-z0-9]{5}$", rest) or len(parts) == 2:
        return parts[0], target
    return parts[1] if len(parts) > 1 else parts[0], target


@noun.verb(
    "scale",
    usage="<type>=<num>... [options]",
    about="scale processes (e.g. web=4 worker=2)",
    summary="Scales an application's processes by type.",
)
@argument(
    "<type>=<num>",
    "a process type and how many of it to run, such as web=3",
    "targets",
    nargs=-1,
    required=True,
)
@app_option
@wait_options
@pass_session
def scale(session: Session, targets: tuple[str, ...], *, app: str | None) -> None:
    name, console = session.find_app(app), session.console
    counts = parse_targets(targets)
    console.print(f"Scaling processes... but first, {session.settings.drink}!")
    started = time.monotonic()
    change(session, "POST", build_path("apps", name, "scale"), counts, said="")
    console.print(f"done in {int(time.monotonic() - started)}s")
    console.answer(show_processes(session, name, limit=session.profile.limit))


def parse_targets(targets: tuple[str, ...]) -> dict[str, int]:
    """``web=3 worker=1``; the last one of a type counts."""
    counts: dict[str, int] = {}
    for target in targets:
        match = _TARGET.fullmatch(target)
        if match is None:
            raise CliError(f"'{target}' does not match the pattern 'type=num', ex: web=2\n")
        counts[match.group(1)] = int(match.group(2))
    return counts
