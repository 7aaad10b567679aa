"""``deis autoscale``: how many processes of a type run is left to the load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deis.api import Json, get_object
from deis.controllers import build_path
from deis.parameters import app_option, argument, option, parse_number
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import format_value

noun = Noun("autoscale", default="list", column=17)


@noun.verb(
    "list",
    usage="[options]",
    about="list autoscale options of an application",
    summary="Prints a list of autoscale options for the application.",
)
@app_option
@pass_session
def list_autoscale(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    rules = get_object(session.client.get(build_path("apps", name, "settings")), "autoscale")
    session.console.answer({"app": name, "autoscale": rules})
    session.console.write(f"=== {name} Autoscale\n\n{render_rules(rules)}")


def render_rules(rules: Mapping[str, Any]) -> str:
    if not rules:
        return "No autoscale rules found.\n"
    return "\n".join(_render_rule(kind, get_object(rules, kind)) for kind in sorted(rules))


def _render_rule(kind: str, rule: Mapping[str, Any]) -> str:
    least, most, percent = (format_value(rule.get(key, 0)) for key in ("min", "max", "cpu_percent"))
    return f"--- {kind}:\nMin Replicas: {least}\nMax Replicas: {most}\nCPU: {percent}%\n"


@noun.verb(
    "set",
    usage="<process-type> --min=<min> --max=<max> --cpu-percent=<percent> [options]",
    about="turn on autoscale for an app",
    summary="Set autoscale option per process type for an app.",
)
@argument("<process-type>", "a process type such as web", "kind")
@option("--min=<min>", "fewest processes", "least", must_be_given=True)
@option("--max=<max>", "most processes", "most", must_be_given=True)
@option(
    "--cpu-percent=<percent>", "CPU use of a process at which more are started", "percent", must_be_given=True
)
@app_option
@pass_session
def set_autoscale(
    session: Session, kind: str, *, least: str | None, most: str | None, percent: str | None, app: str | None
) -> None:
    rule = {"min": parse_number(least), "max": parse_number(most), "cpu_percent": parse_number(percent)}
    name = session.find_app(app)
    _apply_rule(
        session, name, {kind: rule}, f"Applying autoscale settings for process type {kind} on {name}... "
    )


def _apply_rule(session: Session, app: str, rules: Json, progress: str) -> None:
    with session.console.progress(progress):
        settings = session.client.post(build_path("apps", app, "settings"), {"autoscale": rules})
    session.console.answer({"app": app, "autoscale": settings.get("autoscale") or {}})
    session.console.print("done")


@noun.verb(
    "unset",
    usage="<process-type> [options]",
    about="turn off autoscale for an app",
    summary="Unset autoscale per process type for an app.",
)
@argument("<process-type>", "a process type such as web", "kind")
@app_option
@pass_session
def unset_autoscale(session: Session, kind: str, *, app: str | None) -> None:
    name = session.find_app(app)
    _apply_rule(session, name, {kind: None}, f"Removing autoscale for process type {kind} on {name}... ")
