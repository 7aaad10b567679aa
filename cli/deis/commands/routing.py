"""``deis routing``: whether the router leads anybody to an app."""

from __future__ import annotations

from deis.controllers import build_path
from deis.parameters import app_option
from deis.program import Noun, pass_session
from deis.session import Session

noun = Noun("routing", default="info", column=19)


@noun.verb(
    "info",
    usage="[options]",
    about="view routability of an application",
    summary="Prints info about the current application's routability.",
)
@app_option
@pass_session
def info(session: Session, *, app: str | None) -> None:
    """An app whose settings do not say is routed."""
    name = session.find_app(app)
    settings = session.client.get(build_path("apps", name, "settings"))
    session.console.answer({"app": name, "routable": settings.get("routable") is not False})
    session.console.print(f"Routing is {'disabled' if settings.get('routable') is False else 'enabled'}.")


@noun.verb(
    "enable",
    usage="[options]",
    about="enable routing for an app",
    summary="Enables routability for an app.",
)
@app_option
@pass_session
def enable(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    with session.console.progress(f"Enabling routing for {name}... "):
        session.client.post(build_path("apps", name, "settings"), {"routable": True})
    session.console.answer({"app": name, "routable": True})
    session.console.print("done")


@noun.verb(
    "disable",
    usage="[options]",
    about="disable routing for an app",
    summary="Disables routability for an app.",
)
@app_option
@pass_session
def disable(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    with session.console.progress(f"Disabling routing for {name}... "):
        session.client.post(build_path("apps", name, "settings"), {"routable": False})
    session.console.answer({"app": name, "routable": False})
    session.console.print("done")
