"""``deis maintenance``: whether an app shows its maintenance page."""

from __future__ import annotations

from deis.controllers import build_path
from deis.parameters import app_option
from deis.program import Noun, pass_session
from deis.session import Session

noun = Noun("maintenance", default="info", column=19)


@noun.verb(
    "info",
    usage="[options]",
    about="view maintenance mode of an application",
    summary="Prints info about the current application's maintenance state.",
)
@app_option
@pass_session
def info(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    settings = session.client.get(build_path("apps", name, "settings"))
    session.console.answer({"app": name, "maintenance": bool(settings.get("maintenance"))})
    session.console.print(f"Maintenance mode is {'on' if settings.get('maintenance') else 'off'}.")


@noun.verb(
    "on",
    usage="[options]",
    about="turn on maintenance for an app",
    summary="Enables maintenance mode for an app.",
)
@app_option
@pass_session
def turn_on(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    with session.console.progress(f"Enabling maintenance mode for {name}... "):
        session.client.post(build_path("apps", name, "settings"), {"maintenance": True})
    session.console.answer({"app": name, "maintenance": True})
    session.console.print("done")


@noun.verb(
    "off",
    usage="[options]",
    about="turn off maintenance for an app",
    summary="Disables maintenance mode for an app.",
)
@app_option
@pass_session
def turn_off(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    with session.console.progress(f"Disabling maintenance mode for {name}... "):
        session.client.post(build_path("apps", name, "settings"), {"maintenance": False})
    session.console.answer({"app": name, "maintenance": False})
    session.console.print("done")
