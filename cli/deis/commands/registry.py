"""``deis registry``: credentials for an app's private images."""

from __future__ import annotations

from deis.api import Json, get_object
from deis.changes import change
from deis.controllers import build_path
from deis.errors import CliError
from deis.parameters import app_option, argument, wait_options
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_pairs

noun = Noun("registry", default="list", column=21)


@noun.verb(
    "list",
    usage="[options]",
    about="list registry info for an app",
    summary="Lists registry information for an application.",
)
@app_option
@pass_session
def list_registry(session: Session, *, app: str | None) -> None:
    show_registry(session, session.find_app(app))


def show_registry(session: Session, app: str) -> None:
    registry = get_object(session.client.get(build_path("apps", app, "config")), "registry")
    session.console.answer({"app": app, "registry": registry})
    session.console.write(f"=== {app} Registry\n{render_pairs(registry, gap=5)}")


@noun.verb(
    "set",
    usage="[options] <key>=<value>...",
    about="set registry info for an app",
    summary="Sets registry information for an application. These credentials are the same as those used for\n"
    "logging in to the registry by hand.",
)
@argument("<key>=<value>", "username=… or password=…", "pairs", nargs=-1, required=True)
@app_option
@wait_options
@pass_session
def set_registry(session: Session, pairs: tuple[str, ...], *, app: str | None) -> None:
    name = session.find_app(app)
    _apply_registry(session, name, dict(parse_credential(pair) for pair in pairs))


def parse_credential(pair: str) -> tuple[str, str]:
    """Split at the first ``=``: a password may contain more."""
    key, equals, value = pair.partition("=")
    if not equals:
        raise CliError(
            f"{pair} is invalid. Must be in format key=value\nExamples: username=bob password=s3cur3pw1"
        )
    if key not in ("username", "password"):
        raise CliError(f'{key} is invalid. Valid keys are "username" or "password"')
    return key, value


def _apply_registry(session: Session, app: str, registry: Json) -> None:
    body = {"registry": registry}
    change(session, "POST", build_path("apps", app, "config"), body, said="Applying registry information... ")
    session.console.print("done\n")
    show_registry(session, app)


@noun.verb(
    "unset",
    usage="[options] <key>...",
    about="unset registry info for an app",
    summary="Unsets registry information for an application.",
)
@argument("<key>", "username or password", "keys", nargs=-1, required=True)
@app_option
@wait_options
@pass_session
def unset_registry(session: Session, keys: tuple[str, ...], *, app: str | None) -> None:
    _apply_registry(session, session.find_app(app), dict.fromkeys(keys))
