"""``deis limits``: memory and CPU of an app's processes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from deis.api import Json, get_object
from deis.changes import change
from deis.controllers import build_path
from deis.errors import CliError
from deis.parameters import app_option, argument, option, wait_options
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_pairs

noun = Noun("limits", default="list", column=19)

_LIMIT = re.compile(
    r"([a-z0-9]+(?:-[a-z0-9]+)*)="
    r"(([0-9]+[bkmgBKMG]{1,2}|[0-9.]{1,5}|[0-9.]{1,5}m?)"
    r"(/([0-9]+[bkmgBKMG]{1,2}|[0-9.]{1,5}|[0-9.]{1,5}m?}))?)"
)
"""The stray ``}`` is part of what scripts can rely on: it refuses ``1/0.5m``."""


@noun.verb(
    "list",
    usage="[options]",
    about="list resource limits for an app",
    summary="Lists resource limits for an application.",
)
@app_option
@pass_session
def list_limits(session: Session, *, app: str | None) -> None:
    show_limits(session, session.find_app(app))


def show_limits(session: Session, app: str) -> None:
    config = session.client.get(build_path("apps", app, "config"))
    limits = {kind: config.get(kind) or {} for kind in ("memory", "cpu")}
    session.console.answer({"app": app, **limits})
    session.console.write(render_limits(app, config))


def render_limits(app: str, config: Mapping[str, Any]) -> str:
    memory, cpu = (
        render_pairs(get_object(config, kind), gap=5) or "Unlimited\n" for kind in ("memory", "cpu")
    )
    return f"=== {app} Limits\n\n--- Memory\n{memory}\n--- CPU\n{cpu}"


@noun.verb(
    "set",
    usage="[options] <type>=<value>...",
    about="set resource limits for an app",
    summary="Sets resource requests and limits for an application.\n\n"
    "A value is a limit, such as 512M, 2G or 500m, or a request and a limit, such as 256M/1G.",
)
@argument("<type>=<value>", "a process type and its limit, such as web=1G", "pairs", nargs=-1, required=True)
@app_option
@option("--cpu", "limit CPU instead of memory")
@option("-m --memory", "limit memory, as without an option", expose_value=False)
@wait_options
@pass_session
def set_limits(session: Session, pairs: tuple[str, ...], *, app: str | None, cpu: bool) -> None:
    name = session.find_app(app)
    _apply_limits(session, name, dict(parse_limit(pair) for pair in pairs), cpu=cpu)


def parse_limit(pair: str) -> tuple[str, str]:
    match = _LIMIT.fullmatch(pair)
    if match is None:
        raise CliError(
            f"{pair} doesn't fit format type=#unit or type=# or type=#/#\n"
            "Examples: web=2G worker=500M db=1G/2G"
        )
    return match.group(1), match.group(2)


def _apply_limits(session: Session, app: str, limits: Json, *, cpu: bool) -> None:
    body = {"cpu" if cpu else "memory": limits}
    change(session, "POST", build_path("apps", app, "config"), body, said="Applying limits... ")
    session.console.print("done\n")
    show_limits(session, app)


@noun.verb(
    "unset",
    usage="[options] [--memory | --cpu] <type>...",
    about="unset resource limits for an app",
    summary="Unsets resource limits for an application.",
    exclusive=[("--memory", "--cpu")],
)
@argument("<type>", "a process type", "kinds", nargs=-1, required=True)
@app_option
@option("--cpu", "lift the CPU limit instead of the memory limit")
@option("-m --memory", "lift the memory limit, as without an option", expose_value=False)
@wait_options
@pass_session
def unset_limits(session: Session, kinds: tuple[str, ...], *, app: str | None, cpu: bool) -> None:
    _apply_limits(session, session.find_app(app), dict.fromkeys(kinds), cpu=cpu)
