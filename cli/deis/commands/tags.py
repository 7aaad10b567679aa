"""``deis tags``: the nodes that an app may run on."""

from __future__ import annotations

from deis.api import Json, get_object
from deis.changes import change
from deis.controllers import build_path
from deis.errors import CliError
from deis.parameters import app_option, argument, wait_options
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_pairs

noun = Noun("tags", default="list", column=17)


@noun.verb("list", usage="[options]", about="list tags for an app", summary="Lists tags for an application.")
@app_option
@pass_session
def list_tags(session: Session, *, app: str | None) -> None:
    show_tags(session, session.find_app(app))


def show_tags(session: Session, app: str) -> None:
    tags = get_object(session.client.get(build_path("apps", app, "config")), "tags")
    session.console.answer({"app": app, "tags": tags})
    session.console.write(f"=== {app} Tags\n{render_pairs(tags, gap=5)}")


@noun.verb(
    "set",
    usage="[options] <key>=<value>...",
    about="set tags for an app",
    summary="Sets tags for an application.\n\n"
    "The application runs only on nodes that have all of its tags as labels.",
)
@argument("<key>=<value>", "a tag and its value, such as environ=prod", "pairs", nargs=-1, required=True)
@app_option
@wait_options
@pass_session
def set_tags(session: Session, pairs: tuple[str, ...], *, app: str | None) -> None:
    name = session.find_app(app)
    _apply_tags(session, name, dict(parse_tag(pair) for pair in pairs))


def parse_tag(pair: str) -> tuple[str, str]:
    if pair.count("=") != 1:
        raise CliError(
            f"{pair} is invalid, Must be in format key=value\nExamples: rack=1 evironment=production"
        )
    key, _, value = pair.partition("=")
    return key, value


def _apply_tags(session: Session, app: str, tags: Json) -> None:
    body = {"tags": tags}
    change(session, "POST", build_path("apps", app, "config"), body, said="Applying tags... ")
    session.console.print("done\n")
    show_tags(session, app)


@noun.verb(
    "unset",
    usage="[options] <key>...",
    about="unset tags for an app",
    summary="Unsets tags for an application.",
)
@argument("<key>", "a tag", "keys", nargs=-1, required=True)
@app_option
@wait_options
@pass_session
def unset_tags(session: Session, keys: tuple[str, ...], *, app: str | None) -> None:
    _apply_tags(session, session.find_app(app), dict.fromkeys(keys))
