"""``deis top``: CPU and memory that an app's processes use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deis.api import Json, get_integer, parse_page
from deis.controllers import build_path
from deis.errors import ApiError, CliError
from deis.parameters import app_option, argument, option
from deis.program import Command, Noun, pass_session
from deis.session import Session
from deis.tables import render_columns

noun = Noun("top", default=None, column=0)

_TITLES = ("TYPE", "POD", "CPU", "OF LIMIT", "MEMORY", "OF LIMIT")
_UNKNOWN = "-"
_MEBIBYTE = 1024 * 1024
ORDERS = ("cpu", "memory", "name")
AWAY = (404, 503)
"""Statuses of a cluster that has no metrics, and of one whose metrics do not answer."""
TOO_YOUNG = "What has just started is measured within a minute"


def parse_order(text: str) -> str:
    """The value of ``--sort``."""
    if text not in ORDERS:
        raise CliError(f"--sort must be cpu, memory or name, not {text}")
    return text


@noun.command(
    "top",
    cls=Command,
    usage="[<type>] [options]",
    summary="Shows what an application's processes use of CPU and memory, and the share of their limits, if the\n"
    "cluster measures it (with metrics-server).",
    short_help="",
)
@argument("<type>", "a process type such as web; without it, all of them", "process_type", required=False)
@app_option
@option("--sort=<column>", "cpu, memory (most first) or name", "order", type=parse_order, default="cpu")
@pass_session
def top(session: Session, process_type: str | None, *, app: str | None, order: str) -> None:
    name = session.find_app(app)
    pods = sorted(list_usage(session, name, process_type), key=build_sort_key(order))
    session.console.answer({"count": len(pods), "results": pods})
    session.console.print(f"=== {name} Usage")
    session.console.write(
        render_columns(_TITLES, [build_row(pod) for pod in pods], width=session.console.width)
    )
    if not pods:
        session.console.print("Nothing runs")
    elif not all(pod.get("measured") for pod in pods):
        session.console.print(TOO_YOUNG)


def list_usage(session: Session, app: str, process_type: str | None) -> list[Json]:
    """What the controller says.

    Raises:
        CliError: among others, the cluster measures nothing; the controller says what to do.
    """
    path = build_path("apps", app, "usage", *([process_type] if process_type else []))
    try:
        return parse_page(session.client.request("GET", path).text).results
    except ApiError as error:
        if error.status in AWAY and error.detail:
            raise CliError(error.detail) from error
        raise


def build_sort_key(order: str) -> Callable[[Json], tuple[Any, ...]]:
    """Most first, what is not measured last; what is equal by type and name."""

    def key(pod: Json) -> tuple[Any, ...]:
        by_name = (str(pod["type"]), str(pod["name"]))
        return by_name if order == "name" else (pod.get(order) is None, -get_integer(pod, order), *by_name)

    return key


def build_row(pod: Json) -> list[str]:
    return [
        str(pod["type"]),
        str(pod["name"]),
        *_describe(pod, "cpu", lambda amount: f"{amount}m"),
        *_describe(pod, "memory", lambda amount: f"{-(-amount // _MEBIBYTE)}M"),
    ]


def _describe(pod: Json, what: str, render: Callable[[int], str]) -> tuple[str, str]:
    """The amount, and its share of the limit, in the units of ``deis limits``."""
    if pod.get(what) is None:
        return _UNKNOWN, _UNKNOWN
    used, limit = get_integer(pod, what), get_integer(pod, f"{what}_limit")
    return render(used), f"{used * 100 / limit:.0f}% of {render(limit)}" if limit > 0 else _UNKNOWN
