"""``deis operations``: what is and was done to an app, and stopping it."""

from __future__ import annotations

import re
from typing import Any

from deis.api import Json, check_objects, get_array, get_object
from deis.changes import ACCEPTED, SUCCEEDED, UNDER_WAY, build_failure, describe_pod, follow, parse_body
from deis.controllers import build_path
from deis.errors import CliError
from deis.parameters import app_option, argument, limit_option, wait_options
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_columns, render_count

noun = Noun("operations", default="list", column=20)

_TITLES = ("UUID", "KIND", "STATE", "BY", "CREATED", "WHAT")
_FIELDS = ("uuid", "kind", "state", "phase", "requested_by", "cancelled_by", "created", "started", "finished")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_SHORT = 8
"""So much of a UUID is shown, and enough to name it."""
_KNOWN = 1000
"""Among so many of the newest a beginning is looked for."""
uuid_argument = argument(
    "<uuid>", "the operation, or how its UUID begins; without it, the newest", "uuid", required=False
)


@noun.verb(
    "list",
    usage="[options]",
    about="list what is and was done to an app",
    summary="Lists operations of an application, newest first.",
)
@app_option
@limit_option
@pass_session
def list_operations(session: Session, *, app: str | None, limit: int | None) -> None:
    name = session.find_app(app)
    page = session.client.list(build_path("apps", name, "operations"), session.find_limit(limit))
    session.console.answer(page.document)
    session.console.print(f"=== {name} Operations{render_count(len(page.results), page.total)}")
    rows = [build_row(operation) for operation in page.results]
    table = render_columns(_TITLES, rows, width=session.console.width, whole=("UUID", "CREATED"))
    session.console.write(table)


def build_row(operation: Json) -> list[str]:
    """The last column: why it failed, or what it is at."""
    what = get_object(operation, "error").get("detail")
    if operation.get("state") in UNDER_WAY:
        what = what or operation.get("message") or operation.get("phase")
    short = str(operation.get("uuid") or "")[:_SHORT]
    keys = ("kind", "state", "requested_by", "created")
    return [short, *(str(operation.get(key) or "") for key in keys), " ".join(str(what or "").split())]


@noun.verb(
    "info",
    usage="[<uuid>] [options]",
    about="view one operation: its steps and its pods",
    summary="Prints the steps of an operation, and why pods are not ready.",
)
@uuid_argument
@app_option
@pass_session
def info(session: Session, uuid: str | None, *, app: str | None) -> None:
    operation = find_operation(session, session.find_app(app), uuid)
    session.console.answer(operation)
    session.console.write(render_operation(operation))


def find_operation(session: Session, app: str, uuid: str | None) -> Json:
    """The one that is named, else the newest that somebody asked for: the platform has its own, too.

    Raises:
        CliError: there is none.
    """
    path = build_path("apps", app, "operations")
    if uuid and _UUID.fullmatch(uuid):
        return session.client.get(build_path("apps", app, "operations", uuid))
    known = session.client.list(path, _KNOWN).results
    if uuid:
        return pick_operation(known, uuid.rstrip("…"), app=app)
    if not known:
        raise CliError(f"{app} has no operations")
    return next((operation for operation in known if operation.get("requested_by")), known[0])


def pick_operation(known: list[Json], start: str, *, app: str) -> Json:
    """The one whose UUID begins so.

    Raises:
        CliError: none does, or more than one.
    """
    found = [
        operation for operation in known if start and str(operation.get("uuid")).startswith(start.lower())
    ]
    if not found:
        raise CliError(f"{app} has no operation {start}; 'deis operations -a {app}' lists them")
    if len(found) > 1:
        raise CliError(f"{len(found)} operations of {app} begin with {start}; give more of the UUID")
    return found[0]


def render_operation(operation: Json) -> str:
    lines = [f"=== {operation.get('app')} Operation"]
    lines += [f"{key + ':':<14}{operation[key]}" for key in _FIELDS if operation.get(key)]
    progress = get_object(operation, "progress")
    if progress:
        lines.append(f"{'pods ready:':<14}{progress.get('ready')} of {progress.get('wanted')}")
    if detail := get_object(operation, "error").get("detail"):
        lines.append(f"{'error:':<14}{detail}")
    lines += render_steps(check_objects(get_array(operation, "events")))
    for pod in check_objects(get_array(operation, "pods")):
        lines += describe_pod(pod, app=str(operation.get("app")))
    return "".join(f"{line}\n" for line in lines)


def render_steps(events: list[Json]) -> list[str]:
    if not events:
        return []
    rows = [
        f"{event.get('time', '')}  {event.get('message') or event.get('phase') or ''}".rstrip()
        for event in events
    ]
    return ["", "--- Steps", *rows]


@noun.verb(
    "cancel",
    usage="[<uuid>] [options]",
    about="stop an operation that is under way",
    summary="Stops an operation. What served before it serves on.",
)
@uuid_argument
@app_option
@pass_session
def cancel(session: Session, uuid: str | None, *, app: str | None) -> None:
    name = session.find_app(app)
    operation = find_operation(session, name, uuid)
    wanted = str(operation.get("uuid"))
    with session.console.progress(f"Cancelling {operation.get('kind')} {wanted}... "):
        answer = session.client.request("POST", build_path("apps", name, "operations", wanted, "cancel"))
    session.console.answer(parse_body(answer.text))
    session.console.print("it will stop soon" if answer.status == ACCEPTED else "done")


@noun.verb(
    "wait",
    usage="[<uuid>] [options]",
    about="wait for the end of an operation",
    summary="Waits for the end of an operation and tells how it goes.\n\n"
    "The exit code is that of the command that asked for it: 0 if it succeeds.",
)
@uuid_argument
@app_option
@wait_options
@pass_session
def wait(session: Session, uuid: str | None, *, app: str | None) -> None:
    name = session.find_app(app)
    operation = find_operation(session, name, uuid)
    with session.console.progress(
        f"Waiting for {operation.get('kind')} {operation.get('uuid')}... "
    ) as progress:
        if operation.get("state") in UNDER_WAY:
            follow(session, operation, progress)
        elif operation.get("state") != SUCCEEDED:
            raise build_failure(operation)
        ended: dict[str, Any] = find_operation(session, name, str(operation.get("uuid")))
    session.console.answer(ended)
    session.console.print(str(ended.get("state")))
