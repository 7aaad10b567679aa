"""``deis tls``: whether an app is reached by https only."""

from __future__ import annotations

from deis.controllers import build_path
from deis.parameters import app_option
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import format_value

noun = Noun("tls", default="info", column=22)


@noun.verb(
    "info",
    usage="[options]",
    about="view info about an application's TLS settings",
    summary="Prints info about the current application's TLS settings.",
)
@app_option
@pass_session
def info(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    enforced = session.client.get(build_path("apps", name, "tls")).get("https_enforced")
    session.console.answer({"app": name, "https_enforced": enforced})
    session.console.print(f"=== {name} TLS")
    session.console.print(f"HTTPS Enforced: {'not set' if enforced is None else format_value(enforced)}")


@noun.verb(
    "enable",
    usage="[options]",
    about="enables the router to enforce https-only requests to an application",
    summary="Enable the router to enforce https-only requests to the current application.",
)
@app_option
@pass_session
def enable(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    with session.console.progress(f"Enabling https-only requests for {name}... "):
        session.client.post(build_path("apps", name, "tls"), {"https_enforced": True})
    session.console.answer({"app": name, "https_enforced": True})
    session.console.print("done")


@noun.verb(
    "disable",
    usage="[options]",
    about="disables the router to enforce https-only requests to an application",
    summary="Disable the router from enforcing https-only requests to the current application.",
)
@app_option
@pass_session
def disable(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    with session.console.progress(f"Disabling https-only requests for {name}... "):
        session.client.post(build_path("apps", name, "tls"), {"https_enforced": False})
    session.console.answer({"app": name, "https_enforced": False})
    session.console.print("done")
