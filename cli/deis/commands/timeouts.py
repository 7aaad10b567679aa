"""``deis timeouts``: how long a process may take to end.

Source: cli specification, section 12.
"""

from __future__ import annotations

import re

from deis.api import Json, get_object
from deis.changes import change
from deis.controllers import build_path
from deis.errors import CliError
from deis.parameters import app_option, argument, wait_options
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_pairs

noun = Noun("timeouts", default="list", column=21)

_TIMEOUT = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)=([0-9]+)")
_DEFAULT = "default (30 sec) or controlled by env KUBERNETES_POD_TERMINATION_GRACE_PERIOD_SECONDS\n"


@noun.verb(
    "list",
    usage="[options]",
    about="list resource timeouts for an app",
    summary="Lists resource timeouts for an application.",
)
@app_option
@pass_session
def list_timeouts(session: Session, *, app: str | None) -> None:
    show_timeouts(session, session.find_app(app))


def show_timeouts(session: Session, app: str) -> None:
    timeouts = get_object(session.client.get(build_path("apps", app, "config")), "termination_grace_period")
    session.console.answer({"app": app, "timeouts": timeouts})
    session.console.write(f"=== {app} Timeouts (sec)\n{render_pairs(timeouts, gap=5) or _DEFAULT}")


@noun.verb(
    "set",
    usage="[options] <type>=<value>...",
    about="set resource timeouts for an app",
    summary="Sets termination grace period for an application.",
)
@argument(
    "<type>=<value>", "a process type and its seconds, such as web=30", "pairs", nargs=-1, required=True
)
@app_option
@wait_options
@pass_session
def set_timeouts(session: Session, pairs: tuple[str, ...], *, app: str | None) -> None:
    name = session.find_app(app)
    _apply_timeouts(session, name, dict(parse_timeout(pair) for pair in pairs))


def parse_timeout(pair: str) -> tuple[str, str]:
    match = _TIMEOUT.fullmatch(pair)
    if match is None:
        raise CliError(f"{pair} doesn't fit format type=#\nExamples: web=30 worker=300")
    return match.group(1), match.group(2)


def _apply_timeouts(session: Session, app: str, timeouts: Json) -> None:
    body = {"termination_grace_period": timeouts}
    change(session, "POST", build_path("apps", app, "config"), body, said="Applying timeouts... ")
    session.console.print("done\n")
    show_timeouts(session, app)


@noun.verb(
    "unset",
    usage="[options] <type>...",
    about="unset resource timeouts for an app",
    summary="Unsets timeouts for an application. Default value (30s)",
)
@argument("<type>", "a process type", "kinds", nargs=-1, required=True)
@app_option
@wait_options
@pass_session
def unset_timeouts(session: Session, kinds: tuple[str, ...], *, app: str | None) -> None:
    _apply_timeouts(session, session.find_app(app), dict.fromkeys(kinds))
