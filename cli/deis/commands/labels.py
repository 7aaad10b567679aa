"""``deis labels``: words that describe an app."""

from __future__ import annotations

from deis.api import Json, get_object
from deis.controllers import build_path
from deis.errors import CliError
from deis.parameters import app_option, argument
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_pairs

noun = Noun("labels", default="list", column=14)


@noun.verb(
    "list",
    usage="[options]",
    about="list application's labels",
    summary="Prints a list of labels of the application.",
)
@app_option
@pass_session
def list_labels(session: Session, *, app: str | None) -> None:
    session.console.answer(show_labels(session, session.find_app(app)))


def show_labels(session: Session, app: str) -> Json:
    labels = get_object(session.client.get(build_path("apps", app, "settings")), "label")
    session.console.print(f"=== {app} Label")
    if labels:
        session.console.write(render_pairs({f"{key}:": value for key, value in labels.items()}, gap=6))
    else:
        session.console.print("No labels found.")
    return {"app": app, "labels": labels}


@noun.verb(
    "set",
    usage="[options] <key>=<value>...",
    about="add new application's label",
    summary="Sets labels for an application.",
)
@argument("<key>=<value>", "a label and its value, such as team=frontend", "pairs", nargs=-1, required=True)
@app_option
@pass_session
def set_labels(session: Session, pairs: tuple[str, ...], *, app: str | None) -> None:
    name = session.find_app(app)
    labels = dict(parse_label(pair) for pair in pairs)
    with session.console.progress(f"Applying labels on {name}... "):
        settings = session.client.post(build_path("apps", name, "settings"), {"label": labels})
    session.console.answer({"app": name, "labels": settings.get("label") or {}})
    session.console.print("done")


def parse_label(pair: str) -> tuple[str, str]:
    key, _, value = pair.partition("=")
    if not key or not value or "=" in value:
        raise CliError(
            f"{pair} is invalid, Must be in format key=value\n"
            "Examples: git_repo=https://github.com/deis/workflow team=frontend"
        )
    return key, value


@noun.verb(
    "unset",
    usage="[options] <key>...",
    about="remove application's label",
    summary="Unsets labels for an application.",
)
@argument("<key>", "a label", "keys", nargs=-1, required=True)
@app_option
@pass_session
def unset_labels(session: Session, keys: tuple[str, ...], *, app: str | None) -> None:
    name = session.find_app(app)
    with session.console.progress(f"Removing labels on {name}... "):
        settings = session.client.post(build_path("apps", name, "settings"), {"label": dict.fromkeys(keys)})
    session.console.answer({"app": name, "labels": settings.get("label") or {}})
    session.console.print("done")
