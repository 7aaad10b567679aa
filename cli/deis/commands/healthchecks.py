"""``deis healthchecks``: how the platform sees that a process is alive and ready."""

from __future__ import annotations

from deis.api import Json, get_object
from deis.changes import change
from deis.controllers import build_path
from deis.parameters import app_option, argument, option, parse_number, wait_options
from deis.probes import build_action, parse_kind, render_healthchecks
from deis.program import Noun, pass_session
from deis.session import Session

noun = Noun("healthchecks", default="list", column=25)

DEFAULT_TYPE = "web/cmd"
_PROSE = """

A liveness probe tells whether a process must be restarted, a readiness probe whether it
gets requests. A probe of type httpGet asks for a path on a port, tcpSocket opens a port,
exec runs a command in the container."""


@noun.verb(
    "list",
    usage="[options]",
    about="list healthchecks for an app",
    summary="Lists healthchecks for an application.",
)
@app_option
@option("--type=<type>", "show this process type only", "kind")
@pass_session
def list_healthchecks(session: Session, *, app: str | None, kind: str | None) -> None:
    show_healthchecks(session, session.find_app(app), kind)


def show_healthchecks(session: Session, app: str, kind: str | None) -> None:
    checks = get_object(session.client.get(build_path("apps", app, "config")), "healthcheck")
    shown = checks if kind is None else {kind: checks.get(kind) or {}}
    session.console.answer({"app": app, "healthchecks": shown})
    session.console.write(render_healthchecks(app, checks, kind))


@noun.verb(
    "set",
    usage="<health-type> <probe-type> [options] [--] <args>...",
    about="set healthchecks for an app",
    summary=f"Sets healthchecks for an application.{_PROSE}",
)
@argument("<health-type>", "liveness or readiness", "health_type")
@argument("<probe-type>", "httpGet, tcpSocket or exec", "probe_type")
@argument("<args>", "the port, or for exec the command", "args", nargs=-1, required=True)
@app_option
@option("-p --path=<path>", "what an httpGet probe asks for", default="/")
@option("--type=<type>", "the process type", "kind", default=DEFAULT_TYPE)
@wait_options
@option("--headers=<headers>...", "headers of an httpGet probe, such as X-A:b,X-C:d", "headers")
@option(
    "--initial-delay-timeout=<initial-delay-timeout>", "seconds before the first probe", "delay", default="50"
)
@option(
    "--timeout-seconds=<timeout-seconds>", "seconds until a probe counts as failed", "timeout", default="50"
)
@option("--period-seconds=<period-seconds>", "seconds between probes", "period", default="10")
@option("--success-threshold=<success-threshold>", "successes in a row that count", "success", default="1")
@option("--failure-threshold=<failure-threshold>", "failures in a row that count", "failure", default="3")
@pass_session
def set_healthchecks(
    session: Session,
    /,
    health_type: str,
    probe_type: str,
    args: tuple[str, ...],
    *,
    app: str | None,
    path: str,
    kind: str,
    headers: str | None,
    **numbers: str,
) -> None:
    """Everything is checked before the settings file is read."""
    probe = parse_kind(health_type)
    values = {
        "initialDelaySeconds": parse_number(numbers["delay"]),
        "timeoutSeconds": parse_number(numbers["timeout"]),
        "periodSeconds": parse_number(numbers["period"]),
        "successThreshold": parse_number(numbers["success"]),
        "failureThreshold": parse_number(numbers["failure"]),
        **build_action(probe_type, args, path=path, headers=headers or ""),
    }
    name = session.find_app(app)
    _apply_probes(session, name, {kind: {probe: values}}, f"Applying {probe} healthcheck... ")
    show_healthchecks(session, name, kind)


def _apply_probes(session: Session, app: str, checks: Json, progress: str) -> None:
    change(session, "POST", build_path("apps", app, "config"), {"healthcheck": checks}, said=progress)
    session.console.print("done\n")


@noun.verb(
    "unset",
    usage="[options] <health-type>...",
    about="unset healthchecks for an app",
    summary="Unsets healthchecks for an application.",
)
@argument("<health-type>", "liveness or readiness", "health_types", nargs=-1, required=True)
@app_option
@option("--type=<type>", "the process type", "kind", default=DEFAULT_TYPE)
@wait_options
@pass_session
def unset_healthchecks(
    session: Session, health_types: tuple[str, ...], *, app: str | None, kind: str
) -> None:
    probes = [parse_kind(text) for text in health_types]
    name = session.find_app(app)
    _apply_probes(session, name, {kind: dict.fromkeys(probes)}, "Removing healthchecks... ")
    show_healthchecks(session, name, kind)
